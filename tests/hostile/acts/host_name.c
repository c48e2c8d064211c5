// Answers what the machine is called.
#include <sys/utsname.h>

#include "act.h"
ACT(host_name) {
  struct utsname facts;
  uname(&facts);
  say(call, "%s", facts.nodename);
}
