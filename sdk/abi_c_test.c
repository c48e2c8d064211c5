/* The C half of the ABI's layout test: compiling it is the test. The note is here so that C11 sees that macro too. */
#include "sdk/abi_layout.h"

SJ_NOTE(pinned, "abi=" SJ_ABI_MAJOR_TEXT "\n");

size_t sdk_sizes_seen_by_c(void);
size_t sdk_sizes_seen_by_c(void) {
  return sizeof(sj_request) + sizeof(sj_response) + sizeof(sj_failure) + sizeof(sj_host) + sizeof(sj_entry) +
         sizeof(sj_module);
}
