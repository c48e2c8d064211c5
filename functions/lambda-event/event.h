// The two forms of AWS Lambda function URLs, payload format 2.0, as AWS's documentation describes them
// (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, "Request and response payloads").
//
// Thread: pure functions.
#pragma once

#include <chrono>
#include <string>

#include <sojourn/function.h>

#include "functions/json_body.h"

namespace built_in {

// What a function behind a function URL is handed for this request.
Json event_of(const sojourn::Request& request, const sojourn::Context& context,
              std::chrono::system_clock::time_point now);

// What the caller gets for what such a function returned. A JSON object with a `statusCode` says the whole response;
// anything else is the body of a 200. Throws Error 502 when statusCode, headers, cookies or body have a wrong form.
sojourn::Response response_of(const sojourn::Response& returned);

}  // namespace built_in
