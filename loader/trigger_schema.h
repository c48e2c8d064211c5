// How `triggers` is read and written: a list, each entry a mapping with the one key that says what begins runs, and
// perhaps `match`, which stands beside it or inside.
//
//   triggers:
//     - webhook: {path: /accounts, verify: {scheme: github, secrets: [hook]}}
//     - event: {}
//       match: {prefix: {type: com.example.}}
//     - cron: {schedule: "0 3 * * *", timezone: Europe/Berlin, catchup: latest}
//     - queue: {name: mails, batch: 10}
//     - files: {directory: /srv/in, glob: "*.csv", settle: 2s}
//     - function: {name: resize, outcome: failure}
//
// Of a schedule only the form is looked at; whether its times and its time zone exist, the gateway checks.
//
// Thread: any; functions on values.
// Bound:  kTriggersMax entries.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "loader/config_schema.h"
#include "loader/pipeline.h"

namespace sojourn {

void read_triggers(const Place& place, const Node& node, std::vector<Trigger>& into);
nlohmann::ordered_json write_triggers(const std::vector<Trigger>& from);

// "webhook", "event", ...
std::string_view kind_name(const Trigger& trigger);
// What a person calls it: "webhook /accounts", "cron 0 3 * * * (Europe/Berlin)", "queue mails".
std::string summary_of(const Trigger& trigger);

// The mappings of a trigger: `trigger`, and those of each kind by its name; `followed` is that of `function`.
std::vector<SchemaKeyNames> trigger_key_names();

}  // namespace sojourn
