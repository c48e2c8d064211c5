#include "loader/apply_plan.h"

#include <algorithm>

#include "loader/elf_gate.h"
#include "loader/function_json.h"
#include "loader/pipeline_schema.h"

namespace sojourn {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : ", ").append(part);
  return text;
}

// The fused links, as a list for people.
std::string fused_links(const std::vector<FusedObject>& fused) {
  std::vector<std::string> uses;
  for (const FusedObject& object : fused) uses.push_back(object.use);
  return uses.empty() ? "none" : joined(uses);
}

// Why the function gets a new version, in words.
std::string reasons(const Version& live, const FunctionChange& wanted) {
  std::vector<std::string> parts;
  if (live.artifact.digest != wanted.artifact.digest) {
    parts.push_back("artifact " + live.artifact.digest.hex().substr(0, 12) + " → " +
                    wanted.artifact.digest.hex().substr(0, 12));
  }
  const auto changed = differences(live.config, wanted.config);
  parts.insert(parts.end(), changed.begin(), changed.end());
  const std::string fused_before = fused_links(live.fused), fused_after = fused_links(wanted.fused);
  if (fused_before != fused_after) parts.push_back("fused " + fused_before + " → " + fused_after);
  if (parts.empty()) parts.push_back("entry " + live.entry.name + " → " + wanted.entry.name);
  return joined(parts);
}

class Planner {
 public:
  Planner(const Deployments& now, const Manifest& manifest, const std::map<std::string, InspectedArtifact>& artifacts)
      : now_(now), manifest_(manifest), artifacts_(artifacts) {}

  Result<ApplyPlan> plan(Prune prune, const LinkFused& link) {
    if (prune == Prune::kRemoveOwned && manifest_.name.empty()) {
      return Error(ErrorCode::kRefused,
                   "only a manifest with a `name` owns what it applied and can prune; give it one");
    }
    for (const ManifestFunction& function : manifest_.functions) add(function);
    for (const ManifestPipeline& listed : manifest_.pipelines) add(listed.pipeline);
    if (!refusals_.empty()) return Error(ErrorCode::kRefused, refusals_);
    if (link) link(plan_.change);
    for (const FunctionChange& wanted : plan_.change.functions) describe(deployed(wanted.name), wanted);
    for (const PipelineChange& wanted : plan_.change.pipelines) describe(wanted);
    if (prune == Prune::kRemoveOwned) add_removals();
    plan_.change.manifest = ManifestText{manifest_.name, manifest_.text};
    plan_.change.message = "apply" + (manifest_.name.empty() ? "" : " " + manifest_.name) + ": " + summary();
    plan_.change.expected_head = now_.head;
    return std::move(plan_);
  }

 private:
  void refuse(const std::string& path, std::string_view what) {
    refusals_.append(refusals_.empty() ? "" : "\n").append(path).append(": ").append(what);
  }

  // Whether somebody else's manifest has it, which is refused then.
  bool is_taken(const std::string& path, const std::string& owner) {
    if (owner.empty() || owner == manifest_.name) return false;
    refuse(path, "belongs to the manifest `" + owner + "`, not to " +
                     (manifest_.name.empty() ? "this one, which has no name" : "`" + manifest_.name + "`"));
    return true;
  }

  const Function* deployed(const std::string& name) const {
    const auto found = now_.functions.find(name);
    return found == now_.functions.end() ? nullptr : found->second.get();
  }

  void add(const ManifestFunction& listed) {
    const std::string path = "functions." + listed.name;
    const auto inspected = artifacts_.find(listed.name);
    if (inspected == artifacts_.end()) return refuse(path, "its artifact was not uploaded");
    const Function* before = deployed(listed.name);
    if (before != nullptr && is_taken(path, before->owner)) return;
    auto entry = select_entry(inspected->second.facts, listed.config.entry);
    if (!entry) return refuse(path, entry.error().text());
    FunctionChange wanted;
    wanted.name = listed.name;
    wanted.owner = manifest_.name;
    wanted.artifact = inspected->second.artifact;
    wanted.entry = std::move(*entry);
    wanted.config = listed.config;
    plan_.change.functions.push_back(std::move(wanted));
  }

