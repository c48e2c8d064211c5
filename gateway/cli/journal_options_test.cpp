#include "gateway/cli/journal_options.h"

#include <doctest/doctest.h>

#include "gateway/cli/scripted_server.h"

namespace sojourn::cli {
namespace {

std::string page(const std::string& items, const std::string& next) {
  return reply("200 OK", R"({"items":[)" + items + R"(],"next":)" + next + "}");
}

}  // namespace

TEST_CASE(
    "journal options: a list goes on where the server stopped looking, until it has its rows or there are no more") {
  Selection selection;
  selection.limit = 3;
  selection.type = "rare";
  ScriptedServer server({page(R"({"number":90})", R"("70")"), page("", R"("40")"), page(R"({"number":7})", "null")});
  const auto list = list_selected(ApiClient({server.url(), ""}), "/api/v1/events", selection);
  REQUIRE(list.ok());
  CHECK(list->at("items").size() == 2);
  CHECK(list->at("next").is_null());
  const std::string asked = server.received();
  CHECK(asked.find("GET /api/v1/events?limit=3&type=rare HTTP") != std::string::npos);
  CHECK(asked.find("?limit=2&type=rare&after=70 HTTP") != std::string::npos);
  CHECK(asked.find("?limit=2&type=rare&after=40 HTTP") != std::string::npos);
}

TEST_CASE("journal options: a list asks so often and no more, and then says where to go on") {
  Selection selection;
  selection.after = 5000;
  ScriptedServer server(std::vector<std::string>(kLooksMax + 1, page("", R"("40")")));
  const auto list = list_selected(ApiClient({server.url(), ""}), "/api/v1/runs", selection);
  REQUIRE(list.ok());
  CHECK(list->at("items").empty());
  CHECK(list->at("next") == "40");
  const std::string asked = server.received();
  std::size_t requests = 0;
  for (std::size_t at = asked.find("GET "); at != std::string::npos; at = asked.find("GET ", at + 1)) ++requests;
  CHECK(requests == kLooksMax);
  CHECK(asked.starts_with("GET /api/v1/runs?limit=50&after=5000 HTTP"));
}

TEST_CASE("journal options: a list that has its rows asks no further") {
  Selection selection;
  selection.limit = 1;
  ScriptedServer server({page(R"({"number":9})", R"("9")"), page(R"({"number":8})", "null")});
  const auto list = list_selected(ApiClient({server.url(), ""}), "/api/v1/events", selection);
  REQUIRE(list.ok());
  CHECK(list->at("items").size() == 1);
  CHECK(list->at("next") == "9");
}

}  // namespace sojourn::cli
