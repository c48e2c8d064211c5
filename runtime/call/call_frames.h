// Encodes a request as the frames that an instance reads: a kCall with the body inside while it is short, else with
// kBody frames and a kBodyEnd behind it. One copy of each byte, into memory that the call uses again.
//
// Thread: any.
// Errors: kHeadTooLarge when the head does not fit into one frame.
#pragma once

#include "runtime/base/result.h"
#include "runtime/call/caller.h"
#include "runtime/sandbox/host/byte_buffer.h"

namespace sojourn {

// The bytes that encode_call will write, or a little more.
std::size_t encoded_size(const RequestView& request);

// Call number, slot and time left are zero: the instance that gets it writes them.
Status encode_call(const RequestView& request, ByteBuffer& out);

// Writes into frames that encode_call made where in a chain the call stands, and at which attempt the chain is.
struct CallPlace {
  std::uint32_t depth = 0;
  std::uint32_t link = 0;
  std::uint32_t attempt = 1;
};
void set_place(ByteBuffer& frames, const CallPlace& place);

// The call id in frames that encode_call made.
std::string_view encoded_call_id(const ByteBuffer& frames);

// What a request passes on to those that it leads to.
struct CallOrigin {
  std::string_view call_id;
  std::string_view traceparent;
  std::string_view remote;
};
CallOrigin encoded_origin(const ByteBuffer& frames);

}  // namespace sojourn
