// What happens while an object is loaded is the answer to its deploy.
#include <doctest/doctest.h>
#include <memory>
#include <random>
#include <sstream>
#include <vector>

#include "tests/hostile/city.h"

namespace sojourn::test {

using namespace std::chrono_literals;

TEST_CASE("hostile: a constructor that crashes is a reason at deploy") {
  refused("crash_in_constructor", "SIGSEGV");
}
TEST_CASE("hostile: a constructor that exits is a reason at deploy") {
  refused("exit_in_constructor", "exit");
}
TEST_CASE("hostile: a constructor that blocks is a reason at deploy") {
  refused("block_in_constructor", "5 s");
}
TEST_CASE("hostile: a constructor that starts a thread is a reason at deploy") {
  refused("thread_in_constructor", "thread");
}
TEST_CASE("hostile: a fork bomb in a constructor stays in its sandbox") {
  refused("fork_bomb_in_constructor", "");
}

TEST_CASE("hostile: 500 functions that crash at load are 500 reasons at deploy, and the next good one is deployed") {
  constexpr int kFunctions = 500;
  constexpr int kPerClient = 125;
  const std::string token = "Authorization: Bearer " + city().server.token();
  // Four clients at a time, each uploading one after the other on its connection.
  std::vector<std::unique_ptr<Process>> clients;
  for (int first = 0; first < kFunctions; first += kPerClient) {
    std::vector<std::string> command = {"curl"};
    for (int index = first; index < first + kPerClient; ++index) {
      if (index > first) command.emplace_back("--next");
      const std::string path = "/api/v1/functions/crashing-" + std::to_string(index);
      command.insert(command.end(), {"-sS", "-o", "/dev/null", "-w", "%{http_code} %header{x-sojourn-error}\n", "-H",
                                     token, "-T", hostile_act("crash_in_constructor"), city().server.url(path)});
    }
    clients.push_back(std::make_unique<Process>(std::move(command)));
  }
  int refusals = 0;
  for (const auto& client : clients) {
    std::istringstream lines(client->wait(240s).output);
    for (std::string line; std::getline(lines, line);) refusals += line.starts_with("422") ? 1 : 0;
  }
  CHECK(refusals == kFunctions);
  CHECK(city().server.api("GET", "/functions").body.find("crashing-") == std::string::npos);
  Act good("host_name");
  REQUIRE_MESSAGE(good.deployed().status == 201, good.deployed().body);
  CHECK(good.call().status == 200);
  check_neighbour();
}
TEST_CASE("hostile: damaged objects are refused or run in their sandbox, and the server lives") {
  const std::string whole = read_file(hostile_act("host_name"));
  TemporaryDirectory place;
  std::minstd_rand random(20260);
  int refusals = 0;
  constexpr int kMutants = 60;
  for (int mutant = 0; mutant < kMutants; ++mutant) {
    std::string bytes = whole;
    for (int change = 0; change < 8; ++change) bytes[random() % bytes.size()] = static_cast<char>(random());
    write_file(place.path() / "mutant.so", bytes);
    const Reply deployed = city().server.deploy("mutant", place.path() / "mutant.so", "?timeout=1s");
    CAPTURE(mutant);
    CAPTURE(deployed.body);
    CHECK((deployed.status == 201 || deployed.status == 422));
    if (deployed.status == 422) ++refusals;
    if (deployed.status != 201) continue;
    CHECK(city().server.get("/function/mutant").status != 0);
    city().server.api("DELETE", "/functions/mutant");
  }
  MESSAGE(refusals << " of " << kMutants << " mutants were refused");
  check_neighbour();
}

}  // namespace sojourn::test
