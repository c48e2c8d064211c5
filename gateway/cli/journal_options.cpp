#include "gateway/cli/journal_options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>
#include <vector>

#include "gateway/cli/argument_checks.h"
#include "gateway/cli/json_fields.h"
#include "loader/quantity.h"
#include "runtime/base/clock.h"
#include "runtime/base/rfc3339.h"

namespace sojourn::cli {
namespace {

Result<std::string> point_in_time(const std::string& option, const std::string& text) {
  if (text.empty()) return text;
  if (const auto ago = parse_duration(text)) return rfc3339_of_ms(wall_ms() - ago->count());
  if (const auto time = parse_rfc3339(text)) return rfc3339_of_ms(*time);
  return Error(ErrorCode::kBadRequest,
               option + ": `" + text +
                   "` is neither a point in time such as 2026-11-22T12:00:00Z nor how long ago it " +
                   "was, such as 90m");
}

// The members that were given, times as the server reads them.
Result<std::vector<std::pair<std::string, std::string>>> members_of(const Selection& selection) {
  auto since = point_in_time("--since", selection.since);
  if (!since.ok()) return since.error();
  auto until = point_in_time("--until", selection.until);
  if (!until.ok()) return until.error();
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"pipeline", selection.pipeline},
                                    {"type", selection.type},
                                    {"source", selection.source},
                                    {"state", selection.state},
                                    {"since", *since},
                                    {"until", *until}}) {
    if (!value.empty()) members.emplace_back(name, value);
  }
  return members;
}

Result<std::string> query_of(const Selection& selection) {
  const auto members = members_of(selection);
  if (!members.ok()) return members.error();
  std::string query;
  for (const auto& [name, value] : *members) query += "&" + name + "=" + encode(value);
  return query;
}

Status print_selected(const ApiClient& client, const std::string& path, const Selection& selection, Format format,
                      const Row& heading, Row (*row_of)(const nlohmann::json& item)) {
  const auto list = list_selected(client, path, selection);
  if (!list) return list.error();
  std::vector<Row> rows;
  for (const nlohmann::json& item : items(*list)) rows.push_back(row_of(item));
  format == Format::kJson ? print_json(*list) : print(layout_table(heading, rows));
  const std::string next = text(*list, "next");
  if (next.empty() || rows.size() >= static_cast<std::size_t>(selection.limit)) return {};
  const std::string note = "not all was looked through in " + std::to_string(kLooksMax) +
                           " requests; go on with --after " + printable(next) + ", or narrow it with --since\n";
  std::fputs(note.c_str(), stderr);
  return {};
}

void add_limit(CLI::App& command, Selection& selection) {
  command.add_option("--limit", selection.limit, "How many to show at most, the newest first")
      ->check(CLI::Range(1, kRowsMax))
      ->capture_default_str();
  command.add_option("--after", selection.after, "Go on where a list stopped: with what is older than this number")
      ->check(CLI::PositiveNumber);
}

}  // namespace

std::shared_ptr<Selection> add_selection(CLI::App& command, SelectBy rows) {
  const auto selection = std::make_shared<Selection>();
  if (rows == SelectBy::kEvents) {
    command.add_option("--type", selection->type, "Of this type; with * at the end, those that begin so");
    command.add_option("--source", selection->source, "From this source");
  } else {
    command.add_option("--pipeline", selection->pipeline, "Of this pipeline, or function");
  }
  if (rows == SelectBy::kRuns) {
    command.add_option("--state", selection->state, "waiting, running, done, failed or cancelled")
        ->check(one_of({"waiting", "running", "done", "failed", "cancelled"}));
  }
  command.add_option("--since", selection->since, "From this time on: 2026-11-22T12:00:00Z, or how long ago: 90m");
  command.add_option("--until", selection->until, "Before this time");
  return selection;
}

Result<nlohmann::json> list_selected(const ApiClient& client, const std::string& path, const Selection& selection) {
  const auto query = query_of(selection);
  if (!query.ok()) return query.error();
  nlohmann::json list = {{"items", nlohmann::json::array()}, {"next", nullptr}};
  std::string after = selection.after == 0 ? "" : std::to_string(selection.after);
  for (int looks = 0; looks < kLooksMax; ++looks) {
    const std::size_t left = static_cast<std::size_t>(selection.limit) - list["items"].size();
    ApiRequest request;
    request.path = path + "?limit=" + std::to_string(left) + *query;
    if (!after.empty()) request.path += "&after=" + encode(after);
    Result<nlohmann::json> page = client.call(request);
    if (!page) return page.error();
    for (nlohmann::json& item : items(*page)) list["items"].push_back(std::move(item));
    list["next"] = member(*page, "next");
    after = text(*page, "next");
    if (after.empty() || list["items"].size() >= static_cast<std::size_t>(selection.limit)) break;
  }
  return list;
}

ListWork add_selected_rows(CLI::App& command, SelectBy rows, std::string path, Row heading,
                           Row (*row_of)(const nlohmann::json& item)) {
  const auto selection = add_selection(command, rows);
  add_limit(command, *selection);
  return [=, path = std::move(path), heading = std::move(heading)](const ApiClient& client, Format format) {
    return print_selected(client, path, *selection, format, heading, row_of);
  };
}

Result<nlohmann::json> body_of(const Selection& selection) {
  const auto members = members_of(selection);
  if (!members.ok()) return members.error();
  nlohmann::json body = nlohmann::json::object();
  for (const auto& [name, value] : *members) body[name] = value;
  return body;
}

std::shared_ptr<Versions> add_keep_versions(CLI::App& command) {
  const auto versions = std::make_shared<Versions>(Versions::kLive);
  command.add_flag_callback(
      "--keep-versions", [versions] { *versions = Versions::kKept; },
      "By the versions that the run began with, not by what is deployed now");
  return versions;
}

std::string versions_query(Versions versions) {
  return versions == Versions::kKept ? "?keepVersions=true" : "";
}

Status post_pages(const ApiClient& client, const std::string& path, nlohmann::json body,
                  const std::function<void(const nlohmann::json& reply)>& each) {
  for (;;) {
    const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    ApiRequest request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = text;
    const Result<nlohmann::json> reply = client.call(request);
    if (!reply) return reply.error();
    each(*reply);
    const nlohmann::json& next = member(*reply, "next");
    if (!next.is_number_integer()) return {};
    body["before"] = next;
  }
}

}  // namespace sojourn::cli
