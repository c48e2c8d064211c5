#include "gateway/supervisor/role.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

std::vector<const char*> after_command(const std::vector<std::string>& arguments) {
  std::vector<const char*> result;
  for (std::size_t i = 1; i < arguments.size(); ++i) result.push_back(arguments[i].c_str());
  return result;
}

}  // namespace

TEST_CASE("role: what a gateway is told is what it reads") {
  GatewayRole role;
  role.data = "/srv/a=b";
  role.url = "http://[::1]:8080";
  role.sockets = 4;
  role.dev = role.allow_private = role.behind_proxy = true;
  role.files = {"/srv/in box", "/srv/a=b"};
  role.check_loopback_host = false;
  role.log_level = LogLevel::kWarn;
  const std::vector<std::string> told = arguments(role);
  CHECK(told[0] == "__gateway");
  const Result<GatewayRole> read = parse_gateway_role(after_command(told));
  REQUIRE(read.ok());
  CHECK(*read == role);
}

TEST_CASE("role: what a warden is told is what it reads") {
  WardenRole role;
  role.data = "/srv/data";
  role.allow_reduced = true;
  const std::vector<std::string> told = arguments(role);
  const Result<WardenRole> read = parse_warden_role(after_command(told));
  REQUIRE(read.ok());
  CHECK(*read == role);
}

TEST_CASE("role: what a broker is told is what it reads") {
  BrokerRole role;
  role.allow_private = true;
  role.log_level = LogLevel::kDebug;
  const Result<BrokerRole> read = parse_broker_role(after_command(arguments(role)));
  REQUIRE(read);
  CHECK(*read == role);
}

TEST_CASE("role: an unknown or broken setting is refused by name") {
  for (const char* bad :
       {"--dat=/x", "data=/x", "--sockets=0", "--sockets=two", "--dev=no", "--log-level=loud", "--files=", "--"}) {
    INFO(bad);
    const Result<GatewayRole> read = parse_gateway_role(std::vector<const char*>{bad});
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().text().find(bad) != std::string::npos);
  }
}

}  // namespace sojourn
