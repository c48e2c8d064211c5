#include "gateway/signatures/signature.h"

#include <doctest/doctest.h>
#include <vector>

namespace sojourn {
namespace {

using Headers = std::vector<HeaderField>;
using Secrets = std::vector<std::string_view>;

constexpr std::string_view kSlackBody =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    "trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

std::string outcome(const SignatureScheme& scheme, const Headers& headers, std::string_view body,
                    const Secrets& secrets, std::int64_t now = 0) {
  const Status status = check_signature(scheme, headers, body, secrets, now);
  return status.ok() ? "genuine" : status.error().text();
}

}  // namespace

// Vectors that the senders themselves publish.
TEST_CASE("signature: the published examples of GitHub, Slack and Standard Webhooks are genuine") {
  CHECK(outcome(*known_scheme("github"),
                {{"x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}},
                "Hello, World!", {"It's a Secret to Everybody"}) == "genuine");
  CHECK(outcome(*known_scheme("slack"),
                {{"x-slack-request-timestamp", "1531420618"},
                 {"x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}},
                kSlackBody, {"8f742231b10e8888abcd99yyyzzz85a5"}, 1531420700) == "genuine");
  CHECK(outcome(*known_scheme("standard-webhooks"),
                {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                 {"webhook-timestamp", "1614265330"},
                 {"webhook-signature", "v1,AAAA v1a,g0hM v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
                R"({"test": 2432232314})", {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, 1614265330) == "genuine");
}

TEST_CASE("signature: Stripe's header holds the time and several signatures") {
  const SignatureScheme& stripe = *known_scheme("stripe");
  const std::string good = "551cd9a7cbe9dfb4fcbdabaf05acc405aeb3099125365c4de20eb4408f19bd6f";
  const std::string_view body = R"({"id":"evt_1"})";
  const auto with = [&](const std::string& header, std::int64_t now = 1492774577) {
    return outcome(stripe, {{"stripe-signature", header}}, body, {"whsec_other", "whsec_stripe"}, now);
  };
  CHECK(with("t=1492774577,v1=" + good + ",v0=6ffbb5") == "genuine");
  CHECK(with("t=1492774577, v1=" + std::string(64, '0') + ", v1=" + good) == "genuine");
  CHECK(with("v1=" + good + ",t=1492774577") == "genuine");
  CHECK(with("t=1492774577,v1=" + std::string(64, '0')).find("does not fit") != std::string::npos);
  CHECK(with("t=1492774578,v1=" + good).find("does not fit") != std::string::npos);
  CHECK(with("v1=" + good).find("is missing, or no number") != std::string::npos);
  CHECK(with("t=1492774577,v1=" + good, 1492774577 + 300) == "genuine");
  CHECK(with("t=1492774577,v1=" + good, 1492774577 + 301).find("more than 5m before or after") != std::string::npos);
  CHECK(with("t=1492774577,v1=" + good, 1492774577 - 301).find("more than 5m before or after") != std::string::npos);
}

TEST_CASE("signature: any of several secrets will do, and none but them") {
  const SignatureScheme& github = *known_scheme("github");
  const Headers headers = {
      {"x-hub-signature-256", "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17"}};
  CHECK(outcome(github, headers, "Hello, World!", {"new", "It's a Secret to Everybody"}) == "genuine");
  CHECK(outcome(github, headers, "Hello, World!", {"new"}).find("does not fit") != std::string::npos);
  CHECK(outcome(github, headers, "Hello, World?", {"It's a Secret to Everybody"}).find("fit") != std::string::npos);
  CHECK(outcome(github, headers, "Hello, World!", {}).find("does not fit") != std::string::npos);
}

TEST_CASE("signature: what is no signature is refused, with the header that is looked at") {
  const SignatureScheme& github = *known_scheme("github");
  const std::string header = "x-hub-signature-256";
  const std::string good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const Secrets secrets = {"It's a Secret to Everybody"};
  CHECK(outcome(github, {}, "Hello, World!", secrets) ==
        "this needs one signature of the body, in the header `x-hub-signature-256`");
  CHECK(outcome(github, {{header, good}, {header, good}}, "Hello, World!", secrets).find("one signature") !=
        std::string::npos);
  for (const std::string& bad : {std::string(), std::string("sha256="), good.substr(7), good + "0", good + "00",
                                 "sha1=" + good.substr(7), good.substr(0, good.size() - 2), " " + good}) {
    CAPTURE(bad);
    CHECK(outcome(github, {{header, bad}}, "Hello, World!", secrets).find("does not fit") != std::string::npos);
  }
}

TEST_CASE("signature: other hashes, base64, and the parts of what is signed") {
  SignatureScheme scheme;
  scheme.algorithm = HashKind::kSha1;
  CHECK(outcome(scheme, {{"x-signature-256", "ea42966bd7b9730ce27f7aaf896dc7ef5ac7fa17"}}, "b", {"s"}) == "genuine");
  scheme.encoding = SignatureEncoding::kBase64;
  CHECK(outcome(scheme, {{"x-signature-256", "6kKWa9e5cwzif3qviW3H71rH+hc="}}, "b", {"s"}) == "genuine");
  // The body is not looked through for parts, or a sender could have another text signed than the one it sends.
  SignatureScheme timed = *known_scheme("slack");
  timed.id = "x-id";
  timed.content = "{id}{timestamp}{body}";
  const std::string forged =
      outcome(timed, {{"x-slack-request-timestamp", "5"}, {"x-id", "{body}"}, {"x-slack-signature", "v0=00"}},
              "{timestamp}", {"s"}, 5);
  CHECK(forged.find("does not fit") != std::string::npos);
  for (const char* time : {"", "five", "5 ", "-5", "5.0", "99999999999999999999"}) {
    CAPTURE(time);
    CHECK(outcome(timed, {{"x-slack-request-timestamp", time}, {"x-id", "1"}, {"x-slack-signature", "v0=00"}}, "",
                  {"s"}, 5)
              .find("no number of seconds") != std::string::npos);
  }
}

TEST_CASE("signature: a header of more parts than are looked at is refused, with the limit") {
  const SignatureScheme& stripe = *known_scheme("stripe");
  const std::string good = "551cd9a7cbe9dfb4fcbdabaf05acc405aeb3099125365c4de20eb4408f19bd6f";
  const auto with = [&](int others) {
    std::string header = "t=1492774577";
    for (int i = 0; i < others; ++i) header += ",v1=" + std::string(64, '0');
    header += ",v1=" + good;
    return outcome(stripe, {{"stripe-signature", header}}, R"({"id":"evt_1"})", {"whsec_stripe"}, 1492774577);
  };
  CHECK(with(14) == "genuine");
  CHECK(with(15) == "the header `stripe-signature` holds more than 16 parts, the limit");
  CHECK(with(30).find("16 parts, the limit") != std::string::npos);
}

}  // namespace sojourn
