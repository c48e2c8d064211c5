#include <doctest/doctest.h>

#include "sdk/abi_layout.h"

extern "C" size_t sdk_sizes_seen_by_c(void);

TEST_CASE("abi: C and C++ see the same pinned layout") {
  const size_t seen_by_cpp = sizeof(sj_request) + sizeof(sj_response) + sizeof(sj_failure) + sizeof(sj_host) +
                             sizeof(sj_entry) + sizeof(sj_module);
  CHECK(sdk_sizes_seen_by_c() == seen_by_cpp);
}
