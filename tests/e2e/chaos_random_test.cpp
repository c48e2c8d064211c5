// SIGKILL and SIGSTOP of any process at random, under load. What dies or stands still fails its own calls, soon; all of
// it comes back by itself, and nothing is left behind.
//
//   SOJOURN_CHAOS_SEED      the seed of an earlier run, which prints it
//   SOJOURN_CHAOS_SECONDS   how long, 20 unless told otherwise
#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <signal.h>
#include <stdlib.h>
#include <thread>

#include "tests/harness/family.h"
#include "tests/harness/footprint.h"
#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

unsigned long number_from(const char* variable, unsigned long otherwise) {
  const char* text = ::getenv(variable);
  return text == nullptr ? otherwise : std::stoul(text);
}

// Clients that ask on and on and note how each request ended: `200`, `502 function_crashed`, `no reply` …
class Load {
 public:
  struct Ending {
    Clock::time_point begun, ended;
    std::string how;
  };

  Load(const Server& server, std::vector<std::string> paths) : port_(server.port()) {
    for (const std::string& path : paths) threads_.emplace_back([this, path] { run(path); });
  }
  ~Load() { stop(); }
  std::vector<Ending> stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return endings_;
  }

 private:
  void run(const std::string& path) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    while (!stopping_) {
      RawClient client(port_);
      while (!stopping_) {
        const auto begun = Clock::now();
        const auto response = client.connected() && client.send(request) ? client.read_response(30s) : std::nullopt;
        note({begun, Clock::now(), response ? describe(*response) : "no reply"});
        if (!response) break;
        sleep_for(5ms);
      }
      sleep_for(10ms);
    }
  }
  static std::string describe(const RawClient::Response& response) {
    const std::size_t at = response.head.find("X-Sojourn-Error: ");
    const std::string code =
        at == std::string::npos ? "" : " " + response.head.substr(at + 17, response.head.find('\r', at) - at - 17);
    return std::to_string(response.status) + code;
  }
  void note(Ending ending) {
    const std::lock_guard lock(mutex_);
    endings_.push_back(std::move(ending));
  }

  const int port_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<Ending> endings_;
  std::vector<std::thread> threads_;
};

struct Fixture {
  Fixture() {
    REQUIRE(server.deploy("hello", example("hello"), "?instances.min=1&timeout=3s").status == 201);
    REQUIRE(server.deploy("probe", test_function("probe"), "?timeout=3s").status == 201);
    REQUIRE(server.deploy("fresh", test_function("probe"), "?isolation=fresh&timeout=3s").status == 201);
    for (const char* name : {"hello", "probe", "fresh"}) {
      REQUIRE(server.get(std::string("/function/") + name).status == 200);
    }
  }
  bool serves(const std::string& name) { return server.get("/function/" + name).status == 200; }
  bool all_serve(std::chrono::milliseconds patience) {
    return eventually([&] { return serves("hello") && serves("probe") && serves("fresh"); }, patience);
  }
  // A sandbox that is being made still looks like its maker for a moment.
  pid_t only(const char* word) {
    std::vector<pid_t> found;
    REQUIRE(eventually([&] { return (found = server.processes(word)).size() == 1; }, 5s));
    return found.front();
  }
  Server server;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "chaos: any process killed or stopped at any time, and callers are answered or cut off in time") {
  const auto seed = static_cast<unsigned>(number_from("SOJOURN_CHAOS_SEED", std::random_device()()));
  const auto lasts = std::chrono::seconds(number_from("SOJOURN_CHAOS_SECONDS", 20));
  MESSAGE("to see this run again: SOJOURN_CHAOS_SEED=" << seed << " SOJOURN_CHAOS_SECONDS=" << lasts.count());
  std::mt19937 numbers(seed);
  const auto random = [&] { return static_cast<unsigned>(numbers()); };
  const Footprint before = footprint(server);
  Load load(server,
            {"/function/hello", "/function/probe/sleep?ms=20", "/function/fresh", "/function/probe/bytes?n=100000"});

  std::vector<Clock::time_point> gateway_hit;
  std::map<std::string, int> acts;
  for (const auto end = Clock::now() + lasts; Clock::now() < end;) {
    sleep_for(std::chrono::milliseconds(200 + random() % 300));
    const unsigned dice = random() % 16;
    const unsigned place = random();
    const bool stops = random() % 4 == 0;
    const unsigned pause_ms = random() % 3000;
    const Family family = family_of(server);
    const auto& [name, kind] =
        dice < 8    ? std::pair<std::string, const std::vector<pid_t>&>("instance", family.instances)
        : dice < 13 ? std::pair<std::string, const std::vector<pid_t>&>("template", family.templates)
        : dice < 15 ? std::pair<std::string, const std::vector<pid_t>&>("warden", family.wardens)
                    : std::pair<std::string, const std::vector<pid_t>&>("gateway", family.gateways);
    if (kind.empty()) continue;
    const pid_t victim = kind[place % kind.size()];
    ++acts[name + (stops ? " stopped" : " killed")];
    if (name == "gateway") gateway_hit.push_back(Clock::now());
    ::kill(victim, stops ? SIGSTOP : SIGKILL);
    // Half of those that stand still are left so.
    if (stops && pause_ms < 1500) {
      sleep_for(std::chrono::milliseconds(pause_ms));
      ::kill(victim, SIGCONT);
    }
  }
  const bool back = all_serve(30s);
  const auto endings = load.stop();
  CHECK(back);

  std::map<std::string, int> counts;
  std::chrono::milliseconds longest{0};
  int unexplained = 0;
  for (const Load::Ending& ending : endings) {
    ++counts[ending.how];
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(ending.ended - ending.begun));
    if (ending.how != "no reply") continue;
    // A connection breaks only with its gateway, which may be killed 2 s after it was stopped, and a little late.
    unexplained += std::none_of(gateway_hit.begin(), gateway_hit.end(), [&](Clock::time_point hit) {
      return hit > ending.begun - 5s && hit < ending.ended + 1s;
    });
  }
  std::string summary;
  for (const auto& [act, count] : acts) summary += act + " " + std::to_string(count) + ", ";
  summary += "then ";
  for (const auto& [how, count] : counts) summary += how + ": " + std::to_string(count) + ", ";
  MESSAGE(summary << "longest " << longest.count() << " ms");
  CHECK(counts["200"] > 50);
  CHECK(unexplained == 0);
  // The timeout of 3 s, or the gateway's 2 s of standing still and its start, on a busy machine.
  CHECK(longest < 20s);
  for (const auto& entry : counts) {
    const std::string& how = entry.first;
    CAPTURE(how);
    CHECK((how == "200" || how == "no reply" || how.starts_with("502 ") || how.starts_with("503 ") ||
           how.starts_with("504 ")));
  }
  const bool same = eventually(
      [&] {
        const Footprint now = footprint(server);
        return now.processes <= before.processes + 6 && now.host_mounts <= before.host_mounts &&
               now.cgroups <= before.cgroups + 6 && now.stems <= before.stems + 6;
      },
      40s);
  CHECK_MESSAGE(same, "before: " << before.text() << "; after: " << footprint(server).text());
}

