// Objects written with the SDK: the same source makes a decorator and a function, so that each holds every template and
// inline variable of the other. They must not meet in one process.
#include <stdexcept>
#include <string>

#include <sojourn/function.h>

using namespace sojourn;

struct Counter {
  static inline int calls = 0;
};

struct Trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

#if DECORATOR
Response sdk_link(const Request& request, Next& next, Context& context) {
  ++Counter::calls;
  if (request.query("outer-throws")) throw Trouble("the outer one");
  try {
    Response reply = next(request);
    if (request.query("throws-after")) throw Trouble("after next");
    return std::move(
        reply.add_header("x-calls", std::to_string(Counter::calls) + " " + std::string(context.with_text())));
  } catch (const Trouble& trouble) {
    return Response::text(std::string("caught ") + trouble.what());
  }
}
SOJOURN_DECORATOR(sdk_link)

// Against the rules: what it throws leaves its entry.
static int raw_invoke(const sj_host*, sj_call*, const sj_request*) {
  throw Trouble("the raw one");
}
extern "C" SJ_EXPORT const sj_entry raw_entry;
const sj_entry raw_entry = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_DECORATOR, raw_invoke};
#else
Response sdk_inner(const Request& request, Context& context) {
  Counter::calls += 100;
  if (request.path() == "/throws") throw Trouble("the inner one");
  if (request.path() == "/missing") throw Error(404, "nothing here");
  if (request.path() == "/event") {
    Stream out = context.stream(Response::bytes("", "text/event-stream"));
    out.event("one");
    out.event("two");
    return out.end();
  }
  return Response::text(std::to_string(Counter::calls));
}
SOJOURN_FUNCTION(sdk_inner)
#endif
