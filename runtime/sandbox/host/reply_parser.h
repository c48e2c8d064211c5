// Reads a kReply payload and holds it to the rules of a reply: a status of 200 to 599, header names that are tokens,
// values without control characters, no Transfer-Encoding, a Content-Length only when it is right (it is left out:
// framing is the gateway's). Hop-by-hop fields are left out too.
//
// Thread:    any.
// Ownership: the result's views point into the payload and into `fields`; names are lower-cased in place.
// Errors:    text of what is wrong. The frame was well formed; what it says is not.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

struct ParsedReply {
  int status = 200;
  std::span<const HeaderField> headers;
  std::string_view body;        // what the frame itself carries
  std::uint64_t body_size = 0;  // bytes, as announced
};

enum class ReplyBody { kInline, kGathered, kStreamed };

Result<ParsedReply> parse_reply(std::span<char> payload, ReplyBody how, std::vector<HeaderField>& fields);

}  // namespace sojourn
