#include "gateway/redrive.h"

#include "runtime/event/triggers/run_definition.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {
namespace {

std::string live_call(const RouteTable& routes, RunDefinition definition, const std::string& otherwise) {
  const RouteEntryPtr* const entry = routes.find(definition.name);
  if (entry == nullptr) return otherwise;
  definition.number = (*entry)->live->number;
  return definition.to_text();
}

std::string live_pipeline(const RouteTable& routes, const DeadLetter& letter) {
  const auto triggers = routes.triggers()->triggers_of(letter.pipeline);
  if (triggers.empty() || triggers.front().source->pipeline->step(letter.step) == nullptr) return letter.definition;
  return triggers.front().source->definition.to_text();
}

}  // namespace

std::string live_definition(const RouteTable& routes, const DeadLetter& letter) {
  const auto definition = RunDefinition::parse(letter.definition);
  if (!definition || definition->kind == RunKind::kQueue) return letter.definition;
  if (definition->kind == RunKind::kCall) return live_call(routes, *definition, letter.definition);
  return live_pipeline(routes, letter);
}

Result<bool> redrive(JournalEngine& journal, const DeadLetter& letter, const RouteTable* routes, EpochMs now) {
  auto redriven = journal.redrive(letter.number, now);
  if (!redriven.ok() || !*redriven || routes == nullptr) return redriven;
  const std::string definition = live_definition(*routes, letter);
  if (definition == letter.definition) return true;
  return journal.rebind(letter.run, definition);
}

}  // namespace sojourn
