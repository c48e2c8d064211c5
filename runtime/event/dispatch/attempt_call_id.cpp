#include "runtime/event/dispatch/attempt_call_id.h"

#include "runtime/crypto/random.h"

namespace sojourn {

std::string attempt_call_id(std::string_view run, std::string_view step, int attempt) {
  return named_uuid(std::string(run).append(".").append(step).append(".").append(std::to_string(attempt)));
}

}  // namespace sojourn
