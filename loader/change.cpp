#include "loader/change.h"

#include <algorithm>
#include <tuple>

#include "loader/names.h"

namespace sojourn {
namespace {

Error no_function(const Deployments& now, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, function] : now.functions) names.emplace_back(known);
  constexpr std::size_t kNamesMax = 2000;  // a suggestion is not worth comparing with more
  if (names.size() > kNamesMax) names.resize(kNamesMax);
  return Error(ErrorCode::kFunctionNotFound,
               "there is no function `" + std::string(name) + "`" + did_you_mean(name, names));
}

// Collects the functions that a change touches, each as a copy that may still be written to.
class Resolver {
 public:
  Resolver(const Deployments& now, const Change& change, std::int64_t time) : now_(now), change_(change), time_(time) {}

  Result<ResolvedChange> resolve() {
    if (!change_.expected_head.empty() && change_.expected_head != now_.head) {
      return Error(ErrorCode::kConflict, "head is " + now_.head.substr(0, 12) + ", not the expected " +
                                             change_.expected_head.substr(0, 12) + "; somebody else deployed first");
    }
    for (const FunctionChange& function : change_.functions) {
      if (Status status = check_name("function", function.name); !status) return status.error();
      deploy(function);
    }
    for (const LiveMove& move : change_.moves) {
      if (Status status = this->move(move); !status) return status.error();
    }
    for (const std::string& name : change_.removals) {
      if (!now_.functions.contains(name)) return no_function(now_, name);
      if (touched(name)) return Error(ErrorCode::kRefused, "function " + name + " is both changed and removed");
      resolved_.removals.push_back(name);
    }
    return std::move(resolved_);
  }

 private:
  bool touched(const std::string& name) const {
    const auto& functions = resolved_.functions;
    return std::any_of(functions.begin(), functions.end(),
                       [&](const auto& function) { return function->name == name; });
  }

  // The function as it becomes: the copy made earlier, or a new one.
  Function& touch(const std::string& name) {
    for (const auto& function : resolved_.functions) {
      if (function->name == name) return *function;
    }
    const auto known = now_.functions.find(name);
    resolved_.functions.push_back(known == now_.functions.end() ? std::make_shared<Function>()
                                                                : std::make_shared<Function>(*known->second));
    resolved_.functions.back()->name = name;
    return *resolved_.functions.back();
  }

  void deploy(const FunctionChange& wanted) {
    const auto known = now_.functions.find(wanted.name);
    const Function* before = known == now_.functions.end() ? nullptr : known->second.get();
    const VersionPtr live = before == nullptr ? nullptr : before->live_version();
    const bool same = live != nullptr && is_same(*live, wanted);
    const bool same_owner = !wanted.owner || (before != nullptr && before->owner == *wanted.owner);
    if (same) resolved_.unchanged.push_back(wanted.name);
    if (same && same_owner) return;
    Function& function = touch(wanted.name);
    if (wanted.owner) function.owner = *wanted.owner;
    if (!same) add_version(wanted, function);
  }

  void add_version(const FunctionChange& wanted, Function& function) {
    auto version = std::make_shared<Version>();
    version->function = wanted.name;
    version->number = next_version(now_, wanted.name);
    version->artifact = wanted.artifact;
    version->entry = wanted.entry;
    version->config = wanted.config;
    version->fused = wanted.fused;
    version->author = change_.author;
    version->made_at = time_;
    function.live = version->number;
    function.versions[version->number] = version;
    resolved_.made.push_back(std::move(version));
  }

  Status move(const LiveMove& wanted) {
    const auto known = now_.functions.find(wanted.function);
    if (known == now_.functions.end()) return no_function(now_, wanted.function);
    if (known->second->version(wanted.version) == nullptr) {
      return Error(ErrorCode::kVersionNotFound,
                   "function " + wanted.function + " has no version " + std::to_string(wanted.version));
    }
    if (known->second->live == wanted.version) {
      resolved_.unchanged.push_back(wanted.function);
      return {};
    }
    touch(wanted.function).live = wanted.version;
    resolved_.moved.push_back(wanted.function);
    return {};
  }

  const Deployments& now_;
  const Change& change_;
  const std::int64_t time_;
  ResolvedChange resolved_;
};

auto entry_fields(const EntryNote& note) {
  return std::tie(note.abi_major, note.kind, note.name, note.symbol, note.with);
}

}  // namespace

Result<ResolvedChange> resolve(const Deployments& now, const Change& change, std::int64_t time_seconds) {
  return Resolver(now, change, time_seconds).resolve();
}

int next_version(const Deployments& now, std::string_view function) {
  const auto known = now.functions.find(function);
  if (known != now.functions.end() && !known->second->versions.empty()) {
    return known->second->versions.rbegin()->first + 1;
  }
  const auto removed = now.removed.find(function);
  return removed == now.removed.end() ? 1 : removed->second + 1;
}

bool is_same(const Version& version, const FunctionChange& change) {
  return version.artifact.digest == change.artifact.digest && version.config == change.config &&
         entry_fields(version.entry) == entry_fields(change.entry) && version.fused == change.fused;
}

DeploymentsPtr after(const Deployments& now, const ResolvedChange& change, const std::string& commit) {
  auto next = std::make_shared<Deployments>(now);
  next->head = commit;
  for (const auto& version : change.made) version->commit = commit;
  for (const auto& function : change.functions) {
    next->functions[function->name] = function;
    next->removed.erase(function->name);
  }
  for (const std::string& name : change.removals) {
    next->removed[name] = next_version(now, name) - 1;
    next->functions.erase(name);
  }
  return next;
}

}  // namespace sojourn
