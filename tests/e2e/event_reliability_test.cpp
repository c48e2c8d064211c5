// An event that was acknowledged is processed, whatever dies in between: the ledgers of who sent and of who received
// are both outside of the product, and are compared.
//
//   SOJOURN_KILL_SEED   the seed of an earlier run, which prints it
//   SOJOURN_KILLS       how many kills, 200 unless told otherwise
#include <array>
#include <atomic>
#include <doctest/doctest.h>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <signal.h>
#include <stdlib.h>
#include <thread>

#include "tests/harness/family.h"
#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"
#include "tests/harness/small_disk.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

unsigned long number_from(const char* variable, unsigned long otherwise) {
  const char* text = ::getenv(variable);
  return text == nullptr ? otherwise : std::stoul(text);
}

// What calls a function and tells the ledger. Patient, so that kills alone bury nothing.
std::string patient_pipeline(const Ledger& ledger) {
  return R"(
functions:
  work: {artifact: COURIER, env: {STAMP: "!", CRASH_ON: poison}, instances: {min: 1}}
pipelines:
  flow:
    triggers: [{event: {}}]
    defaults: {timeout: 10s, retry: {attempts: 100, backoff: {kind: constant, initial: 200ms, jitter: none}}}
    steps:
      - {id: work, call: work}
      - {id: tell, post: {url: ")" +
         ledger.url() + R"(", private: true}}
)";
}

// Senders that publish one event after the other, and note which of them were acknowledged with 202.
class Senders {
 public:
  Senders(int port, int count) : port_(port) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this, i] { run("s" + std::to_string(i) + "-"); });
  }
  ~Senders() { stop(); }

  void go_to(int port) { port_ = port; }
  std::set<std::string> stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return acknowledged_;
  }
  std::map<int, int> answers() {
    const std::lock_guard lock(mutex_);
    return answers_;
  }

 private:
  void run(const std::string& prefix) {
    for (int number = 0; !stopping_;) {
      RawClient client(port_);
      while (!stopping_ && client.connected()) {
        const std::string id = prefix + std::to_string(number++);
        const auto response = client.send(request(id)) ? client.read_response(10s) : std::nullopt;
        note(id, response ? response->status : 0);
        if (!response) break;
        sleep_for(4ms);
      }
      sleep_for(20ms);
    }
  }
  static std::string request(const std::string& id) {
    return "POST /events HTTP/1.1\r\nHost: localhost\r\nce-specversion: 1.0\r\nce-type: load.item\r\nce-source: "
           "/load\r\n"
           "ce-id: " +
           id + "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(id.size()) + "\r\n\r\n" + id;
  }
  void note(const std::string& id, int status) {
    const std::lock_guard lock(mutex_);
    ++answers_[status];
    if (status == 202) acknowledged_.insert(id);
  }

  std::atomic<int> port_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::map<int, int> answers_;  // by status; 0: none came
  std::vector<std::thread> threads_;
};

// Every process at once, the supervisor first so that it starts nothing anew.
void kill_all(Server& server) {
  const std::vector<pid_t> family = server.descendants();
  ::kill(server.process().pid(), SIGKILL);
  for (const pid_t pid : family) ::kill(pid, SIGKILL);
  server.process().wait(10s);
}

std::string text_of(const std::map<int, int>& answers) {
  std::string text;
  for (const auto& [status, count] : answers) text += std::to_string(status) + ": " + std::to_string(count) + ", ";
  return text;
}

std::size_t missing(const std::set<std::string>& acknowledged, const std::map<std::string, std::size_t>& seen) {
  std::size_t count = 0;
  for (const std::string& id : acknowledged) count += seen.contains(id) ? 0 : 1;
  return count;
}

Json list(Server& server, const std::string& what) {
  const Reply reply = server.api("GET", "/" + what + "?limit=1000");
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  return Json::parse(reply.body)["items"];
}

}  // namespace

