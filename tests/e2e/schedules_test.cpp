// Cron triggers of a real server: what fires while it runs, and what was missed while it was down.
#include <doctest/doctest.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/event/journal/sqlite_engine.h"
#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

constexpr EpochMs kMinute = 60'000;

EpochMs now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// As if the schedule had been dealt with last at that time.
void set_mark(const Server& server, const std::string& pipeline, const std::string& schedule, EpochMs time) {
  auto engine = SqliteEngine::open((server.data() / "events" / "journal.db").string());
  REQUIRE_MESSAGE(engine.ok(), (engine.ok() ? "" : engine.error().text()));
  const std::string name = std::string("cron") + '\0' + pipeline + '\0' + "0" + '\0' + schedule + '\0' + "UTC";
  const auto before = (*engine)->mark(name);
  REQUIRE(before.ok());
  REQUIRE(before->has_value());  // the server had set it
  REQUIRE((*engine)->begin(Outlives::kPowerCut).ok());
  REQUIRE((*engine)->set_mark(name, time).ok());
  REQUIRE((*engine)->commit().ok());
}

std::string manifest(const Ledger& ledger, const std::string& pipeline, const std::string& trigger) {
  return "pipelines:\n  " + pipeline + ":\n    triggers: [{cron: " + trigger + "}]\n    steps: [{post: {url: \"" +
         ledger.url() + "\", private: true}}]\n";
}

}  // namespace

TEST_CASE(
    "schedules: the latest time that was missed while the server was down fires once, after one restart and two") {
  const TemporaryDirectory data;
  const Ledger ledger;
  const ServerOptions options = kept_in(data.path() / "data");
  {
    Server server(options);
    apply_manifest(server, manifest(ledger, "nightly", "{schedule: \"0 0 1 1 *\"}"));
    sleep_for(500ms);
    CHECK(ledger.size() == 0);
    REQUIRE(server.stop().status == 0);
    set_mark(server, "nightly", "0 0 1 1 *", now_ms() - 3 * 366 * 24 * 60 * kMinute);
  }
  {
    Server server(options);
    REQUIRE(ledger.has(1, 30s));
    const Delivery delivery = ledger.deliveries().front();
    CHECK(delivery.header("ce-type") == "io.sojourn.cron");
    CHECK(delivery.header("ce-source") == "/pipelines/nightly/triggers/0");
    const Json body = Json::parse(delivery.body);
    CHECK(body["schedule"] == "0 0 1 1 *");
    CHECK(body["time"].get<std::string>().ends_with("-01-01T00:00:00.000Z"));
    CHECK(body["time"] == delivery.header("ce-id"));
    REQUIRE(server.stop().status == 0);
    // The mark is lost, as by a power cut: the journal still knows the time itself.
    set_mark(server, "nightly", "0 0 1 1 *", now_ms() - 3 * 366 * 24 * 60 * kMinute);
  }
  Server server(options);
  sleep_for(2s);
  CHECK(ledger.size() == 1);
}

TEST_CASE("schedules: all times that were missed are made up where the trigger says so, and then each minute fires") {
  const TemporaryDirectory data;
  const Ledger ledger;
  const ServerOptions options = kept_in(data.path() / "data");
  {
    Server server(options);
    apply_manifest(server, manifest(ledger, "minutely", "{schedule: \"* * * * *\", catchup: all}"));
    sleep_for(500ms);
    REQUIRE(server.stop().status == 0);
    set_mark(server, "minutely", "* * * * *", now_ms() - 10 * kMinute);
  }
  const std::size_t before = ledger.size();
  Server server(options);
  REQUIRE(ledger.has(before + 9, 30s));
  const std::size_t caught_up = ledger.size();
  REQUIRE(ledger.has(caught_up + 1, 90s));  // the next minute by itself
  for (const auto& [id, times] : ledger.by("ce-id")) CHECK(times == 1);
}

TEST_CASE("schedules: what cannot be read, or never comes, is refused when it is applied") {
  Server server;
  const std::pair<const char*, const char*> cases[] = {
      {"{schedule: \"61 * * * *\"}", "minute: `61` is not between 0 and 59"},
      {"{schedule: \"0 0 30 2 *\"}", "no year has such a day"},
      {"{schedule: \"@daily\", timezone: Europe/Atlantis}", "Europe/Atlantis"},
  };
  const TemporaryDirectory directory;
  const auto file = directory.path() / "sojourn.yaml";
  for (const auto& one : cases) {
    write_file(file, std::string("sojourn: 1\nname: t\npipelines:\n  p:\n    triggers: [{cron: ") + one.first +
                         "}]\n    steps: [{emit: {type: a.b}}]\n");
    const Finished applied = server.cli({"apply", "-f", file.string()});
    CHECK(applied.status == 1);
    CHECK_MESSAGE((applied.errors + applied.output).find(one.second) != std::string::npos, applied.errors);
  }
}

}  // namespace sojourn::test
