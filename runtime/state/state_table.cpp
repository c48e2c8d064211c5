#include "runtime/state/state_table.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sojourn {
namespace {

constexpr MonotonicTime kForEver = MonotonicTime::max();

MonotonicTime expiry(MonotonicTime now, std::chrono::milliseconds ttl) {
  if (ttl.count() <= 0 || ttl > kForEver - now) return kForEver;
  return now + ttl;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

StateAnswer limit(std::string_view what, std::size_t most) {
  return {StateOutcome::kLimit, 0, std::string(what) + " is " + std::to_string(most)};
}

}  // namespace

StateTable::OfFunction& StateTable::of(std::string_view function) {
  const auto found = functions_.find(function);
  return found != functions_.end() ? found->second : functions_[std::string(function)];
}

void StateTable::note(std::string_view function, std::string_view key, Value* value) {
  if (value != nullptr && std::exchange(value->noted, true)) return;
  changed_.push_back({std::string(function), std::string(key)});
}

StateTable::Values::iterator StateTable::erase(OfFunction& mine, std::string_view function, Values::iterator at) {
  note(function, at->first, &at->second);
  mine.bytes -= at->first.size() + at->second.bytes.size();
  return mine.values.erase(at);
}

StateTable::Values::iterator StateTable::find(OfFunction& mine, std::string_view function, std::string_view key,
                                              MonotonicTime now) {
  const auto at = mine.values.find(key);
  if (at == mine.values.end() || at->second.expires > now) return at;
  erase(mine, function, at);
  return mine.values.end();
}

StateAnswer StateTable::get(std::string_view function, std::string_view key, MonotonicTime now) {
  OfFunction& mine = of(function);
  const auto at = find(mine, function, key, now);
  if (at == mine.values.end()) return {StateOutcome::kMissing, 0, {}};
  return {StateOutcome::kDone, at->second.revision, at->second.bytes};
}

StateAnswer StateTable::set(std::string_view function, std::string_view key, std::string_view value, Ttl ttl,
                            MonotonicTime now) {
  if (key.empty()) return {StateOutcome::kInvalid, 0, "a key has at least one byte"};
  if (key.size() > limits_.key_bytes) return limit("the longest key, in bytes,", limits_.key_bytes);
  if (value.size() > limits_.value_bytes) return limit("the longest value, in bytes,", limits_.value_bytes);
  OfFunction& mine = of(function);
  auto at = mine.values.find(key);
  const bool known = at != mine.values.end();
  const std::size_t before = known ? at->first.size() + at->second.bytes.size() : 0;
  const std::size_t bytes = mine.bytes - before + key.size() + value.size();
  if (bytes > limits_.bytes) return limit("a function's whole state, in bytes, at most", limits_.bytes);
  if (!known && mine.values.size() >= limits_.keys)
    return limit("the number of a function's keys at most", limits_.keys);
  if (!known) at = mine.values.emplace(std::string(key), Value{}).first;
  at->second.bytes = value;
  at->second.revision = ++last_number_;
  at->second.expires = expiry(now, ttl);
  mine.bytes = bytes;
  note(function, key, &at->second);
  return {StateOutcome::kDone, at->second.revision, {}};
}

StateAnswer StateTable::compare_and_set(std::string_view function, std::string_view key, std::string_view value,
                                        std::uint64_t expected, Ttl ttl, MonotonicTime now) {
  OfFunction& mine = of(function);
  const auto at = find(mine, function, key, now);
  const std::uint64_t current = at == mine.values.end() ? 0 : at->second.revision;
  if (current != expected) return {StateOutcome::kTaken, current, {}};
  return set(function, key, value, ttl, now);
}

StateAnswer StateTable::increment(std::string_view function, std::string_view key, std::string_view by, Ttl ttl,
                                  MonotonicTime now) {
  OfFunction& mine = of(function);
  const auto at = find(mine, function, key, now);
  const auto step = number(by);
  const auto old = at == mine.values.end() ? std::optional<std::int64_t>(0) : number(at->second.bytes);
  if (!step) return {StateOutcome::kInvalid, 0, "the step is no whole number of 64 bits"};
  if (!old) return {StateOutcome::kInvalid, 0, "the key holds no whole number of 64 bits"};
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*old, *step, &sum)) return {StateOutcome::kInvalid, 0, "the sum does not fit 64 bits"};
  StateAnswer answer = set(function, key, std::to_string(sum), ttl, now);
  if (answer.outcome == StateOutcome::kDone) answer.value = std::to_string(sum);
  return answer;
}

