#include "gateway/pipeline_check.h"

#include <utility>

#include "loader/chain_schema.h"
#include "loader/function_mentions.h"
#include "loader/pipeline_schema.h"
#include "runtime/event/timing/cron_schedule.h"

namespace sojourn {
namespace {

std::string quoted(std::string_view name) {
  return "`" + std::string(name) + "`";
}

std::string indexed(std::string_view key, std::size_t index) {
  return std::string(key) + "[" + std::to_string(index) + "]";
}

class PipelineChecker {
 public:
  PipelineChecker(const Deployments& deployments, const WatchRoots& roots) : deployments_(deployments), roots_(roots) {}

  std::vector<PipelineFault> check() {
    for (const auto& [name, deployed] : deployments_.pipelines) {
      const PipelineVersionPtr live = deployed->live_version();
      owner_ = "pipelines." + name;
      check_name_is_free(name);
      check_triggers(live->pipeline.triggers);
      check_mentions(mentions_of(live->pipeline));
    }
    for (const auto& [name, function] : deployments_.functions) {
      const VersionPtr live = function->live_version();
      if (!live || live->config.triggers.empty()) continue;
      owner_ = "functions." + name;
      if (live->entry.kind == EntryKind::kDecorator) {
        add("triggers", "a decorator is never called by itself, so nothing can begin its runs");
      }
      check_triggers(live->config.triggers);
      check_mentions(mentions_of(live->config.triggers));
    }
    return std::move(faults_);
  }

 private:
  void add(std::string path, std::string text) { faults_.push_back({owner_, std::move(path), std::move(text)}); }

  void check_name_is_free(const std::string& name) {
    const auto function = deployments_.functions.find(name);
    const VersionPtr live = function == deployments_.functions.end() ? nullptr : function->second->live_version();
    if (live && !live->config.triggers.empty()) {
      add("", "the function " + quoted(name) + " has triggers, which make a pipeline of that name themselves");
    }
  }

  void check_mentions(const std::vector<FunctionMention>& mentions) {
    for (const FunctionMention& mention : mentions) check_function(mention);
  }

  void check_function(const FunctionMention& mention) {
    const auto found = deployments_.functions.find(mention.name());
    if (found == deployments_.functions.end()) return add(mention.path, no_such_function(mention.name(), some_names()));
    const auto use = parse_use(mention.reference);
    const int number = use ? use->number : 0;
    const VersionPtr version = number == 0 ? found->second->live_version() : found->second->version(number);
    if (!version) {
      add(mention.path, "function " + quoted(mention.name()) + " has no version " + std::to_string(number) +
                            "; its live one is " + std::to_string(found->second->live));
    } else if (version->entry.kind == EntryKind::kDecorator) {
      add(mention.path, quoted(mention.name()) + " is a decorator, which is never called by itself");
    }
  }

  // Enough for a suggestion, which is not worth comparing with more.
  std::vector<std::string_view> some_names() const {
    constexpr std::size_t kNamesMax = 2000;
    std::vector<std::string_view> names;
    for (const auto& [known, function] : deployments_.functions) {
      if (names.size() < kNamesMax) names.emplace_back(known);
    }
    return names;
  }

  void check_triggers(const std::vector<Trigger>& triggers) {
    for (std::size_t i = 0; i < triggers.size(); ++i) {
      const std::string path = indexed("triggers", i);
      if (const auto* cron = std::get_if<CronTrigger>(&triggers[i].on)) {
        const auto schedule = CronSchedule::parse(cron->schedule, cron->timezone);
        if (!schedule.ok()) add(path + ".cron", schedule.error().text());
      } else if (const auto* files = std::get_if<FilesTrigger>(&triggers[i].on)) {
        if (!roots_.name(files->directory)) add(path + ".files.directory", files->directory + ": " + roots_.refusal());
      }
    }
  }

  const Deployments& deployments_;
  const WatchRoots& roots_;
  std::string owner_;
  std::vector<PipelineFault> faults_;
};

RunDefinition definition_of(const PipelineVersion& version, const Deployments& deployments) {
  RunDefinition definition;
  definition.kind = RunKind::kPipeline;
  definition.name = version.pipeline.name;
  definition.number = version.number;
  for (const Step& step : version.pipeline.steps) {
    const auto* call = std::get_if<CallStep>(&step.act);
    if (call == nullptr || call->function.find('@') != std::string::npos) continue;
    const auto function = deployments.functions.find(call->function);
    if (function != deployments.functions.end()) definition.functions[call->function] = function->second->live;
  }
  return definition;
}

}  // namespace

std::vector<PipelineFault> check_pipelines(const Deployments& deployments, const WatchRoots& roots) {
  return PipelineChecker(deployments, roots).check();
}

EventNames event_names(const Deployments& deployments) {
  EventNames names;
  for (const auto& [name, function] : deployments.functions) {
    const VersionPtr live = function->live_version();
    if (!live || live->config.triggers.empty()) continue;
    names.insert(name);
    for (const FunctionMention& mention : mentions_of(live->config.triggers)) names.emplace(mention.name());
  }
  for (const auto& [name, deployed] : deployments.pipelines) {
    const Pipeline& pipeline = deployed->live_version()->pipeline;
    names.insert(name);  // a function of that name may come to have triggers
    for (const FunctionMention& mention : mentions_of(pipeline)) names.emplace(mention.name());
  }
  return names;
}

std::vector<TriggerSource> trigger_sources(const Deployments& deployments) {
  std::vector<TriggerSource> sources;
  for (const auto& [name, deployed] : deployments.pipelines) {
    const PipelineVersionPtr live = deployed->live_version();
    sources.push_back({std::shared_ptr<const Pipeline>(live, &live->pipeline), definition_of(*live, deployments)});
  }
  for (const auto& [name, function] : deployments.functions) {
    const VersionPtr live = function->live_version();
    if (!live || live->config.triggers.empty()) continue;
    sources.push_back({std::make_shared<const Pipeline>(pipeline_of(*live)),
                       RunDefinition{RunKind::kTrigger, name, live->number, {}}});
  }
  return sources;
}

TriggerTablePtr salvage_triggers(std::vector<TriggerSource> sources,
                                 const std::function<void(const TriggerSource&, const Error&)>& refused) {
  auto whole = TriggerTable::make(sources);
  if (whole.ok()) return *whole;
  std::vector<TriggerSource> kept;
  TriggerTablePtr table = *TriggerTable::make({});
  for (TriggerSource& source : sources) {
    kept.push_back(source);
    auto made = TriggerTable::make(kept);
    if (made.ok()) {
      table = *made;
    } else {
      refused(source, made.error());
      kept.pop_back();
    }
  }
  return table;
}

}  // namespace sojourn
