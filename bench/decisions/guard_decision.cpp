// bench-guard-decision: CPU time of one decision of rate-limit, keyed by a header of which a thousand values come in
// turn, with the eight header fields that a request usually has.
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"
#include "gateway/guards/rate_limit.h"

namespace bench {
namespace {

using namespace sojourn;

double cpu_seconds() {
  timespec time{};
  must(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), "clock_gettime");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// What passed, so that nothing of it can be left out.
long decide(RateLimit& limit, long count) {
  std::vector<std::string> tenants;
  for (int i = 0; i < 1000; ++i) tenants.push_back("tenant-" + std::to_string(i));
  std::vector<HeaderField> headers = {{"host", "api.example"},
                                      {"user-agent", "curl/8"},
                                      {"accept", "*/*"},
                                      {"content-length", "0"},
                                      {"accept-encoding", "gzip"},
                                      {"cookie", "a=b"},
                                      {"traceparent", "00-0-0-00"},
                                      {"x-tenant", ""}};
  RequestView request;
  request.headers = headers;
  long passed = 0;
  for (long i = 0; i < count; ++i) {
    headers.back().value = tenants[static_cast<std::size_t>(i) % tenants.size()];
    passed += limit.decide(request, Clock::system().now()).passed ? 1 : 0;
  }
  return passed;
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const long decisions = arguments.number("count", 1'000'000);
  arguments.finish();

  const auto options = sojourn::read_rate_limit(R"({"perSecond":100000,"key":"header:x-tenant"})");
  if (!options.ok()) fail(options.error().text().c_str());
  sojourn::RateLimit limit(*options);
  decide(limit, decisions / 10);
  const double began = cpu_seconds();
  const long passed = decide(limit, decisions);
  const double taken = cpu_seconds() - began;
  std::printf("{\"ns\": %.1f, \"passed\": %ld}\n", taken * 1e9 / static_cast<double>(decisions), passed);
}
