#include "runtime/base/error_body.h"

#include "runtime/base/log.h"

namespace sojourn {

std::string error_body(ErrorCode code, std::string_view text, std::string_view call_id) {
  std::string body = R"({"error":{"code":")";
  body.append(facts(code).name).append(R"(","message":")");
  append_json_escaped(body, text);
  body.append(R"(","callId":")");
  append_json_escaped(body, call_id);
  body.append("\"}}\n");
  return body;
}

}  // namespace sojourn
