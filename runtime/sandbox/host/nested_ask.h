// What a running call asks the gateway for while it runs: the next link of its chain, another function, its state, a
// lease, that an event be sent. An instance asks for one thing at a time; InstanceCall hears it, and
// Instance::send_result or send_outcome answers.
//
// All of it comes from a hostile process: field names are tokens in lower case, values have no control characters,
// hop-by-hop fields are left out, the body is as long as was announced. Nothing else is checked.
//
// Thread:    values of the instance's loop.
// Ownership: views; they end with the method that got them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/header_field.h"

namespace sojourn {

struct NestedAsk {
  bool is_next() const { return function.empty(); }

  std::string_view function;  // whom kCallOut names; empty for kNext
  std::string_view method;    // a token
  std::string_view path;      // begins with a slash
  std::string_view query;
  std::span<const HeaderField> headers;
  std::uint64_t body_size = 0;  // bytes, as announced
  std::string_view body;
};

struct StateAsk {
  std::uint32_t operation = 0;  // SJ_STATE_..., one of them
  std::int64_t ttl_ms = 0;      // 0: for ever; not negative
  std::uint64_t revision = 0;
  std::string_view key;
  std::string_view value;
};

struct LeaseAsk {
  std::int64_t ttl_ms = 0;  // more than 0
  std::string_view name;
};

struct EmitAsk {
  std::string_view queue;  // the queue that it is an item for; empty: an event
  // Names of 1 to 20 lower-case letters and digits, none twice, `type` among them and not empty; values are UTF-8
  // without control characters. What the platform sets itself is left out: source, specversion, causationid,
  // sojournhops.
  std::span<const HeaderField> attributes;
  std::uint64_t data_size = 0;  // bytes, as announced
  std::string_view data;
};

// A reply for the one who asked; of a stream the head.
struct NestedReply {
  std::int32_t status = 200;
  std::span<const HeaderField> headers;
  std::string_view body;
};

enum class ResultEnd { kWhole, kBroken };

}  // namespace sojourn
