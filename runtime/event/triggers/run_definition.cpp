#include "runtime/event/triggers/run_definition.h"

#include <array>
#include <charconv>

namespace sojourn {
namespace {

struct KindName {
  RunKind kind;
  std::string_view name;
};
constexpr std::array<KindName, 4> kKinds = {{{RunKind::kPipeline, "pipeline"},
                                             {RunKind::kTrigger, "trigger"},
                                             {RunKind::kCall, "call"},
                                             {RunKind::kQueue, "queue"}}};

struct LaneName {
  LaneKind kind;
  std::string_view name;
};
constexpr std::array<LaneName, 4> kLanes = {{{LaneKind::kStep, "step"},
                                             {LaneKind::kCall, "call"},
                                             {LaneKind::kCallback, "callback"},
                                             {LaneKind::kQueue, "queue"}}};

// What stands before the separator, which is taken from the text too.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(taken.size() < text.size() ? taken.size() + 1 : taken.size());
  return taken;
}

// NAME@7; the number 0 when it is not so.
int split_version(std::string_view reference, std::string& name) {
  const std::string_view before = take(reference, '@');
  int number = 0;
  const auto [end, error] = std::from_chars(reference.data(), reference.data() + reference.size(), number);
  if (before.empty() || error != std::errc() || end != reference.data() + reference.size() || number < 1) return 0;
  name = before;
  return number;
}

}  // namespace

std::string RunDefinition::to_text() const {
  std::string text;
  for (const KindName& row : kKinds) {
    if (row.kind == kind) text = row.name;
  }
  text.append(" ").append(name);
  if (kind != RunKind::kQueue) text.append("@").append(std::to_string(number));
  for (const auto& [function, version] : functions) {
    text.append(" ").append(function).append("@").append(std::to_string(version));
  }
  return text;
}

std::optional<RunDefinition> RunDefinition::parse(std::string_view text) {
  RunDefinition parsed;
  const std::string_view kind = take(text, ' ');
  const KindName* found = nullptr;
  for (const KindName& row : kKinds) {
    if (row.name == kind) found = &row;
  }
  if (found == nullptr) return std::nullopt;
  parsed.kind = found->kind;
  if (parsed.kind == RunKind::kQueue) {
    parsed.name = text;
    const bool is_name = !text.empty() && text.find_first_of(" @") == std::string_view::npos;
    return is_name ? std::optional(std::move(parsed)) : std::nullopt;
  }
  parsed.number = split_version(take(text, ' '), parsed.name);
  if (parsed.number == 0) return std::nullopt;
  while (!text.empty()) {
    std::string function;
    const int number = split_version(take(text, ' '), function);
    if (number == 0 || parsed.kind != RunKind::kPipeline) return std::nullopt;
    parsed.functions[std::move(function)] = number;
  }
  return parsed;
}

std::string Lane::to_text() const {
  std::string text;
  for (const LaneName& row : kLanes) {
    if (row.kind == kind) text = row.name;
  }
  text.append(":").append(name);
  if (kind == LaneKind::kStep) text.append("/").append(step);
  return text;
}

std::optional<Lane> Lane::parse(std::string_view text) {
  const std::string_view kind = take(text, ':');
  for (const LaneName& row : kLanes) {
    if (row.name != kind) continue;
    Lane lane{row.kind, std::string(take(text, row.kind == LaneKind::kStep ? '/' : '\0')), std::string(text)};
    const bool is_whole = !lane.name.empty() && lane.step.empty() == (row.kind != LaneKind::kStep);
    return is_whole ? std::optional(std::move(lane)) : std::nullopt;
  }
  return std::nullopt;
}

std::string step_lane(std::string_view pipeline, std::string_view step) {
  return Lane{LaneKind::kStep, std::string(pipeline), std::string(step)}.to_text();
}

std::string call_lane(std::string_view function) {
  return Lane{LaneKind::kCall, std::string(function), {}}.to_text();
}

std::string callback_lane(std::string_view function) {
  return Lane{LaneKind::kCallback, std::string(function), {}}.to_text();
}

std::string queue_lane(std::string_view queue) {
  return Lane{LaneKind::kQueue, std::string(queue), {}}.to_text();
}

}  // namespace sojourn