  const DeployedPipeline* deployed_pipeline(const std::string& name) const {
    const auto found = now_.pipelines.find(name);
    return found == now_.pipelines.end() ? nullptr : found->second.get();
  }

  void add(const Pipeline& listed) {
    const DeployedPipeline* before = deployed_pipeline(listed.name);
    if (before != nullptr && is_taken("pipelines." + listed.name, before->owner)) return;
    plan_.change.pipelines.push_back({listed, manifest_.name});
  }

  void describe(const PipelineChange& wanted) {
    const std::string& name = wanted.pipeline.name;
    const DeployedPipeline* before = deployed_pipeline(name);
    const std::string reference = "pipeline " + name + "@" + std::to_string(next_pipeline_version(now_, name));
    if (before == nullptr) {
      say("+ " + reference);
      ++added_;
    } else if (const PipelineVersionPtr live = before->live_version(); !is_same(*live, wanted)) {
      say("~ " + reference + ": " + joined(differences(live->pipeline, wanted.pipeline)));
      ++changed_;
    } else {
      say_owner("pipeline " + name, before->owner);
    }
  }

  // Of what is the same already.
  void say_owner(const std::string& what, const std::string& owner) {
    if (owner == manifest_.name) {
      plan_.lines.push_back("= " + what);
    } else {
      say("~ " + what + ": owner " + (owner.empty() ? "none" : owner) + " → " + manifest_.name);
      ++changed_;
    }
  }

  void describe(const Function* before, const FunctionChange& wanted) {
    const VersionPtr live = before == nullptr ? nullptr : before->live_version();
    const std::string reference = wanted.name + "@" + std::to_string(next_version(now_, wanted.name));
    if (live == nullptr) {
      say("+ " + reference);
      ++added_;
    } else if (!is_same(*live, wanted)) {
      say("~ " + reference + ": " + reasons(*live, wanted));
      ++changed_;
    } else {
      say_owner(wanted.name, before->owner);
    }
  }

  void add_removals() {
    for (const auto& [name, function] : now_.functions) {
      const auto lists = [&, &wanted = name](const ManifestFunction& listed) { return listed.name == wanted; };
      if (function->owner != manifest_.name ||
          std::any_of(manifest_.functions.begin(), manifest_.functions.end(), lists)) {
        continue;
      }
      plan_.change.removals.push_back(name);
      say("- " + name);
    }
    for (const auto& [name, pipeline] : now_.pipelines) {
      const auto lists = [&, &wanted = name](const ManifestPipeline& listed) { return listed.pipeline.name == wanted; };
      if (pipeline->owner != manifest_.name ||
          std::any_of(manifest_.pipelines.begin(), manifest_.pipelines.end(), lists)) {
        continue;
      }
      plan_.change.pipeline_removals.push_back(name);
      say("- pipeline " + name);
    }
  }

  void say(std::string line) {
    plan_.lines.push_back(std::move(line));
    plan_.changes_anything = true;
  }

  std::string summary() const {
    std::vector<std::string> parts;
    if (added_ > 0) parts.push_back(std::to_string(added_) + " new");
    if (changed_ > 0) parts.push_back(std::to_string(changed_) + " changed");
    const std::size_t removed = plan_.change.removals.size() + plan_.change.pipeline_removals.size();
    if (removed > 0) parts.push_back(std::to_string(removed) + " removed");
    return parts.empty() ? "no change" : joined(parts);
  }

  const Deployments& now_;
  const Manifest& manifest_;
  const std::map<std::string, InspectedArtifact>& artifacts_;
  ApplyPlan plan_;
  std::string refusals_;
  int added_ = 0;
  int changed_ = 0;
};

}  // namespace

Result<ApplyPlan> plan_apply(const Deployments& now, const Manifest& manifest,
                             const std::map<std::string, InspectedArtifact>& artifacts, Prune prune,
                             const LinkFused& link) {
  return Planner(now, manifest, artifacts).plan(prune, link);
}

}  // namespace sojourn
