// How the steps of a pipeline are read and written: each has one act and says how that is tried.
//
//   steps:
//     - {id: enrich, call: profile-enrich, timeout: 10s, concurrency: 4}
//     - {id: announce, emit: {type: com.example.user.onboarded}}
//     - {enqueue: mails}
//     - {post: {url: "https://example.com/in", sign: partner-key, body: data}, retry: {attempts: 3}}
//
// Thread: any; functions on values.
// Bound:  kStepsMax steps.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "loader/config_schema.h"
#include "loader/pipeline.h"

namespace sojourn {

inline constexpr std::size_t kPostUrlMax = 2'048;   // bytes
inline constexpr std::size_t kPostHeadersMax = 32;  // of one post

// What steps have unless they say otherwise: the members of `defaults` of a pipeline, read onto `into`.
void read_step_defaults(const Place& place, const Node& node, Step& into);
void read_steps(const Place& place, const Node& node, const Step& defaults, std::vector<Step>& into);
nlohmann::ordered_json write_steps(const std::vector<Step>& from);

std::string_view kind_name(const Step& step);  // "call", "emit", "enqueue", "post"

std::vector<SchemaKeyNames> step_key_names();  // `step`, `stepDefaults`, `emit`, `enqueue`, `post`

}  // namespace sojourn
