// The table of docs/events.md: each match in it, read as a manifest has it, holds for the events that stand beside it,
// and not for the others.
#include <fstream>

#include "loader/manifest.h"
#include "runtime/event/triggers/event_matcher.h"
#include "runtime/event/triggers/trigger_stage.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

struct Row {
  std::string match;
  std::vector<std::string> holds;
  std::vector<std::string> does_not;
};

// What stands between back-quotes.
std::vector<std::string> quotes_in(std::string_view cell) {
  std::vector<std::string> quotes;
  for (std::size_t at = cell.find('`'); at != std::string_view::npos; at = cell.find('`', at + 1)) {
    const std::size_t end = cell.find('`', at + 1);
    quotes.emplace_back(cell.substr(at + 1, end - at - 1));
    at = end;
  }
  return quotes;
}

std::vector<Row> rows_of_the_page() {
  std::ifstream page(SOJOURN_EVENTS_PAGE);
  std::vector<Row> rows;
  std::string line;
  while (std::getline(page, line) && line.find("matching_page_test.cpp") == std::string::npos) {
  }
  std::getline(page, line);
  std::getline(page, line);
  while (std::getline(page, line) && line.starts_with("| `")) {
    const std::size_t second = line.find(" | ");
    const std::size_t third = line.find(" | ", second + 1);
    const auto match = quotes_in(line.substr(0, second));
    REQUIRE(match.size() == 1);
    rows.push_back({match.front(), quotes_in(line.substr(second, third - second)), quotes_in(line.substr(third))});
  }
  return rows;
}

Match read(const std::string& match) {
  const auto manifest =
      parse_manifest("sojourn: 1\nname: page\npipelines:\n  p:\n    triggers: [{event: {}}]\n    match: {" + match +
                         "}\n    steps: [{emit: {type: t}}]\n",
                     "page.yaml");
  CAPTURE(match);
  if (!manifest.ok()) FAIL(manifest.error().text());
  return *manifest->pipelines.front().pipeline.match;
}

CloudEvent event_from(const std::string& text) {
  const nlohmann::json shown = nlohmann::json::parse(text);
  CloudEvent event = event_of(shown.value("type", "t"), shown.contains("data") ? shown["data"].dump() : "");
  if (shown.contains("subject")) event.attributes["subject"] = shown["subject"];
  return event;
}

bool holds(const std::string& match, const std::string& event) {
  const CloudEvent read_event = event_from(event);
  EventValues values(read_event);
  return EventMatcher::compile(read(match))->matches(values);
}

}  // namespace

TEST_CASE("matching page: every row of docs/events.md is true") {
  const std::vector<Row> rows = rows_of_the_page();
  CHECK(rows.size() >= 14);
  for (const Row& row : rows) {
    CAPTURE(row.match);
    CHECK_FALSE(row.holds.empty());
    CHECK_FALSE(row.does_not.empty());
    for (const std::string& event : row.holds) {
      CAPTURE(event);
      CHECK(holds(row.match, event));
    }
    for (const std::string& event : row.does_not) {
      CAPTURE(event);
      CHECK_FALSE(holds(row.match, event));
    }
  }
}
