#include "gateway/chain_maker.h"

#include <algorithm>

#include "loader/chain_schema.h"
#include "loader/fused_check.h"
#include "loader/names.h"
#include "loader/with_check.h"

namespace sojourn {
namespace {

static_assert(kChainLinksMax == kDecoratorsMax);

constexpr std::size_t kNamesMax = 2000;  // a suggestion is not worth comparing with more

std::string item(std::string_view key, std::size_t index) {
  return std::string(key) + "[" + std::to_string(index) + "]";
}

std::string quoted(std::string_view name) {
  return "`" + std::string(name) + "`";
}

const Function* function_of(const Deployments& deployments, std::string_view name) {
  const auto found = deployments.functions.find(name);
  return found == deployments.functions.end() ? nullptr : found->second.get();
}

bool is_decorator(const VersionPtr& version) {
  return version && version->entry.kind == EntryKind::kDecorator;
}

// `KEY: what` below `path` as its path and what is said.
std::pair<std::string, std::string> placed(std::string path, const std::string& text) {
  const std::size_t colon = text.find(": ");
  const bool is_key = colon != std::string::npos && text.find_first_of(" `") > colon;
  if (!is_key) return {std::move(path), text};
  return {path + "." + text.substr(0, colon), text.substr(colon + 2)};
}

// The names on the way from `name` through decorators of decorators, when it leads back to one of them.
std::string circle_from(const Deployments& deployments, const std::string& name, std::vector<std::string>& path) {
  const bool closes = std::find(path.begin(), path.end(), name) != path.end();
  path.push_back(name);
  if (closes) {
    std::string text;
    for (auto at = std::find(path.begin(), path.end(), name); at != path.end(); ++at) {
      text += (text.empty() ? "" : " → ") + *at;
    }
    return text;
  }
  const Function* const function = function_of(deployments, name);
  const VersionPtr live = function == nullptr ? nullptr : function->live_version();
  for (std::size_t i = 0; live && i < live->config.decorators.size(); ++i) {
    const auto use = parse_use(live->config.decorators[i].use);
    if (!use) continue;
    if (std::string text = circle_from(deployments, std::string(use->name), path); !text.empty()) return text;
  }
  path.pop_back();
  return {};
}

}  // namespace

bool needs_chain(const Version& version) {
  const auto& uses = version.config.decorators;
  return !version.config.calls.empty() ||
         std::any_of(uses.begin(), uses.end(), [](const DecoratorUse& use) { return !use.fuse; });
}

bool uses_decorator(const Function& function, std::string_view decorator) {
  const auto names = [&](const DecoratorUse& use) { return use.use.substr(0, use.use.find('@')) == decorator; };
  return std::any_of(function.versions.begin(), function.versions.end(), [&](const auto& numbered) {
    const auto& uses = numbered.second->config.decorators;
    return std::any_of(uses.begin(), uses.end(), names);
  });
}

// --- What a use means ----------------------------------------------------------------------------------------------

std::string ChainMaker::suggestion(const Deployments& deployments, std::string_view name) const {
  const std::vector<std::string> guards = guards_.names();
  std::vector<std::string_view> names(guards.begin(), guards.end());
  for (const BuiltIn& built_in : built_ins_.all()) names.emplace_back(built_in.name);
  for (const auto& [known, function] : deployments.functions) {
    if (names.size() < kNamesMax && is_decorator(function->live_version())) names.emplace_back(known);
  }
  return did_you_mean(name, names);
}

std::optional<ChainMaker::Wrong> ChainMaker::find_name(const Deployments& deployments, const DecoratorUse& use,
                                                       Found& found) const {
  const auto reference = parse_use(use.use);
  if (!reference) return Wrong{".use", "is not a decorator's name"};
  found.name = reference->name;
  const Function* const own = function_of(deployments, reference->name);
  const VersionPtr version = own == nullptr           ? nullptr
                             : reference->number == 0 ? own->live_version()
                                                      : own->version(reference->number);
  if (is_decorator(version)) {
    found.version = version;
    found.label = found.name + "@" + std::to_string(version->number);
    return {};
  }
  if (own != nullptr && !version && is_decorator(own->live_version())) {
    return Wrong{".use", "decorator " + quoted(found.name) + " has no version " + std::to_string(reference->number)};
  }
  const BuiltIn* const built_in = built_ins_.find(found.name);
  found.guard = guards_.knows(found.name);
  if (!found.guard && built_in == nullptr) {
    if (own != nullptr) return Wrong{".use", quoted(found.name) + " is a function, not a decorator"};
    return Wrong{".use", "there is no decorator " + quoted(found.name) + suggestion(deployments, found.name)};
  }
  if (reference->number != 0) {
    return Wrong{".use", quoted(found.name) + " comes with Sojourn and has no versions of its own"};
  }
  found.label = found.name + (found.guard ? "" : "@builtin");
  if (found.guard) return {};
  auto made = std::make_shared<Version>();
  made->function = built_in->name;
  made->artifact = built_in->artifact;
  made->entry = built_in->entry;
  found.version = std::move(made);
  return {};
}

// The targets that options name have to be there, as everything that a manifest names.
std::optional<ChainMaker::Wrong> ChainMaker::fit_guard(const Deployments& deployments, const DecoratorUse& use,
                                                       Found& found) const {
  if (use.fuse) {
    return Wrong{".fuse", quoted(found.name) + " runs in the gateway, where there is nothing to fuse it with"};
  }
  found.with = use.with;
  const Status fits = guards_.check(found.name, use.with);
  if (!fits.ok()) {
    auto [path, text] = placed(".with", fits.error().text());
    return Wrong{std::move(path), std::move(text)};
  }
  for (const GuardTarget& target : guards_.targets(found.name, use.with)) {
    const auto reference = parse_use(target.reference);
    const Function* const function = reference ? function_of(deployments, reference->name) : nullptr;
    if (function == nullptr) return Wrong{".with." + target.key, "there is no function " + quoted(target.reference)};
    if (reference->number != 0 && !function->version(reference->number)) {
      return Wrong{".with." + target.key, "there is no version " + quoted(target.reference)};
    }
  }
  return {};
}

std::optional<ChainMaker::Wrong> ChainMaker::fit_version(const DecoratorUse& use, Found& found) const {
  const Version& version = *found.version;
  if (use.fuse && !version.artifact.unique_symbol.empty()) {
    return Wrong{".fuse", quoted(found.name) + " defines `" + version.artifact.unique_symbol +
                              "`, which it would share with the function; build it with -fno-gnu-unique"};
  }
  auto fitted = fit_with(version.entry.with, use.with.empty() ? version.config.with : use.with);
  if (fitted.ok()) {
    found.with = *std::move(fitted);
    return {};
  }
  auto [path, text] = placed(".with", fitted.error().text());
  return Wrong{std::move(path), std::move(text)};
}

std::optional<ChainMaker::Wrong> ChainMaker::find(const Deployments& deployments, const DecoratorUse& use,
                                                  Found& found) const {
  if (auto wrong = find_name(deployments, use, found)) return wrong;
  return found.guard ? fit_guard(deployments, use, found) : fit_version(use, found);
}

// --- Checking ------------------------------------------------------------------------------------------------------

std::vector<ChainFault> ChainMaker::check(const Deployments& deployments) const {
  std::vector<ChainFault> faults;
  for (const auto& [name, function] : deployments.functions) {
    const VersionPtr live = function->live_version();
    if (!live) continue;
    if (auto wrong = check_version(deployments, *live)) {
      faults.push_back({name, std::move(wrong->path), std::move(wrong->text)});
    }
  }
  return faults;
}

std::optional<ChainMaker::Wrong> ChainMaker::check_version(const Deployments& deployments,
                                                           const Version& version) const {
  if (version.entry.kind == EntryKind::kDecorator) {
    if (auto wrong = check_decorator(deployments, version)) return wrong;
  } else if (auto wrong = check_decorators(deployments, version)) {
    return wrong;
  }
  return check_calls(deployments, version);
}

std::optional<ChainMaker::Wrong> ChainMaker::check_decorator(const Deployments& deployments,
                                                             const Version& version) const {
  if (!version.config.decorators.empty()) {
    std::vector<std::string> path;
    const std::string circle = circle_from(deployments, version.function, path);
    if (!circle.empty()) return Wrong{"decorators", "go in a circle: " + circle};
    return Wrong{"decorators", quoted(version.function) +
                                   " is a decorator and cannot be wrapped itself; name both in the decorators of the "
                                   "function, outermost first"};
  }
  if (version.config.probe) return Wrong{"probe", "a decorator is never called by itself, so it has no probe"};
  return {};
}

std::optional<ChainMaker::Wrong> ChainMaker::check_decorators(const Deployments& deployments,
                                                              const Version& version) const {
  const auto& uses = version.config.decorators;
  std::size_t fused = 0, with_bytes = 0;
  std::string outer;  // the last fused one
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const std::string here = item("decorators", i);
    Found found;
    if (auto wrong = find(deployments, uses[i], found)) return Wrong{here + wrong->path, std::move(wrong->text)};
    if (!uses[i].fuse && !outer.empty()) {
      return Wrong{here, quoted(found.name) + " stands inside " + quoted(outer) +
                             ", which is fused; fused decorators stand directly around the function, after all others"};
    }
    if (!uses[i].fuse) continue;
    outer = found.name;
    if (const std::string why = why_not_fused(*found.version, version); !why.empty()) {
      return Wrong{here + ".fuse", quoted(found.name) + " " + why};
    }
    with_bytes += found.with.size();
    if (with_bytes > kFusedWithMax) {
      return Wrong{here + ".with", "the configurations of the fused decorators together are over " +
                                       std::to_string(kFusedWithMax) + " bytes"};
    }
    if (++fused > kFusedMax) {
      return Wrong{here + ".fuse", "more than " + std::to_string(kFusedMax) + " decorators of one function are fused"};
    }
  }
  return {};
}

