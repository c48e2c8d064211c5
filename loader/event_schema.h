// The small words of events that a manifest uses: types and patterns of them, queues, and references to a value of an
// event.
//
//   com.example.user.created     a type
//   com.example.*, *             patterns: what begins so, everything
//   type, subject                a reference to an attribute
//   /user/id                     a reference to a place in the data, as a JSON Pointer (RFC 6901)
//
// Thread: any; functions on values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "loader/config_schema.h"

namespace sojourn {

inline constexpr std::size_t kEventTypeMax = 256;          // bytes
inline constexpr std::size_t kReferenceMax = 256;          // bytes
inline constexpr std::size_t kKeyReferencesMax = 8;        // of one composite key
inline constexpr std::size_t kAttributeNameBytesMax = 64;  // the specification asks senders for 20 and less

// The key `emits`: a list of types and patterns. `enqueues`: a list of queues.
void read_emits(const Place& place, const Node& node, std::vector<std::string>& into);
void read_enqueues(const Place& place, const Node& node, std::vector<std::string>& into);

void read_event_type(const Place& place, const Node& node, std::string& into);
void read_queue_name(const Place& place, const Node& node, std::string& into);
// The key `key`: one reference or a list of them.
void read_key(const Place& place, const Node& node, std::vector<std::string>& into);

bool is_attribute_name(std::string_view text);
bool is_json_pointer(std::string_view text);
// What is wrong with the reference, in words; empty when nothing is.
std::string fault_of_reference(std::string_view text);

}  // namespace sojourn
