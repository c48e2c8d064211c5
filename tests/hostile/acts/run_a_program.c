#include "act.h"
ACT(run_a_program) {
  char* const arguments[] = {(char*)"/lib64/ld-linux-x86-64.so.2", NULL};
  answer(call, execv(arguments[0], arguments));
}
