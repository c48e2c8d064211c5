// A function and a decorator that emit as the request says. For the tests of what calls emit.
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <sojourn/function.h>

using sojourn::CloudEvent, sojourn::Context, sojourn::Next, sojourn::Request, sojourn::Response;

namespace {

volatile int* const kNowhere = nullptr;

CloudEvent event_of(std::string_view type, std::string data = {}) {
  CloudEvent event;
  event.type = type;
  event.data = std::move(data);
  return event;
}

// Every `emit` and `enqueue` of the query, in order.
void send(const Request& request, const Context& context) {
  for (const auto& [name, value] : request.queries()) {
    if (name == "emit") context.emit(event_of(value, std::string(request.body())));
    if (name == "enqueue") context.enqueue(value, event_of("test.item", std::string(request.body())));
  }
}

Response many(const Context& context, std::size_t bytes) {
  for (int count = 0;; ++count) {
    try {
      context.emit(event_of("test.many", std::string(bytes, 'x')));
    } catch (const sojourn::Refused& refused) {
      return Response::text(std::to_string(count) + " " + std::to_string(refused.code()));
    }
  }
}

// Mode and size of the item's file, how its content differs from the body, and what a write to it says.
Response item(const Request& request, const Context& context) {
  const std::string path(context.item_file());
  struct stat file {};
  ::stat(path.c_str(), &file);
  std::ifstream in(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  const bool same = content == request.body() && path == context.item_file();
  const bool writable = ::open(path.c_str(), O_WRONLY) >= 0;
  return Response::text(std::to_string(file.st_mode & 0777) + " " + std::to_string(file.st_size) +
                        (same ? " same" : " other") + (writable ? " writable" : " read-only"));
}

// What is in /tmp.
std::string files() {
  std::string names;
  for (const auto& entry : std::filesystem::directory_iterator("/tmp")) names += entry.path().filename().string() + " ";
  return names;
}

Response stream(const Request& request, Context& context) {
  auto out = context.stream(Response::bytes("", "text/plain").status(request.path() == "/bad-stream" ? 400 : 200));
  out.write("first ");
  send(request, context);
  if (request.path() == "/broken-stream") throw std::runtime_error("broken");
  out.write("last");
  return out.end();
}

}  // namespace

Response emits(const Request& request, Context& context) {
  const std::string_view path = request.path();
  if (path.ends_with("stream")) return stream(request, context);
  if (path == "/many") return many(context, 0);
  if (path == "/large") return many(context, 1u << 20);
  send(request, context);
  if (path == "/denied") {
    try {
      context.emit(event_of("other.type"));
    } catch (const sojourn::Refused& refused) {
      return Response::text(refused.what());
    }
  }
  if (path == "/full") {
    CloudEvent event = event_of("test.full", "data");
    event.id = "7";
    event.source = "forged";
    event.subject = "Zo\xC3\xAB";
    event.content_type = "text/plain";
    event.extensions = {{"tenant", "1"}, {"causationid", "forged"}, {"sojournhops", "0"}};
    context.emit(event);
  }
  if (path == "/echo") return Response::bytes(std::string(request.body()), "text/plain").header("x-kept", "yes");
  if (path == "/item") return item(request, context);
  if (path == "/item-crash") return Response::text(std::to_string(context.item_file().size() + *kNowhere));
  if (path == "/files") return Response::text(files());
  if (path == "/facts") {
    return Response::text(std::to_string(context.attempt()) + " " + std::string(context.idempotency_key()));
  }
  if (path == "/call") return context.call("other", Request::get("/fine?" + std::string(request.raw_query())));
  if (path == "/status") return Response::text("said so").status(std::stoi(request.query("status").value_or("200")));
  if (path == "/throw") throw std::runtime_error("a fault");
  if (path == "/refuse") throw sojourn::Permanent(422, "never");
  if (path == "/segv") return Response::text(std::to_string(*kNowhere));
  if (path == "/sleep") ::usleep(30'000'000);
  if (path == "/nap") {
    context.log().info("naps");
    ::usleep(200'000);
  }
  return Response::text("fine");
}
SOJOURN_FUNCTION(emits)

// Around it: `around=before`, `after`, `twice`, `fail`, `late`, any of them.
Response around(const Request& request, Next& next, Context& context) {
  Response reply;
  for (const std::string& act : request.queries("around")) {
    if (act == "before" || act == "after") context.emit(event_of("around." + act));
    if (act == "next") reply = next(request);
    if (act == "bad")
      reply = next(Request(request).path("/status").raw_query(std::string(request.raw_query()) + "&status=500"));
    if (act == "fail") return Response::text("around failed").status(500);
    if (act == "sleep") ::usleep(30'000'000);
  }
  return reply;
}
SOJOURN_DECORATOR(around)