StateAnswer StateTable::remove(std::string_view function, std::string_view key, MonotonicTime now) {
  OfFunction& mine = of(function);
  const auto at = find(mine, function, key, now);
  if (at == mine.values.end()) return {StateOutcome::kMissing, 0, {}};
  erase(mine, function, at);
  return {};
}

StateAnswer StateTable::lease(std::string_view function, std::string_view name, std::uint64_t owner, Ttl ttl,
                              MonotonicTime now) {
  if (name.empty()) return {StateOutcome::kInvalid, 0, "a lease has a name of at least one byte"};
  if (name.size() > limits_.key_bytes) return limit("the longest name of a lease, in bytes,", limits_.key_bytes);
  OfFunction& mine = of(function);
  auto at = mine.leases.find(name);
  const bool held = at != mine.leases.end() && at->second.expires > now;
  if (held && at->second.owner != owner) return {StateOutcome::kTaken, at->second.fence, {}};
  if (ttl.count() <= 0) {
    if (!held) return {StateOutcome::kMissing, 0, {}};
    const std::uint64_t fence = at->second.fence;
    mine.leases.erase(at);
    return {StateOutcome::kDone, fence, {}};
  }
  if (at == mine.leases.end()) {
    std::erase_if(mine.leases, [&](const auto& entry) { return entry.second.expires <= now; });
    if (mine.leases.size() >= limits_.leases) return limit("the number of a function's leases at most", limits_.leases);
    at = mine.leases.emplace(std::string(name), Lease{}).first;
  }
  Lease& lease = at->second;
  if (!held) lease = {owner, ++last_number_, {}};
  lease.expires = expiry(now, ttl);
  return {StateOutcome::kDone, lease.fence, {}};
}

void StateTable::clear(std::string_view function) {
  const auto found = functions_.find(function);
  if (found == functions_.end()) return;
  for (auto& [key, value] : found->second.values) note(function, key, &value);
  functions_.erase(found);
}

StateUsage StateTable::usage(std::string_view function) const {
  const auto found = functions_.find(function);
  if (found == functions_.end()) return {};
  return {found->second.values.size(), found->second.bytes};
}

void StateTable::restore(StateChange change) {
  OfFunction& mine = of(change.function);
  mine.bytes += change.key.size() + change.value->size();
  last_number_ = std::max(last_number_, change.revision);
  mine.values[std::move(change.key)] = {std::move(*change.value), change.revision, change.expires, false};
}

std::vector<StateChange> StateTable::take_changes(std::size_t most) {
  std::vector<StateChange> changes;
  const std::size_t count = std::min(most, changed_.size());
  changes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Name& name = changed_[i];
    StateChange change{std::move(name.function), std::move(name.key), std::nullopt, 0, {}};
    OfFunction& mine = of(change.function);
    if (const auto at = mine.values.find(change.key); at != mine.values.end()) {
      at->second.noted = false;
      change.value = at->second.bytes;
      change.revision = at->second.revision;
      change.expires = at->second.expires;
    }
    changes.push_back(std::move(change));
  }
  changed_.erase(changed_.begin(), changed_.begin() + static_cast<std::ptrdiff_t>(count));
  return changes;
}

void StateTable::sweep(MonotonicTime now, std::size_t most) {
  auto function = functions_.lower_bound(swept_function_);
  if (function == functions_.end()) function = functions_.begin();
  std::size_t looked = 0;
  while (function != functions_.end()) {
    OfFunction& mine = function->second;
    auto at = function->first == swept_function_ ? mine.values.lower_bound(swept_key_) : mine.values.begin();
    while (at != mine.values.end() && looked < most) {
      ++looked;
      at = at->second.expires <= now ? erase(mine, function->first, at) : std::next(at);
    }
    swept_function_ = function->first;
    if (at != mine.values.end()) {
      swept_key_ = at->first;
      return;
    }
    swept_key_.clear();
    ++function;
  }
  swept_function_.clear();
}

}  // namespace sojourn
