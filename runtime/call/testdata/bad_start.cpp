// Objects that must not be deployed, one per ACT.
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <sojourn/function.h>

#if ACT == 1
int* volatile nowhere = nullptr;
__attribute__((constructor, used)) void crash() {
  *nowhere = 1;
}
#elif ACT == 2
void init(sojourn::StartContext&) {
  throw std::runtime_error("no dictionary");
}
SOJOURN_INIT(init)
#elif ACT == 3
void init(sojourn::StartContext&) {
  std::thread([] { ::pause(); }).detach();
}
SOJOURN_INIT(init)
#elif ACT == 4
void start(sojourn::StartContext&) {
  throw std::runtime_error("no database");
}
SOJOURN_START(start)
#endif

sojourn::Response bad(const sojourn::Request&, sojourn::Context&) {
  return sojourn::Response::text("never");
}
SOJOURN_FUNCTION(bad)
