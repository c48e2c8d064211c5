// Which events are meant: the value of the key `match`. Declarative and bounded; runtime/event/triggers decides by it.
//
// A reference names a value of an event: an attribute (`type`), or by a JSON Pointer a place in its data (`/user/id`).
//
// Thread: values; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sojourn {

enum class MatchKind {
  kExact,    // `value`, a JSON scalar as text: "\"user.created\"", "42", "true"
  kPrefix,   // the value is a string that begins with `text`
  kSuffix,   // ends with
  kExists,   // there is a value, or with `wanted` false there is none
  kNumeric,  // a number within the bounds
  kAll,      // every one of `parts`; without parts: everything
  kAny,      // one of `parts`
  kNot,      // not its only part
};

struct Match {
  MatchKind kind = MatchKind::kAll;
  std::string reference;
  std::string value;
  std::string text;
  bool wanted = true;
  std::optional<double> above, at_least, below, at_most;
  std::vector<Match> parts;

  bool operator==(const Match&) const = default;
};

inline constexpr int kMatchDepthMax = 16;
inline constexpr int kMatchNodesMax = 256;

}  // namespace sojourn
