// An exception that leaves the function through its C interface.
#include <stdexcept>

#include "act.h"
ACT(escaping_exception) {
  throw std::runtime_error("out of the function");
}
