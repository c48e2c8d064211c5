// lambda-event: lets a function that was written for an AWS Lambda function URL run unchanged. It is called with the
// event of payload format 2.0 as its JSON body, and may answer in Lambda's response form.
//
//   decorators:
//     - {use: lambda-event}
//
// An error of the function (400 and above) and a stream pass as they are.
#include <nlohmann/json.hpp>

#include "functions/lambda-event/event.h"

namespace built_in {

sojourn::Response lambda_event(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context) {
  const Json event = event_of(request, context, std::chrono::system_clock::now());
  const sojourn::Response returned = next(sojourn::Request::post("/", event.dump()));
  if (returned.streamed() || returned.status() >= 400) return returned;
  return response_of(returned);
}

SOJOURN_DECORATOR(lambda_event)
SOJOURN_WITH(lambda_event, R"({"type": "object", "maxProperties": 0})")

}  // namespace built_in
