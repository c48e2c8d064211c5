#include "tests/hostile/city.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace sojourn::test {
namespace {

constexpr uid_t kFirstTemplateUid = 0x70000000;  // WardenOptions::first_uid
constexpr uid_t kLastTemplateUid = kFirstTemplateUid + 0xFFFF;

std::string route_name(std::string act) {
  for (char& c : act) {
    if (c == '_') c = '-';
  }
  return act;
}

}  // namespace

City::City() {
  const Reply deployed = server.deploy("neighbour", example("hello"), "?instances.min=1");
  REQUIRE(deployed.status == 201);
  REQUIRE(server.get("/function/neighbour").status == 200);
  before = footprint(server);
  tmp_bytes_before = host_tmp_bytes();
  neighbour = std::make_unique<SteadyLoad>(server.port(), "/function/neighbour", "hello", 50);
}

City& city() {
  static City the_city;
  return the_city;
}

long long host_tmp_bytes() {
  long long bytes = 0;
  std::error_code error;
  constexpr auto kQuietly = std::filesystem::directory_options::skip_permission_denied;
  for (std::filesystem::recursive_directory_iterator it("/tmp", kQuietly, error), last; !error && it != last;
       it.increment(error)) {
    struct stat facts {};
    if (::lstat(it->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    if (facts.st_uid >= kFirstTemplateUid && facts.st_uid <= kLastTemplateUid) bytes += facts.st_size;
  }
  return bytes;
}

Act::Act(const std::string& name, const std::string& query) : name_(route_name(name)) {
  const std::string more = query.empty() ? "?timeout=3s&memory=64MiB" : query;
  deployed_ = city().server.deploy(name_, hostile_act(name), more);
}

Act::~Act() {
  if (deployed_.status == 201) city().server.api("DELETE", "/functions/" + name_);
}

Reply Act::call(const std::string& query) {
  return city().server.get("/function/" + name_ + query);
}

void check_neighbour() {
  const LoadReport seen = city().neighbour->peek();
  CAPTURE(seen.failures_text());
  CHECK(seen.failed == 0);
}

void answers(const std::string& name, const std::string& body, const std::string& query) {
  Act act(name, query);
  REQUIRE_MESSAGE(act.deployed().status == 201, act.deployed().body);
  const Reply reply = act.call();
  CAPTURE(name);
  CHECK(reply.status == 200);
  CHECK(reply.body == body);
  check_neighbour();
}

void fails(const std::string& name, int status, const std::string& code, const std::string& words,
           const std::string& query) {
  Act act(name, query);
  REQUIRE_MESSAGE(act.deployed().status == 201, act.deployed().body);
  const Reply reply = act.call();
  CAPTURE(name);
  CAPTURE(reply.body);
  CHECK(reply.status == status);
  CHECK(reply.error_code() == code);
  CHECK(reply.body.find(words) != std::string::npos);
  check_neighbour();
}

void refused(const std::string& name, const std::string& words) {
  Act act(name);
  CAPTURE(name);
  CAPTURE(act.deployed().body);
  CHECK(act.deployed().status == 422);
  CHECK(act.deployed().error_code() == "refused");
  CHECK(act.deployed().body.find(words) != std::string::npos);
  CHECK(city().server.get("/function/" + act.name()).status == 404);
  check_neighbour();
}

int number_said(const std::string& name, const std::string& query) {
  Act act(name, query);
  REQUIRE_MESSAGE(act.deployed().status == 201, act.deployed().body);
  const Reply reply = act.call();
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  check_neighbour();
  return std::stoi(reply.body);
}

}  // namespace sojourn::test
