#include "gateway/guards/built_in_guards.h"

#include <algorithm>

#include "gateway/guards/cache.h"
#include "gateway/guards/circuit_breaker.h"
#include "gateway/guards/mirror.h"
#include "gateway/guards/rate_limit.h"
#include "gateway/guards/retry.h"
#include "gateway/guards/split.h"
#include "loader/names.h"

namespace sojourn {
namespace {

using Made = Result<std::shared_ptr<BuiltInGuard>>;

struct Kind {
  std::string_view name;
  Status (*check)(std::string_view with);
  Made (*make)(std::string_view with);
  std::vector<GuardTarget> (*targets)(std::string_view with);
};

template <auto kRead>
Status check_with(std::string_view with) {
  const auto options = kRead(with);
  return options.ok() ? Status() : options.error();
}

template <class G, auto kRead>
Made make_with(std::string_view with) {
  auto options = kRead(with);
  if (!options.ok()) return options.error();
  return std::shared_ptr<BuiltInGuard>(std::make_shared<G>(std::move(*options)));
}

std::vector<GuardTarget> no_targets(std::string_view) {
  return {};
}

std::vector<GuardTarget> mirror_target(std::string_view with) {
  const auto options = read_mirror(with);
  if (!options.ok()) return {};
  return {{"to", options->to}};
}

std::vector<GuardTarget> split_targets(std::string_view with) {
  const auto options = read_split(with);
  std::vector<GuardTarget> targets;
  if (!options.ok()) return targets;
  for (const WeightedTarget& target : options->weights) {
    if (target.name != kSplitSelf) targets.push_back({"weights." + target.name, target.name});
  }
  return targets;
}

template <class G, auto kRead>
constexpr Kind kind(std::string_view name, std::vector<GuardTarget> (*targets)(std::string_view) = no_targets) {
  return {name, check_with<kRead>, make_with<G, kRead>, targets};
}

constexpr Kind kKinds[] = {
    kind<Cache, read_cache>("cache"),
    kind<CircuitBreaker, read_circuit_breaker>("circuit-breaker"),
    kind<Mirror, read_mirror>("mirror", mirror_target),
    kind<RateLimit, read_rate_limit>("rate-limit"),
    kind<Retry, read_retry>("retry"),
    kind<Split, read_split>("split", split_targets),
};

const Kind* find(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found == std::end(kKinds) ? nullptr : found;
}

Error unknown(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Kind& one : kKinds) known.push_back(one.name);
  return Error(ErrorCode::kRefused, "there is no guard `" + std::string(name) + "`" + did_you_mean(name, known));
}

}  // namespace

bool BuiltInGuards::knows(std::string_view name) const {
  return find(name) != nullptr;
}

std::vector<std::string> BuiltInGuards::names() const {
  std::vector<std::string> all;
  for (const Kind& one : kKinds) all.emplace_back(one.name);
  return all;
}

Status BuiltInGuards::check(std::string_view name, std::string_view with) const {
  const Kind* found = find(name);
  return found == nullptr ? unknown(name) : found->check(with);
}

std::vector<GuardTarget> BuiltInGuards::targets(std::string_view name, std::string_view with) const {
  const Kind* found = find(name);
  return found == nullptr ? std::vector<GuardTarget>() : found->targets(with);
}

Result<std::shared_ptr<Guard>> BuiltInGuards::make(const GuardUse& use) {
  const Kind* found = find(use.name);
  if (found == nullptr) return unknown(use.name);
  const std::lock_guard lock(mutex_);
  const Use key(use.function, use.position, use.name, use.with);
  if (const auto there = made_.find(key); there != made_.end()) {
    if (auto guard = there->second.lock()) return std::shared_ptr<Guard>(guard);
  }
  auto made = found->make(use.with);
  if (!made.ok()) return made.error();
  forget_dropped();
  made_[key] = *made;
  return std::shared_ptr<Guard>(*made);
}

void BuiltInGuards::forget_dropped() {
  if (made_.size() < sweep_at_) return;
  std::erase_if(made_, [](const auto& one) { return one.second.expired(); });
  sweep_at_ = std::max<std::size_t>(2 * made_.size(), 64);
}

void BuiltInGuards::for_each(const std::function<void(const Held&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [use, held] : made_) {
    if (const auto guard = held.lock()) visit({std::get<0>(use), std::get<1>(use), std::get<2>(use), *guard});
  }
}

}  // namespace sojourn
