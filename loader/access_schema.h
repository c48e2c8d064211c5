// How the keys `access`, `cors` and `secrets` of a configuration are read and written: rows of the table in
// config_schema.h whose values are more than one line.
//
// Thread: any; functions on values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/access.h"
#include "loader/config_schema.h"

namespace sojourn {

// `token`, `open`, or a mapping with one of `key`, `bearer`, `basic`, `hmac`.
void read_access(const Place& place, const Node& node, Access& into);
nlohmann::ordered_json write_access(const Access& from);
std::string_view access_kind_name(AccessKind kind);

// null when kResets holds: no CORS.
void read_cors(const Place& place, const Node& node, std::optional<Cors>& into);
nlohmann::ordered_json write_cors(const std::optional<Cors>& from);

// A list of secrets' names, or one name; noted in place.secret_uses. At most `most`, each once.
void read_secret_names(const Place& place, const Node& node, std::size_t most, std::vector<std::string>& into);

}  // namespace sojourn