std::optional<ChainMaker::Wrong> ChainMaker::check_calls(const Deployments& deployments, const Version& version) const {
  const auto& calls = version.config.calls;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Function* const function = function_of(deployments, calls[i]);
    if (function == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& [known, other] : deployments.functions) {
        if (names.size() < kNamesMax) names.emplace_back(known);
      }
      return Wrong{item("calls", i), "there is no function " + quoted(calls[i]) + did_you_mean(calls[i], names)};
    }
    if (is_decorator(function->live_version())) {
      return Wrong{item("calls", i), quoted(calls[i]) + " is a decorator, which is never called by itself"};
    }
  }
  return {};
}

// --- Making --------------------------------------------------------------------------------------------------------

std::vector<FusedObject> ChainMaker::fused(const Deployments& deployments, const FunctionConfig& config) const {
  std::vector<FusedObject> objects;
  for (const DecoratorUse& use : config.decorators) {
    Found found;
    if (!use.fuse || find(deployments, use, found)) continue;  // what is wrong, check() tells
    objects.push_back({found.label, found.version->artifact, found.version->entry, found.with});
  }
  return objects;
}

FunctionChains ChainMaker::chains_of(const Deployments& deployments, const Function& function) {
  FunctionChains chains;
  for (const auto& [number, version] : function.versions) {
    if (!needs_chain(*version)) continue;
    auto chain = make(deployments, version);
    if (chain.ok()) {
      chains.made.emplace(number, *std::move(chain));
    } else {
      chains.broken.emplace(number, chain.error().text());
    }
  }
  return chains;
}

