#include <sojourn/function.h>
#include <sojourn/testing.h>

sojourn::Response greet(const sojourn::Request&, sojourn::Context&);

int main() {
  const auto reply = sojourn::test::call(greet, sojourn::Request::get("/?name=Ada"));
  return reply.status() == 200 && reply.body() == "hello, Ada\n" ? 0 : 1;
}
