// Asks about the process of the host that the query numbers.
#include "number_of_query.h"
ACT(name_a_process) {
  answer(call, getpgid((pid_t)number_of_query(request)));
}
