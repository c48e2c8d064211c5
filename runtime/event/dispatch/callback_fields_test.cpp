#include "runtime/event/dispatch/callback_fields.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace sojourn {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(const Fields& reply, EpochMs began = 1'700'000'000'123) {
  StoredCall call;
  call.id = "id";
  call.function = "resize";
  call.took = std::chrono::milliseconds(1'042);
  call.began = began;
  nlohmann::json headers = nlohmann::json::array();
  for (const auto& [name, value] : reply) headers.push_back({name, value});
  RunResult result;
  result.status = 201;
  result.headers = headers.dump();
  return callback_fields(call, result);
}

const Fields kOwn = {{"x-call-id", "id"},
                     {"x-function-name", "resize"},
                     {"x-function-status", "201"},
                     {"x-duration-seconds", "1.042"},
                     {"x-start-time", "1700000000123000000"}};

Fields with_own(const Fields& more) {
  Fields all = kOwn;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("callback fields: whose result it is, and the function's own fields as it gave them") {
  const Fields reply = {{"content-type", "image/png"}, {"x-width", "800"}, {"link", "a"}, {"link", "b"}};
  CHECK(fields_of(reply) == with_own(reply));
}

TEST_CASE("callback fields: what frames a message, and what the platform says itself, is not the function's to say") {
  const Fields reply = {{"connection", "close"},  {"transfer-encoding", "chunked"}, {"content-length", "7"},
                        {"host", "other"},        {"expect", "100-continue"},       {"proxy-status", "x"},
                        {"x-call-id", "other"},   {"x-function-name", "other"},     {"x-function-secret", "x"},
                        {"x-start-time", "1"},    {"x-duration-seconds", "0"},      {"x-sojourn-error", "crash"},
                        {"sojourn-attempt", "9"}, {"idempotency-key", "other"},     {"x-lines", "a\nb"}};
  CHECK(fields_of(reply) == kOwn);
}

TEST_CASE("callback fields: a call whose begin is not known says none, and fields beyond the bound are left out") {
  Fields own = kOwn;
  own.pop_back();
  CHECK(fields_of({}, 0) == own);
  const std::string half(kReplyFieldsMax / 2, 'x');
  CHECK(fields_of({{"a", half}, {"b", half}}) == with_own({{"a", half}}));
}

}  // namespace sojourn
