// Two functions that meet by events. Both stand in one object, so a deploy says which one by `entry`.
//
// relay      does what its query says, in this order, and answers with what it got, one line each: the attempt, the
//            idempotency key, the event's type and id (or `-`), the body.
//              ?slow=MS        takes that long
//              ?emit=TYPE      emits an event of that type, with the body as data; &count=N so many (data "1" ... "N")
//              ?enqueue=QUEUE  the same into a queue, with the type com.example.item (or &type=TYPE)
//              ?crash=N        dies in every attempt up to the Nth
//              ?fail=N         503 in every attempt up to the Nth
//              ?status=N       answers with that status
//            Without a query, as a step of a pipeline, its environment says the same: SLOW, EMIT, COUNT, ENQUEUE ...
// collect    a handler: logs "collected" with the fields type, id, source, cause, correlation, hops and data, and
// passes
//            the event on; with DROP=TYPE in its environment it ends the branch of events of that type.
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include <sojourn/function.h>

using sojourn::CloudEvent, sojourn::Context, sojourn::Request, sojourn::Response;

namespace {

std::optional<std::string> wish(const Request& request, const Context& context, std::string name) {
  if (!request.raw_query().empty()) return request.query(name);
  for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
  return context.env(name);
}

long number(const Request& request, const Context& context, const std::string& name) {
  return std::atol(wish(request, context, name).value_or("0").c_str());
}

void send(const Request& request, const Context& context) {
  const auto queue = wish(request, context, "enqueue");
  const auto type = wish(request, context, "emit");
  const long count = number(request, context, "count");
  for (long i = 1; i <= (count == 0 ? 1 : count); ++i) {
    CloudEvent event;
    event.type = type.value_or("");
    event.content_type = "text/plain";
    event.data = count == 0 ? std::string(request.body()) : std::to_string(i);
    if (type) context.emit(event);
    if (!queue) continue;
    event.type = wish(request, context, "type").value_or("com.example.item");
    context.enqueue(*queue, event);
  }
}

std::string attribute(const CloudEvent& event, std::string_view name) {
  for (const auto& [key, value] : event.extensions) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

Response relay(const Request& request, Context& context) {
  std::this_thread::sleep_for(std::chrono::milliseconds(number(request, context, "slow")));
  send(request, context);
  if (context.attempt() <= number(request, context, "crash")) std::abort();
  if (context.attempt() <= number(request, context, "fail")) throw sojourn::Error(503, "not yet");
  std::string got = std::to_string(context.attempt()) + "\n" + std::string(context.idempotency_key()) + "\n";
  got += request.header("ce-type").value_or("-") + "\n" + request.header("ce-id").value_or("-") + "\n";
  const long status = number(request, context, "status");
  return Response::text(got.append(request.body())).status(status == 0 ? 200 : static_cast<int>(status));
}
SOJOURN_FUNCTION(relay)

std::optional<CloudEvent> collect(const CloudEvent& event, Context& context) {
  context.log().info("collected", {{"type", event.type},
                                   {"id", event.id},
                                   {"source", event.source},
                                   {"cause", attribute(event, "causationid")},
                                   {"correlation", attribute(event, "correlationid")},
                                   {"hops", attribute(event, "sojournhops")},
                                   {"data", event.data}});
  if (context.env("DROP") == event.type) return std::nullopt;
  return event;
}
SOJOURN_HANDLER(collect)
