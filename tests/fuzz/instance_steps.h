// The steps that an input of the instance's fuzzer is made of: one byte each, and what they need behind it.
//
// Thread: any; values.
#pragma once

namespace sojourn {

enum class InstanceStep : unsigned char {
  kFrame,       // type, flags, call, stream, size (2 bytes, little end first), payload
  kRaw,         // size, bytes
  kTurn,        // lets the gateway read what was said
  kClaim,       // slot, call, state
  kPrint,       // size, bytes for the log pipe
  kDescriptor,  // passes one
  kDrain,       // reads what the gateway wrote
  kGateway,     // what the gateway does by itself, call
};
inline constexpr unsigned kInstanceSteps = 8;

}  // namespace sojourn