Result<ChainPtr> ChainMaker::make(const Deployments& deployments, const VersionPtr& version) {
  auto chain = std::make_shared<Chain>();
  const std::string label = version->function + "@" + std::to_string(version->number);
  const auto& uses = version->config.decorators;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (uses[i].fuse) continue;
    Found found;
    if (const auto wrong = find(deployments, uses[i], found)) {
      return Error(ErrorCode::kLinkFailed,
                   "the chain of " + label + " is broken: " + item("decorators", i) + wrong->path + ": " + wrong->text);
    }
    ChainLink link{found.name, found.label, nullptr, nullptr};
    if (found.guard) {
      auto guard = guards_.make({version->function, i, found.name, found.with});
      if (!guard.ok()) return guard.error().at("the chain of " + label);
      link.guard = *std::move(guard);
    } else {
      link.version = with_configuration(found.version, found.with);
    }
    chain->links.push_back(std::move(link));
  }
  chain->links.push_back({version->function, label, version, nullptr});
  return ChainPtr(std::move(chain));
}

// The version as it runs in this place: the same pool for the same configuration, wherever it stands.
VersionPtr ChainMaker::with_configuration(const VersionPtr& version, const std::string& with) {
  if (version->config.with == with && version->number != 0) return version;
  auto& known = derived_[{version->function, version->number, with}];
  if (VersionPtr same = known.lock(); same && same->artifact.digest == version->artifact.digest) return same;
  auto made = std::make_shared<Version>(*version);
  made->config.with = with;
  known = made;
  std::erase_if(derived_, [](const auto& entry) { return entry.second.expired(); });
  return made;
}

}  // namespace sojourn
