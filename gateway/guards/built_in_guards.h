// The guards that ship with Sojourn, by name: what the gateway's chains are made with.
//
// Thread: knows, names and check any; make on the home loop; for_each any.
// Owner:  the Gateway; guards outlive it, being held by chains.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/guards/built_in_guard.h"
#include "runtime/call/guard.h"

namespace sojourn {

class BuiltInGuards final : public GuardFactory {
 public:
  bool knows(std::string_view name) const override;
  std::vector<std::string> names() const override;
  Status check(std::string_view name, std::string_view with) const override;
  std::vector<GuardTarget> targets(std::string_view name, std::string_view with) const override;
  Result<std::shared_ptr<Guard>> make(const GuardUse& use) override;

  // Every guard that some chain still holds.
  struct Held {
    const std::string& function;
    std::size_t position;
    const std::string& name;
    const BuiltInGuard& guard;
  };
  void for_each(const std::function<void(const Held&)>& visit) const;

 private:
  using Use = std::tuple<std::string, std::size_t, std::string, std::string>;  // as in GuardUse

  void forget_dropped();

  mutable std::mutex mutex_;
  std::map<Use, std::weak_ptr<BuiltInGuard>> made_;
  std::size_t sweep_at_ = 64;  // entries; then those that nobody holds are taken out
};

}  // namespace sojourn
