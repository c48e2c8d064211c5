// How `connect` is read: names, each with the one place that it leads to.
//
//   connect:
//     db: "tcp://db.example.com:5432"
//     cache: {url: "tcp://10.0.0.5:6379", private: true}
//
// What can be known from the text alone is refused here: another scheme, a port that is none, a number in an odd
// spelling, an address that nobody may reach. What a name resolves to is looked at when it is connected.
//
// Thread: any; functions on values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "loader/config_schema.h"
#include "runtime/base/result.h"

namespace sojourn {

// `tcp://HOST:PORT`, where HOST is a DNS name, an IPv4 address, or an IPv6 address in brackets.
Result<ConnectTarget> parse_connect_url(std::string_view url);
std::string connect_url(const ConnectTarget& target);
// Why nobody, or nobody without `private: true`, may connect there; empty when the text says nothing against it.
std::string fault_of_target(const ConnectTarget& target);

void read_connect(const Place& place, const Node& node, FunctionConfig& config);
nlohmann::ordered_json write_connect(const FunctionConfig& config);

}  // namespace sojourn