TEST_CASE("reliability: whatever is killed at random, every acknowledged event is processed") {
  const auto seed = static_cast<unsigned>(number_from("SOJOURN_KILL_SEED", std::random_device()()));
  const unsigned long kills = number_from("SOJOURN_KILLS", 200);
  MESSAGE("to see this run again: SOJOURN_KILL_SEED=" << seed << " SOJOURN_KILLS=" << kills);
  std::mt19937 numbers(seed);
  const auto random = [&] { return static_cast<unsigned>(numbers()); };
  const TemporaryDirectory directory;
  const std::filesystem::path data = directory.path() / "data";
  const Ledger ledger;
  auto server = std::make_unique<Server>(kept_in(data));
  apply_manifest(*server, patient_pipeline(ledger));
  Senders senders(server->port(), 4);

  std::map<std::string, int> acts;
  for (unsigned long i = 0; i < kills; ++i) {
    sleep_for(std::chrono::milliseconds(50 + random() % 400));
    const unsigned dice = random() % 20;
    const unsigned place = random();
    if (dice == 0) {
      kill_all(*server);
      server.reset();
      server = std::make_unique<Server>(kept_in(data));
      senders.go_to(server->port());
      ++acts["server"];
      continue;
    }
    const Family family = family_of(*server);
    const auto& [name, kind] = dice < 5 ? std::pair<std::string, const std::vector<pid_t>&>("gateway", family.gateways)
                               : dice < 9 ? std::pair<std::string, const std::vector<pid_t>&>("warden", family.wardens)
                               : dice < 14
                                   ? std::pair<std::string, const std::vector<pid_t>&>("template", family.templates)
                                   : std::pair<std::string, const std::vector<pid_t>&>("instance", family.instances);
    if (kind.empty()) {
      --i;
      continue;
    }
    ::kill(kind[place % kind.size()], SIGKILL);
    ++acts[name];
  }
  const std::set<std::string> acknowledged = senders.stop();
  const bool all_there = eventually([&] { return missing(acknowledged, ledger.by("ce-id")) == 0; }, 120s);
  const auto seen = ledger.by("ce-id");
  std::size_t deliveries = 0;
  std::size_t most = 0;
  for (const auto& entry : seen) {
    deliveries += entry.second;
    most = std::max(most, entry.second);
  }
  std::string summary;
  for (const auto& [name, count] : acts) summary += name + " " + std::to_string(count) + ", ";
  MESSAGE("killed: " << summary << "answers: " << text_of(senders.answers()) << "acknowledged " << acknowledged.size()
                     << ", processed " << seen.size() << ", deliveries " << deliveries << ", at most " << most
                     << " of one");
  CHECK(acknowledged.size() > kills);
  CHECK_MESSAGE(all_there, missing(acknowledged, seen) << " acknowledged events were not processed");
  // A kill repeats at most what was under way: 8 attempts of a step, and of its successor.
  CHECK(deliveries - seen.size() <= 16 * kills);
  CHECK(most <= 1 + kills);
  CHECK(list(*server, "dead-letters").empty());
}

TEST_CASE("reliability: an event that crashes its function becomes a dead letter, and the others flow past it") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, R"(
functions:
  work: {artifact: COURIER, env: {STAMP: "!", CRASH_ON: poison}}
pipelines:
  flow:
    triggers: [{event: {}}]
    defaults: {retry: {attempts: 3, backoff: {kind: constant, initial: 100ms, jitter: none}}}
    steps: [{call: work, concurrency: 2}, {post: {url: ")" +
                             ledger.url() + R"(", private: true}}]
)");
  for (int i = 0; i < 20; ++i) {
    const std::string body = i % 10 == 3 ? "poison" : "fine " + std::to_string(i);
    REQUIRE(server
                .get("/events", {"-H", "ce-specversion: 1.0", "-H", "ce-type: a.b", "-H", "ce-source: /t", "-H",
                                 "ce-id: " + std::to_string(i), "-H", "content-type: text/plain", "-d", body})
                .status == 202);
  }
  CHECK(ledger.has(18, 60s));
  REQUIRE(eventually([&] { return list(server, "dead-letters").size() == 2; }, 60s));
  const Json letter = list(server, "dead-letters")[0];
  CAPTURE(letter.dump());
  CHECK(letter["pipeline"] == "flow");
  CHECK(letter["step"] == "work");
  CHECK(letter["attempts"] == 3);
  CHECK(letter["error"]["kind"] == "crash");
  CHECK(ledger.by_body().size() == 18);
}

