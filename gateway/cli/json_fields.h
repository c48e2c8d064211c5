// Reads members of JSON that came over the wire without trusting its shape: what is missing, or of another type, reads
// as empty.
//
// Thread: any; pure functions. References live as long as the JSON they are taken from.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sojourn::cli {

// The member of an object, or null.
const nlohmann::json& member(const nlohmann::json& object, std::string_view name);
// A member as a person reads it: a string's content, a number, true, JSON of anything bigger, or empty.
std::string text(const nlohmann::json& object, std::string_view name);
std::string text(const nlohmann::json& value);
std::int64_t number(const nlohmann::json& object, std::string_view name);
bool is_true(const nlohmann::json& object, std::string_view name);
// The elements of a list's page, or none.
nlohmann::json& items(nlohmann::json& page);
const nlohmann::json& items(const nlohmann::json& page);
// The strings of an array, joined by ", ".
std::string joined(const nlohmann::json& array);

}  // namespace sojourn::cli
