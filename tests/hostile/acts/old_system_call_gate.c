// The 32-bit entry of the kernel, where numbers mean other calls.
#include "act.h"
ACT(old_system_call_gate) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
  say(call, "%ld", result);
}