TEST_CASE("reliability: on a full disk events are refused in words, what was accepted goes on, and room heals it") {
  const SmallDisk disk("128m");  // room for the journal's ballast
  if (!disk.mounted()) {
    MESSAGE("skipped by name: needs root to mount a file system");
    return;
  }
  const Ledger ledger;
  Server server(kept_in(disk.path() / "data"));
  apply_manifest(server, patient_pipeline(ledger));
  const auto send = [&](int number) {
    return server.get("/events", {"-H", "ce-specversion: 1.0", "-H", "ce-type: a.b", "-H", "ce-source: /t", "-H",
                                  "ce-id: " + std::to_string(number), "-H", "content-type: text/plain", "-d",
                                  std::string(8'000, 'x')});
  };
  std::set<std::string> acknowledged;
  int number = 0;
  for (; number < 10; ++number) {
    REQUIRE(send(number).status == 202);
    acknowledged.insert(std::to_string(number));
  }
  disk.fill();
  Reply refused;
  for (const int end = number + 2'000; number < end; ++number) {
    refused = send(number);
    if (refused.status != 202) break;
    acknowledged.insert(std::to_string(number));
  }
  CAPTURE(refused.body);
  CHECK(refused.status == 503);
  CHECK(refused.error_code() == "store_unavailable");
  CHECK(refused.headers.contains("retry-after"));
  CHECK(refused.body.find(disk.path().string()) == std::string::npos);
  CHECK(refused.body.find("journal.db") == std::string::npos);
  const Json status = Json::parse(server.api("GET", "/status").body);
  REQUIRE(status["journal"]["lastFault"].is_object());
  CHECK(status["journal"]["lastFault"]["reason"].get<std::string>().find("full") != std::string::npos);
  CHECK(server.get("/function/work", {"-d", "still"}).body == "still!");
  CHECK(eventually([&] { return missing(acknowledged, ledger.by("ce-id")) == 0; }, 60s));
  disk.free();
  CHECK(eventually([&] { return send(++number).status == 202; }, 60s));
  acknowledged.insert(std::to_string(number));
  CHECK(eventually([&] { return missing(acknowledged, ledger.by("ce-id")) == 0; }, 60s));
}

TEST_CASE("reliability: a gateway that stands still is replaced, and every acknowledged event is processed") {
  const Ledger ledger;
  Server server;
  apply_manifest(server, patient_pipeline(ledger));
  Senders senders(server.port(), 2);
  for (int i = 0; i < 2; ++i) {
    sleep_for(500ms);
    const std::vector<pid_t> gateways = server.processes("__gateway");
    REQUIRE(gateways.size() == 1);
    ::kill(gateways.front(), SIGSTOP);
    if (i == 0) {
      sleep_for(700ms);
      ::kill(gateways.front(), SIGCONT);  // in time: it goes on where it was
    } else {
      CHECK(eventually([&] { return ::kill(gateways.front(), 0) != 0; }, 20s));
    }
  }
  CHECK(eventually([&] { return server.get("/readyz").status == 200; }, 30s));
  sleep_for(500ms);
  const std::set<std::string> acknowledged = senders.stop();
  CHECK(acknowledged.size() > 10);
  CHECK(eventually([&] { return missing(acknowledged, ledger.by("ce-id")) == 0; }, 90s));
}

TEST_CASE("reliability: without a journal functions are served, and who sends events is told why not") {
  const TemporaryDirectory directory;
  const std::filesystem::path data = directory.path() / "data";
  {
    Server server(kept_in(data));
    apply_manifest(server, "functions: {work: {artifact: COURIER, env: {STAMP: \"!\"}}}");
    kill_all(server);
  }
  write_file(data / "events" / "journal.db", std::string(64 * 1024, 'z'));
  std::filesystem::remove(data / "events" / "journal.db-wal");
  std::filesystem::remove(data / "events" / "journal.db-shm");
  Server server(kept_in(data));
  CHECK(server.get("/function/work", {"-d", "still"}).body == "still!");
  const Reply refused = server.get("/queues/mail", {"-d", "x"});
  CAPTURE(refused.body);
  CHECK(refused.status == 503);
  CHECK(refused.error_code() == "store_unavailable");
  CHECK(refused.headers.contains("retry-after"));
  const Reply call = server.get("/async-function/work", {"-d", "x"});
  CHECK(call.error_code() == "store_unavailable");
  const Reply ready = server.get("/readyz");
  CHECK(ready.status == 200);
  CHECK(ready.body.find("without events") != std::string::npos);
  // Where the journal lies, and what is wrong with it, is for the log and for who may read the status.
  for (const Reply& told : {refused, call, ready}) {
    CAPTURE(told.body);
    CHECK(told.body.find(data.string()) == std::string::npos);
    CHECK(told.body.find("journal.db") == std::string::npos);
    CHECK(told.body.find("sojourn status") != std::string::npos);
  }
  const Json status = Json::parse(server.api("GET", "/status").body);
  CHECK(status["journal"]["open"] == false);
  CHECK(status["journal"]["reason"].get<std::string>().find("journal.db") != std::string::npos);
  CHECK(server.log().find("journal.db") != std::string::npos);
}

}  // namespace sojourn::test
