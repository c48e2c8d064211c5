// A step of many pipelines; its environment says what it does with what it is brought, in this order:
//
//   CRASH_ON=TEXT    dies when the body has TEXT in it
//   SLEEP_MS=N       takes that long
//   FAIL_UNTIL=N     503 to every attempt before the Nth
//   STATUS=N         answers so, with the body `refused`
//   EMIT=TYPE        emits the body as an event of that type
//   ENQUEUE=QUEUE    puts the body into that queue
//   STAMP=TEXT       answers the body with TEXT at its end; without it the answer is empty
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <sojourn/function.h>

using sojourn::CloudEvent, sojourn::Context, sojourn::Request, sojourn::Response;

Response courier(const Request& request, Context& context) {
  const std::string body(request.body());
  const auto number = [&](const char* name) { return std::atol(std::string(context.env(name).value_or("0")).c_str()); };
  if (const auto text = context.env("CRASH_ON"); text && body.find(*text) != std::string::npos) std::abort();
  std::this_thread::sleep_for(std::chrono::milliseconds(number("SLEEP_MS")));
  const std::string attempt(request.header("sojourn-attempt").value_or("1"));
  context.log().info("attempt " + attempt);
  if (std::atol(attempt.c_str()) < number("FAIL_UNTIL")) return Response::text("not yet").status(503);
  if (number("STATUS") != 0) return Response::text("refused").status(static_cast<int>(number("STATUS")));
  CloudEvent event;
  event.data = body;
  event.content_type = "text/plain";
  if (const auto type = context.env("EMIT")) {
    event.type = *type;
    context.emit(event);
  }
  if (const auto queue = context.env("ENQUEUE")) {
    event.type = "com.example.item";
    context.enqueue(*queue, event);
  }
  if (const auto stamp = context.env("STAMP")) return Response::text(body + std::string(*stamp));
  return Response::empty(204);
}
SOJOURN_FUNCTION(courier)
