// A plain call costs no allocation in the SDK. The program's operator new counts.
#include <cstdlib>
#include <doctest/doctest.h>
#include <new>
#include <string>

#include <sojourn/function.h>

namespace {
thread_local long allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using namespace sojourn;

int take_reply(sj_call*, const sj_response* reply) {
  return reply->status == 200 ? SJ_OK : SJ_EINVAL;
}

// Allocations of one call to `function` with a query and a header.
template <class F>
long allocations_of(F function) {
  const sj_field field{{"accept", 6}, {"*/*", 3}};
  sj_request request{};
  request.size = sizeof request;
  request.method = {"GET", 3};
  request.path = {"/a/path/that/is/longer/than/a/small/string", 42};
  request.query = {"x=1&name=Ada", 12};
  request.headers = {&field, 1};
  sj_host host{};
  host.size = sizeof host;
  host.reply = take_reply;
  const long before = allocations;
  CHECK(detail::run(function, host, nullptr, request) == SJ_OK);
  return allocations - before;
}

}  // namespace

TEST_CASE("edge: a short greeting allocates nothing") {
  CHECK(allocations_of([](const Request& request, Context&) {
          return Response::text("hello, " + request.query("name").value_or("world") + "\n");
        }) == 0);
}

TEST_CASE("edge: a long text is moved into the reply, not copied") {
  CHECK(allocations_of([](const Request&, Context&) { return Response::text(std::string(100'000, 'x')); }) == 1);
}

TEST_CASE("edge: three headers on a reply cost one block") {
  CHECK(allocations_of([](const Request& request, Context&) {
          return Response::text("x").header("x-path", request.path()).header("x-a", "1").add_header("x-a", "2");
        }) == 1);
}
