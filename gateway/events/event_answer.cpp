#include "gateway/events/event_answer.h"

#include <vector>

namespace sojourn {
namespace {

constexpr HeaderField kAskForToken = {"www-authenticate", "Bearer realm=\"sojourn\""};
constexpr HeaderField kRetrySoon = {"retry-after", "1"};

bool is_temporary(ErrorCode code) {
  return code == ErrorCode::kNoCapacity || code == ErrorCode::kStoreUnavailable || code == ErrorCode::kDraining;
}

}  // namespace

std::string first_of(const Accepted& known) {
  return known.run.empty() ? std::to_string(known.event) : known.run;
}

void reply_json(Answer& answer, int status, const nlohmann::ordered_json& body, std::span<const HeaderField> more) {
  std::vector<HeaderField> fields = {{"content-type", "application/json"}, {"cache-control", "no-store"}};
  fields.insert(fields.end(), more.begin(), more.end());
  answer.reply(status, fields, body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void refuse(Answer& answer, const Error& error) {
  if (error.code() == ErrorCode::kUnauthorized) return answer.fail(error, {&kAskForToken, 1});
  if (is_temporary(error.code())) return answer.fail(error, {&kRetrySoon, 1});
  answer.fail(error);
}

}  // namespace sojourn
