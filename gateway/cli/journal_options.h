// What the commands about events, runs and dead letters share: which rows are meant, as options and as a query or a
// body.
//
// Thread: one.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "gateway/cli/api_client.h"
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
  int limit = 50;  // rows shown, the newest first
};

inline constexpr int kRowsMax = 1000;

enum class SelectBy { kEvents, kRuns, kLetters };

// Gives `command` the options that make sense for such rows.
std::shared_ptr<Selection> add_selection(CLI::App& command, SelectBy rows);
void add_limit(CLI::App& command, Selection& selection);

// As `?limit=50&pipeline=…`. kBadRequest for a time that is none.
Result<std::string> query_of(const Selection& selection);
Result<nlohmann::json> body_of(const Selection& selection);

// Sends the body to `path`, again and again with where the last reply stopped, until it reached the end; `each` sees
// every reply.
Status post_pages(const ApiClient& client, const std::string& path, nlohmann::json body,
                  const std::function<void(const nlohmann::json& reply)>& each);

}  // namespace sojourn::cli
