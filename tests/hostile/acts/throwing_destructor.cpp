#include <stdexcept>

#include "act.h"
struct Thrower {
  ~Thrower() noexcept(false) { throw std::runtime_error("from a destructor"); }
};
ACT(throwing_destructor) {
  Thrower first;
  throw std::runtime_error("and from the body");
}
