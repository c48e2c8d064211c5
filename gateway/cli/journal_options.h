// What the commands about events, runs and dead letters share: which rows are meant, as options and as a query or a
// body.
//
// Thread: one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "gateway/cli/api_client.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace sojourn::cli {

struct Selection {
  std::string pipeline;
  std::string type;
  std::string source;
  std::string state;
  std::string since;  // a point in time, or a duration before now: `2026-11-22T12:00:00Z`, `90m`
  std::string until;
  int limit = 50;          // rows shown, the newest first
  std::int64_t after = 0;  // go on with what is older than this number; 0: from the newest
};

inline constexpr int kRowsMax = 1000;
inline constexpr int kLooksMax = 100;  // requests for one list

enum class SelectBy { kEvents, kRuns, kLetters };

// Gives `command` the options that make sense for such rows.
std::shared_ptr<Selection> add_selection(CLI::App& command, SelectBy rows);

// The rows that are selected, as a list of the API: {"items": […], "next": "17" or null}. The server looks at a part of
// its rows for each request; this asks until there are as many as wanted, or no more, and kLooksMax times at most.
// kBadRequest for a time that is none.
Result<nlohmann::json> list_selected(const ApiClient& client, const std::string& path, const Selection& selection);

// Has `command` list the rows that its options select: as JSON, or as a table of what `row_of` makes of each. Says
// where to go on when it stopped short.
ListWork add_selected_rows(CLI::App& command, SelectBy rows, std::string path, Row heading,
                           Row (*row_of)(const nlohmann::json& item));

Result<nlohmann::json> body_of(const Selection& selection);

// By what redriven runs go on.
enum class Versions { kLive, kKept };
// Gives `command` the option --keep-versions.
std::shared_ptr<Versions> add_keep_versions(CLI::App& command);
std::string versions_query(Versions versions);  // with its `?`, or empty

// Sends the body to `path`, again and again with where the last reply stopped, until it reached the end; `each` sees
// every reply.
Status post_pages(const ApiClient& client, const std::string& path, nlohmann::json body,
                  const std::function<void(const nlohmann::json& reply)>& each);

}  // namespace sojourn::cli
