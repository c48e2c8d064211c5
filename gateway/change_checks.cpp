#include "gateway/change_checks.h"

#include <algorithm>
#include <utility>

namespace sojourn {
namespace {

constexpr std::string_view kNotPermitted =
    "is private, and this server permits that only when it is started with --allow-private or --dev";

// Gathers the lines of a refusal.
class Faults {
 public:
  explicit Faults(const AskedChange& asked) : asked_(asked) {}

  // Of what the change asks for.
  void add_asked(const std::string& path, std::string_view text) {
    begin_line();
    if (asked_.place_of) text_ += asked_.place_of(path);
    text_.append(path).append(": ").append(text);
  }
  // Of somebody else, who was there before.
  void add_broken(const std::string& name, const std::string& path, const std::string& text) {
    begin_line();
    text_ += "`" + name + "` would break: " + path + ": " + text;
  }

  Status status() { return text_.empty() ? Status() : Error(ErrorCode::kRefused, std::move(text_)); }

 private:
  void begin_line() { text_ += text_.empty() ? "" : "\n"; }

  const AskedChange& asked_;
  std::string text_;
};

bool changes_function(const Change& change, const std::string& name) {
  return std::any_of(change.functions.begin(), change.functions.end(),
                     [&](const FunctionChange& function) { return function.name == name; });
}

bool asks_for(const Change& change, const std::string& owner) {
  const std::string name = owner.substr(owner.find('.') + 1);
  if (owner.starts_with("functions.")) return changes_function(change, name);
  return std::any_of(change.pipelines.begin(), change.pipelines.end(),
                     [&](const PipelineChange& pipeline) { return pipeline.pipeline.name == name; });
}

// Whether the version that becomes live has triggers, which those of the live one do not tell.
bool moves_to_triggers(const Deployments& now, const LiveMove& move) {
  const auto found = now.functions.find(move.function);
  const VersionPtr version = found == now.functions.end() ? nullptr : found->second->version(move.version);
  return version && !version->config.triggers.empty();
}

}  // namespace

bool is_link(const FunctionChange& change) {
  return change.entry.kind == EntryKind::kDecorator;
}

bool is_decorator(const Function& function) {
  return std::any_of(function.versions.begin(), function.versions.end(),
                     [](const auto& numbered) { return numbered.second->entry.kind == EntryKind::kDecorator; });
}

bool is_decorator_in(const Deployments& deployments, const std::string& name) {
  const auto found = deployments.functions.find(name);
  return found != deployments.functions.end() && is_decorator(*found->second);
}

bool touches_chains(const Deployments& now, const Change& change) {
  if (!change.removals.empty() || !change.moves.empty()) return true;
  return std::any_of(change.functions.begin(), change.functions.end(), [&](const FunctionChange& function) {
    return is_link(function) || !function.config.decorators.empty() || !function.config.calls.empty() ||
           is_decorator_in(now, function.name);
  });
}

bool touches_events(const Deployments& now, const EventNames& names, const Change& change) {
  const auto concerns = [&](const std::string& name) { return names.contains(name); };
  if (!change.pipelines.empty() || !change.pipeline_removals.empty()) return true;
  return std::any_of(change.functions.begin(), change.functions.end(),
                     [&](const FunctionChange& function) {
                       return !function.config.triggers.empty() || concerns(function.name);
                     }) ||
         std::any_of(change.moves.begin(), change.moves.end(),
                     [&](const LiveMove& move) { return concerns(move.function) || moves_to_triggers(now, move); }) ||
         std::any_of(change.removals.begin(), change.removals.end(), concerns);
}

Status check_permitted(const ResolvedChange& change, const GatewayOptions& options, const AskedChange& asked) {
  if (options.allow_private) return {};
  Faults lines(asked);
  for (const auto& version : change.made_pipelines) {
    const std::string steps = "pipelines." + version->pipeline.name + ".steps[";
    for (std::size_t i = 0; i < version->pipeline.steps.size(); ++i) {
      const auto* post = std::get_if<PostStep>(&version->pipeline.steps[i].act);
      if (post != nullptr && post->is_private) lines.add_asked(steps + std::to_string(i) + "].post", kNotPermitted);
    }
  }
  for (const auto& version : change.made) {
    for (const auto& [name, target] : version->config.connect) {
      if (target.is_private) lines.add_asked("functions." + version->function + ".connect." + name, kNotPermitted);
    }
  }
  return lines.status();
}

Status check_chains(const std::vector<ChainFault>& faults, const AskedChange& asked) {
  Faults lines(asked);
  for (const ChainFault& fault : faults) {
    const std::string path = "functions." + fault.function + "." + fault.path;
    if (changes_function(asked.change, fault.function)) {
      lines.add_asked(path, fault.text);
    } else {
      lines.add_broken(fault.function, path, fault.text);
    }
  }
  return lines.status();
}

Status check_events(const std::vector<PipelineFault>& before, const std::vector<PipelineFault>& faults,
                    const AskedChange& asked) {
  Faults lines(asked);
  for (const PipelineFault& fault : faults) {
    const std::string path = fault.owner + (fault.path.empty() ? "" : "." + fault.path);
    if (asks_for(asked.change, fault.owner)) {
      lines.add_asked(path, fault.text);
    } else if (std::find(before.begin(), before.end(), fault) == before.end()) {
      lines.add_broken(fault.owner.substr(fault.owner.find('.') + 1), path, fault.text);
    }
  }
  return lines.status();
}

}  // namespace sojourn
