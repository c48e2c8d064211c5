// What differs between two values of a configuration, in words for people.
//
// Thread: any; a pure function.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace sojourn {

// Adds one line per value that differs: `PATH 64MiB → 128MiB`. Mappings are compared member by member, lists of
// mappings item by item; other lists, and what has changed its type, as a whole.
void append_differences(const std::string& path, const nlohmann::ordered_json& before,
                        const nlohmann::ordered_json& after, std::vector<std::string>& lines);
// The same, with mappings and lists as a whole.
void append_whole_difference(const std::string& path, const nlohmann::ordered_json& before,
                             const nlohmann::ordered_json& after, std::vector<std::string>& lines);

}  // namespace sojourn
