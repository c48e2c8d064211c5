// Makes the system call that the query numbers, with arguments that ask for nothing.
#include <sys/syscall.h>

#include "number_of_query.h"
ACT(call_by_number) {
  answer(call, syscall(number_of_query(request), 0, 0, 0, 0, 0, 0));
}
