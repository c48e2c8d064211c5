#include "gateway/supervisor/product_version.h"

namespace sojourn {

std::string_view product_version() {
  return SOJOURN_VERSION;
}

}  // namespace sojourn