TEST_CASE_FIXTURE(Fixture, "chaos: the call of a killed instance, and of a killed template, fails with 502 at once") {
  for (const bool whole_template : {false, true}) {
    CAPTURE(whole_template);
    REQUIRE(eventually([&] { return serves("probe"); }, 10s));
    RawClient client(server.port());
    REQUIRE(client.send("GET /function/fresh/sleep?ms=2500 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    sleep_for(300ms);
    std::set<pid_t> victims;
    for (const pid_t pid : family_of(server).instances) victims.insert(whole_template ? parent_of(pid) : pid);
    const auto killed_at = Clock::now();
    for (const pid_t pid : victims) ::kill(pid, SIGKILL);
    const auto response = client.read_response(10s);
    REQUIRE(response.has_value());
    CHECK(response->status == 502);
    CHECK(Clock::now() - killed_at < 1s);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "chaos: a call in an instance that stands still ends at its deadline, and the next is served") {
  RawClient client(server.port());
  REQUIRE(client.send("GET /function/probe/sleep?ms=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  sleep_for(200ms);
  const auto begun = Clock::now();
  for (const pid_t pid : family_of(server).instances) ::kill(pid, SIGSTOP);
  const auto response = client.read_response(20s);
  REQUIRE(response.has_value());
  CHECK(response->status == 504);
  CHECK(Clock::now() - begun < 6s);
  CHECK(all_serve(20s));
}

TEST_CASE_FIXTURE(Fixture, "chaos: a gateway and a warden that stand still are started again") {
  for (const char* role : {"__gateway", "__warden"}) {
    CAPTURE(role);
    const pid_t victim = only(role);
    ::kill(victim, SIGSTOP);
    CHECK(eventually([&] { return ::kill(victim, 0) != 0; }, 15s));
    CHECK(all_serve(20s));
    CHECK(server.log().find("stopped and nobody continued it") != std::string::npos);
  }
  // One that is continued in time goes on.
  const pid_t gateway = only("__gateway");
  ::kill(gateway, SIGSTOP);
  sleep_for(300ms);
  ::kill(gateway, SIGCONT);
  sleep_for(3s);
  CHECK(only("__gateway") == gateway);
  CHECK(all_serve(10s));
}

TEST_CASE_FIXTURE(Fixture, "chaos: while the supervisor stands still calls are served, and later it starts what died") {
  server.process().signal(SIGSTOP);
  CHECK(all_serve(10s));
  const pid_t gateway = only("__gateway");
  ::kill(gateway, SIGKILL);
  sleep_for(300ms);
  server.process().signal(SIGCONT);
  CHECK(all_serve(20s));
  CHECK(only("__gateway") != gateway);
}

}  // namespace sojourn::test
