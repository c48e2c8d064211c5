#include "runtime/outgoing/webhook_signature.h"

#include <doctest/doctest.h>

#include "gateway/signatures/signature.h"

namespace sojourn {
namespace {

constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

Status checked(const std::vector<std::pair<std::string, std::string>>& fields, std::string_view secret,
               std::string_view body, std::int64_t now) {
  std::vector<HeaderField> headers;
  for (const auto& [name, value] : fields) headers.push_back({name, value});
  return check_signature(*known_scheme("standard-webhooks"), headers, body, {&secret, 1}, now);
}

}  // namespace

// The vector of the reference implementations' own tests.
TEST_CASE("webhook signature: what the standard's vector says") {
  const auto fields = webhook_signature(kSecret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})");
  REQUIRE(fields.size() == 3);
  CHECK(fields[0] == std::pair<std::string, std::string>("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"));
  CHECK(fields[1] == std::pair<std::string, std::string>("webhook-timestamp", "1614265330"));
  CHECK(fields[2] ==
        std::pair<std::string, std::string>("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
}

TEST_CASE("webhook signature: our own hooks accept what we sign, and nothing that was changed on the way") {
  const std::string body("raw \0 bytes \xFF", 13);
  for (const std::string_view secret : {kSecret, std::string_view("any text"), std::string_view("whsec_not base64!")}) {
    CAPTURE(secret);
    const auto fields = webhook_signature(secret, "run-1/step", 1'700'000'000, body);
    CHECK(checked(fields, secret, body, 1'700'000'000).ok());
    CHECK(!checked(fields, secret, body + "x", 1'700'000'000).ok());
    CHECK(!checked(fields, "another secret", body, 1'700'000'000).ok());
    CHECK(!checked(fields, secret, body, 1'700'000'000 + 3'600).ok());
  }
}

}  // namespace sojourn
