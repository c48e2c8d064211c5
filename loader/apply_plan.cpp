#include "loader/apply_plan.h"

#include <algorithm>

#include "loader/elf_gate.h"
#include "loader/function_json.h"

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
      return Error(ErrorCode::kRefused, "only a manifest with a `name` owns functions and can prune; give it one");
    }
    for (const ManifestFunction& function : manifest_.functions) add(function);
    if (!refusals_.empty()) return Error(ErrorCode::kRefused, refusals_);
    if (link) link(plan_.change);
    for (const FunctionChange& wanted : plan_.change.functions) describe(deployed(wanted.name), wanted);
    if (prune == Prune::kRemoveOwned) add_removals();
    plan_.change.manifest = ManifestText{manifest_.name, manifest_.text};
    plan_.change.message = "apply" + (manifest_.name.empty() ? "" : " " + manifest_.name) + ": " + summary();
    plan_.change.expected_head = now_.head;
    return std::move(plan_);
  }

 private:
  void refuse(const std::string& function, std::string_view what) {
    refusals_.append(refusals_.empty() ? "" : "\n").append("functions.").append(function).append(": ").append(what);
  }

  const Function* deployed(const std::string& name) const {
    const auto found = now_.functions.find(name);
    return found == now_.functions.end() ? nullptr : found->second.get();
  }

  void add(const ManifestFunction& listed) {
    const auto inspected = artifacts_.find(listed.name);
    if (inspected == artifacts_.end()) return refuse(listed.name, "its artifact was not uploaded");
    const Function* before = deployed(listed.name);
    if (before != nullptr && !before->owner.empty() && before->owner != manifest_.name) {
      return refuse(listed.name,
                    "belongs to the manifest `" + before->owner + "`, not to " +
                        (manifest_.name.empty() ? "this one, which has no name" : "`" + manifest_.name + "`"));
    }
    auto entry = select_entry(inspected->second.facts, listed.config.entry);
    if (!entry) return refuse(listed.name, entry.error().text());
    FunctionChange wanted;
    wanted.name = listed.name;
    wanted.owner = manifest_.name;
    wanted.artifact = inspected->second.artifact;
    wanted.entry = std::move(*entry);
    wanted.config = listed.config;
    plan_.change.functions.push_back(std::move(wanted));
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
    } else if (before->owner != manifest_.name) {
      say("~ " + wanted.name + ": owner " + (before->owner.empty() ? "none" : before->owner) + " → " + manifest_.name);
      ++changed_;
    } else {
      plan_.lines.push_back("= " + wanted.name);
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
  }

  void say(std::string line) {
    plan_.lines.push_back(std::move(line));
    plan_.changes_anything = true;
  }

  std::string summary() const {
    std::vector<std::string> parts;
    if (added_ > 0) parts.push_back(std::to_string(added_) + " new");
    if (changed_ > 0) parts.push_back(std::to_string(changed_) + " changed");
    if (!plan_.change.removals.empty()) parts.push_back(std::to_string(plan_.change.removals.size()) + " removed");
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
