// The ChainMaker finds out what the names in `decorators` and `calls` mean, says what is wrong with them, and makes of
// a version the chain that its calls pass. A name is the deployment's own decorator first, else a guard, else a
// decorator that comes with Sojourn.
//
// Thread: the home loop.
// Owner:  the Gateway. The guards and the built-ins outlive it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "gateway/built_ins/built_ins.h"
#include "loader/deployment.h"
#include "runtime/base/result.h"
#include "runtime/call/chain.h"
#include "runtime/call/guard.h"

namespace sojourn {

// What is wrong with the chain of one function, and where in its configuration.
struct ChainFault {
  std::string function;
  std::string path;  // "decorators[0].with.perSecond"
  std::string text;
};

// The chains of a function's versions; those that pass nothing but the function have none.
struct FunctionChains {
  std::map<int, ChainPtr> made;
  std::map<int, std::string> broken;  // why there is none: a decorator of an old version may be gone
};

class ChainMaker {
 public:
  ChainMaker(GuardFactory& guards, const BuiltIns& built_ins) : guards_(guards), built_ins_(built_ins) {}

  // The first fault of each function that is live in `deployments`.
  std::vector<ChainFault> check(const Deployments& deployments) const;

  // The objects that the fused decorators of `config` mean, outermost first.
  std::vector<FusedObject> fused(const Deployments& deployments, const FunctionConfig& config) const;

  FunctionChains chains_of(const Deployments& deployments, const Function& function);

 private:
  // What one entry of `decorators` means.
  struct Found {
    std::string name;
    std::string label;   // "my-tag@3", "rate-limit", "defaults@builtin"
    bool guard = false;  // else a version
    VersionPtr version;  // as it is deployed
    std::string with;    // checked, and with its defaults
  };
  struct Wrong {
    std::string path;
    std::string text;
  };

  std::optional<Wrong> find(const Deployments& deployments, const DecoratorUse& use, Found& found) const;
  std::optional<Wrong> find_name(const Deployments& deployments, const DecoratorUse& use, Found& found) const;
  std::optional<Wrong> fit_guard(const Deployments& deployments, const DecoratorUse& use, Found& found) const;
  std::optional<Wrong> fit_version(const DecoratorUse& use, Found& found) const;
  std::optional<Wrong> check_version(const Deployments& deployments, const Version& version) const;
  std::optional<Wrong> check_decorator(const Deployments& deployments, const Version& version) const;
  std::optional<Wrong> check_decorators(const Deployments& deployments, const Version& version) const;
  std::optional<Wrong> check_calls(const Deployments& deployments, const Version& version) const;
  std::string suggestion(const Deployments& deployments, std::string_view name) const;

  Result<ChainPtr> make(const Deployments& deployments, const VersionPtr& version);
  VersionPtr with_configuration(const VersionPtr& version, const std::string& with);

  GuardFactory& guards_;
  const BuiltIns& built_ins_;
  // One object for one version and configuration, as long as a chain holds it.
  std::map<std::tuple<std::string, int, std::string>, std::weak_ptr<const Version>> derived_;
};

// Whether a chain is needed to run the version: it has separate links or guards, or may call others.
bool needs_chain(const Version& version);
// Whether some version of the function is wrapped in `decorator`.
bool uses_decorator(const Function& function, std::string_view decorator);

}  // namespace sojourn
