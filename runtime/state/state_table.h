// The StateTable holds what functions remember: for each function its keys with values, and its leases. Functions do
// not see each other's. Every operation is atomic and is over when it returns; what changed since the last look is
// handed out for whoever writes it down.
//
// Revisions and fences come from one counter that only grows, also over restarts when it is begun beyond what an
// earlier table gave (see StateFile, epochs). So a revision is never seen twice with two values, and a fence of a later
// owner is always the larger one.
//
// Thread:    one at a time (StateStore holds a lock).
// Bound:     StateLimits, per function; an operation beyond it is kLimit with the limit's name.
// Time:      `now` is monotonic; a value or lease is gone at its moment, whether or not anybody swept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock.h"

namespace sojourn {

struct StateLimits {
  std::size_t bytes = 16u << 20;  // of a function's keys and values together
  std::size_t keys = 100'000;     // of a function
  std::size_t key_bytes = 1024;   // one key, or the name of a lease
  std::size_t value_bytes = 128u << 10;
  std::size_t leases = 1000;  // of a function, held at one time
};

enum class StateOutcome {
  kDone,
  kMissing,  // no such key
  kTaken,    // another revision, or somebody else's lease
  kInvalid,  // an increment of what is no number, or out of range; an empty or overlong name
  kLimit,    // StateLimits
};

struct StateAnswer {
  StateOutcome outcome = StateOutcome::kDone;
  std::uint64_t revision = 0;  // of the value as it is now; of a lease: the fence
  std::string value;           // of a get, and the sum of an increment; with kLimit and kInvalid: what and which limit
};

// A key as it is now, for the one who writes it down.
struct StateChange {
  std::string function;
  std::string key;
  std::optional<std::string> value;  // nothing: it is gone
  std::uint64_t revision = 0;
  MonotonicTime expires{};
};

struct StateUsage {
  std::size_t keys = 0;
  std::size_t bytes = 0;
};

class StateTable {
 public:
  using Ttl = std::chrono::milliseconds;  // 0: for ever

  StateTable(StateLimits limits, std::uint64_t first_number) : limits_(limits), last_number_(first_number) {}

  StateAnswer get(std::string_view function, std::string_view key, MonotonicTime now);
  StateAnswer set(std::string_view function, std::string_view key, std::string_view value, Ttl ttl, MonotonicTime now);
  // Writes if the key's revision is `expected`; 0 stands for no such key.
  StateAnswer compare_and_set(std::string_view function, std::string_view key, std::string_view value,
                              std::uint64_t expected, Ttl ttl, MonotonicTime now);
  // Adds the decimal number `by` to the value, which counts as 0 when there is none.
  StateAnswer increment(std::string_view function, std::string_view key, std::string_view by, Ttl ttl,
                        MonotonicTime now);
  StateAnswer remove(std::string_view function, std::string_view key, MonotonicTime now);
  // Takes a lease for `owner`, or renews it; a ttl of 0 gives it back.
  StateAnswer lease(std::string_view function, std::string_view name, std::uint64_t owner, Ttl ttl, MonotonicTime now);

  // Forgets everything of a function.
  void clear(std::string_view function);
  StateUsage usage(std::string_view function) const;

  // Puts in what was written down before; it counts as no change.
  void restore(StateChange change);
  // What changed since the last time, at most `most` keys, each once and as it is now. The others come next time.
  std::vector<StateChange> take_changes(std::size_t most);
  bool changed() const { return !changed_.empty(); }
  // Drops what has expired, looking at no more than `most` keys; goes round in turns.
  void sweep(MonotonicTime now, std::size_t most);

 private:
  struct Value {
    std::string bytes;
    std::uint64_t revision = 0;
    MonotonicTime expires{};
    bool noted = false;  // stands in changed_
  };
  struct Lease {
    std::uint64_t owner = 0;
    std::uint64_t fence = 0;
    MonotonicTime expires{};
  };
  struct OfFunction {
    std::map<std::string, Value, std::less<>> values;
    std::map<std::string, Lease, std::less<>> leases;
    std::size_t bytes = 0;
  };
  struct Name {
    std::string function;
    std::string key;
  };
  using Values = std::map<std::string, Value, std::less<>>;

  OfFunction& of(std::string_view function);
  Values::iterator find(OfFunction& mine, std::string_view function, std::string_view key, MonotonicTime now);
  Values::iterator erase(OfFunction& mine, std::string_view function, Values::iterator at);
  void note(std::string_view function, std::string_view key, Value* value);

  const StateLimits limits_;
  std::uint64_t last_number_;
  std::map<std::string, OfFunction, std::less<>> functions_;
  std::vector<Name> changed_;
  std::string swept_function_;  // where the next sweep begins
  std::string swept_key_;
};

}  // namespace sojourn
