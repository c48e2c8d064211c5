#include "loader/pipeline_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "loader/event_schema.h"
#include "loader/function_json.h"
#include "loader/json_differences.h"
#include "loader/match_schema.h"
#include "loader/quantity.h"
#include "loader/schema_table.h"
#include "loader/step_schema.h"
#include "loader/trigger_schema.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> kOrders = {"continue", "hold"};
constexpr std::array<std::string_view, 2> kStepKeys = {"defaults", "steps"};  // read together

constexpr SchemaKey<Pipeline> kDedupeKeys[] = {
    {"window", Offered::kNow,
     [](const Place& p, const Node& n, Pipeline& l) {
       read_duration(p, n, {0ms, 720h}, l.dedupe);
     },
     [](const Pipeline& l) -> Json { return format_duration(l.dedupe); }},
};

constexpr SchemaKey<Pipeline> kKeys[] = {
    {"triggers", Offered::kNow, [](const Place& p, const Node& n, Pipeline& l) { read_triggers(p, n, l.triggers); },
     [](const Pipeline& l) { return write_triggers(l.triggers); }},
    {"match", Offered::kNow, [](const Place& p, const Node& n, Pipeline& l) { read_match(p, n, l.match); },
     [](const Pipeline& l) { return l.match ? write_match(*l.match) : Json(); }},
    {"key", Offered::kNow, [](const Place& p, const Node& n, Pipeline& l) { read_key(p, n, l.key); },
     [](const Pipeline& l) { return l.key.empty() ? Json() : Json(l.key); }},
    {"onDeadLetter", Offered::kNow,
     [](const Place& p, const Node& n, Pipeline& l) { read_enum(p, n, kOrders, l.order); },
     [](const Pipeline& l) -> Json { return kOrders[static_cast<std::size_t>(l.order)]; }},
    {"dedupe", Offered::kNow,
     [](const Place& p, const Node& n, Pipeline& l) { read_mapping<Pipeline>(p, n, kDedupeKeys, l); },
     [](const Pipeline& l) { return write_mapping<Pipeline>(kDedupeKeys, l); }},
    {"access", Offered::kLater},
    {"tests", Offered::kLater},
};

// A hook that answers with the function's own reply has nothing else to do.
void check_replies(const Place& place, const Node& node, const Pipeline& pipeline) {
  const bool is_one_call = pipeline.steps.size() == 1 && std::holds_alternative<CallStep>(pipeline.steps[0].act);
  for (std::size_t i = 0; i < pipeline.triggers.size() && !is_one_call; ++i) {
    const auto* hook = std::get_if<WebhookTrigger>(&pipeline.triggers[i].on);
    if (hook == nullptr || hook->reply != HookReply::kSync) continue;
    place.below("triggers")
        .item(i)
        .below("webhook")
        .below("respond")
        .complain(node, "is sync, which needs a pipeline whose only step is a call");
  }
}

void compare_steps(const std::vector<Step>& before, const std::vector<Step>& after, std::vector<std::string>& lines) {
  const auto find = [](const std::vector<Step>& steps, const std::string& id) {
    return std::ranges::find(steps, id, &Step::id);
  };
  std::vector<std::string> kept_before, kept_after;
  for (const Step& step : before) {
    if (find(after, step.id) == after.end()) {
      lines.push_back("steps." + step.id + " removed");
    } else {
      kept_before.push_back(step.id);
    }
  }
  for (const Step& step : after) {
    const auto was = find(before, step.id);
    if (was == before.end()) {
      lines.push_back("steps." + step.id + " added");
      continue;
    }
    kept_after.push_back(step.id);
    const Json old_json = write_steps({*was}), new_json = write_steps({step});
    append_differences("steps." + step.id, old_json[0], new_json[0], lines);
  }
  if (kept_before != kept_after) lines.push_back("steps in another order");
}

}  // namespace

void read_pipeline(const Place& place, const Node& node, Pipeline& into) {
  const std::size_t before = place.complaints.count();
  if (!read_mapping<Pipeline>(place, node, kKeys, into, kStepKeys)) return;
  Step defaults;
  if (const Node* given = node.find("defaults")) read_step_defaults(place.below("defaults"), *given, defaults);
  if (const Node* steps = node.find("steps")) {
    read_steps(place.below("steps"), *steps, defaults, into.steps);
  } else {
    place.complain(node, "has no `steps`, so its runs would do nothing");
  }
  const Node* const triggers = node.find("triggers");
  if (triggers == nullptr || (triggers->kind == Node::Kind::kList && triggers->items.empty())) {
    place.complain(node, "has no `triggers`, so nothing would begin its runs");
  }
  if (place.complaints.count() == before) check_replies(place, *triggers, into);
}

Json pipeline_to_json(const Pipeline& pipeline) {
  Json json = write_mapping<Pipeline>(kKeys, pipeline);
  json["steps"] = write_steps(pipeline.steps);
  return json;
}

Result<Pipeline> pipeline_from_json(const std::string& name, const nlohmann::json& json) {
  Complaints complaints("");
  const Place top{complaints, ""};
  Pipeline pipeline;
  pipeline.name = name;
  read_pipeline(top, node_of_json(json), pipeline);
  if (!complaints.empty()) return complaints.error();
  return pipeline;
}

std::vector<std::string> differences(const Pipeline& before, const Pipeline& after) {
  std::vector<std::string> lines;
  for (const auto& key : kKeys) {
    if (key.offered == Offered::kNow)
      append_differences(std::string(key.name), key.write(before), key.write(after), lines);
  }
  compare_steps(before.steps, after.steps, lines);
  return lines;
}

Pipeline pipeline_of(const Version& version) {
  Step step;
  step.id = "call";
  step.act = CallStep{version.function};
  step.timeout = version.config.timeout;
  step.retry = version.config.retry;
  step.concurrency = version.config.instances.max;
  Pipeline pipeline;
  pipeline.name = version.function;
  pipeline.triggers = version.config.triggers;
  pipeline.steps.push_back(std::move(step));
  return pipeline;
}

std::vector<std::string> secrets_of(const std::vector<Trigger>& triggers) {
  std::vector<std::string> names;
  for (const Trigger& trigger : triggers) {
    const auto* hook = std::get_if<WebhookTrigger>(&trigger.on);
    for (std::size_t i = 0; hook != nullptr && i < hook->secrets.size(); ++i) names.push_back(hook->secrets[i].name);
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> secrets_of(const Pipeline& pipeline) {
  std::vector<std::string> names = secrets_of(pipeline.triggers);
  for (const Step& step : pipeline.steps) {
    const auto* post = std::get_if<PostStep>(&step.act);
    const bool is_new = post != nullptr && !post->sign.empty() && std::ranges::find(names, post->sign) == names.end();
    if (is_new) names.push_back(post->sign);
  }
  return names;
}

std::vector<SchemaKeyNames> pipeline_key_names() {
  SchemaKeyNames pipeline = key_names<Pipeline>("pipeline", kKeys);
  pipeline.now.insert(pipeline.now.end(), kStepKeys.begin(), kStepKeys.end());
  std::vector<SchemaKeyNames> names = {std::move(pipeline), key_names<Pipeline>("dedupe", kDedupeKeys)};
  const auto steps = step_key_names();
  names.insert(names.end(), steps.begin(), steps.end());
  return names;
}

}  // namespace sojourn
