// What the tests of triggers make their pipelines, events and conditions with.
#pragma once

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/event/triggers/trigger_table.h"

namespace sojourn::test {

inline CloudEvent event_of(std::string type, std::string data = {}) {
  CloudEvent event;
  event.id = "id-1";
  event.source = "/source";
  event.type = std::move(type);
  event.data = std::move(data);
  if (!event.data.empty()) event.attributes["datacontenttype"] = "application/json";
  return event;
}

// `value` is the text of a JSON scalar.
inline Match exact(std::string reference, std::string value) {
  Match match;
  match.kind = MatchKind::kExact;
  match.reference = std::move(reference);
  match.value = std::move(value);
  return match;
}

inline Match text_match(MatchKind kind, std::string reference, std::string text) {
  Match match;
  match.kind = kind;
  match.reference = std::move(reference);
  match.text = std::move(text);
  return match;
}

enum class Wanted { kThere, kMissing };
inline Match exists(std::string reference, Wanted wanted = Wanted::kThere) {
  Match match;
  match.kind = MatchKind::kExists;
  match.reference = std::move(reference);
  match.wanted = wanted == Wanted::kThere;
  return match;
}

inline Match group(MatchKind kind, std::vector<Match> parts) {
  Match match;
  match.kind = kind;
  match.parts = std::move(parts);
  return match;
}

inline Trigger on(decltype(Trigger::on) what, std::optional<Match> match = {}) {
  return Trigger{std::move(what), std::move(match)};
}

inline Trigger webhook(std::string path, std::optional<Match> match = {}) {
  WebhookTrigger trigger;
  trigger.path = std::move(path);
  return on(std::move(trigger), std::move(match));
}

// A pipeline with one step `first`, as version 1.
inline TriggerSource source_of(std::string name, std::vector<Trigger> triggers) {
  auto pipeline = std::make_shared<Pipeline>();
  pipeline->name = std::move(name);
  pipeline->triggers = std::move(triggers);
  Step step;
  step.id = "first";
  step.act = CallStep{"f"};
  pipeline->steps.push_back(std::move(step));
  RunDefinition definition;
  definition.name = pipeline->name;
  definition.number = 1;
  return {std::move(pipeline), std::move(definition)};
}

// The same with something changed in its pipeline.
template <class Change>
TriggerSource changed(const TriggerSource& source, Change change) {
  auto pipeline = std::make_shared<Pipeline>(*source.pipeline);
  change(*pipeline);
  return {std::move(pipeline), source.definition};
}

inline TriggerTablePtr table_of(std::vector<TriggerSource> sources) {
  auto table = TriggerTable::make(std::move(sources));
  REQUIRE(table.ok());
  return *table;
}

inline std::vector<std::string> pipelines_of(const std::vector<RunSpec>& runs) {
  std::vector<std::string> names;
  for (const RunSpec& run : runs) names.push_back(run.pipeline);
  return names;
}

}  // namespace sojourn::test
