#include "runtime/call/real_stage.h"

namespace sojourn {

std::string test_objects_directory() {
  return SOJOURN_TEST_OBJECTS;
}

}  // namespace sojourn
