// Reads the payloads by which an instance asks for something, and holds nested requests to the rules of a request: a
// method and field names that are tokens, a path that begins with a slash, nothing with control characters in it. What
// concerns framing or one connection is left out, as in replies.
//
// Thread:    any.
// Ownership: the results' views point into the payload and into `fields`; names are lower-cased in place.
#pragma once

#include <span>
#include <vector>

#include "runtime/base/header_field.h"
#include "runtime/sandbox/host/nested_ask.h"

namespace sojourn {

enum class AskFault {
  kNone,
  kMalformed,  // cut short, or of another shape: no instance that runs our code says this
  kRefused,    // well formed, but HTTP does not allow it, or a number is out of its range: SJ_EINVAL for the function
};

enum class NestedBody { kInline, kFollows };
enum class NestedKind { kNext, kCallOut };

AskFault parse_nested(std::span<char> payload, NestedKind kind, NestedBody body, std::vector<HeaderField>& fields,
                      NestedAsk& out);
AskFault parse_state(std::span<char> payload, StateAsk& out);
AskFault parse_lease(std::span<char> payload, LeaseAsk& out);
AskFault parse_emit(std::span<char> payload, NestedBody data, std::vector<HeaderField>& fields, EmitAsk& out);

inline constexpr std::uint32_t kEmittedAttributesMax = 64;  // of one event
inline constexpr std::size_t kEmittedNameMax = 64;          // bytes, as in every event

}  // namespace sojourn
