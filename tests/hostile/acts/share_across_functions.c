// Makes a segment of System V shared memory under the key that the query numbers.
#include <sys/ipc.h>
#include <sys/shm.h>

#include "number_of_query.h"
ACT(share_across_functions) {
  answer(call, shmget((key_t)number_of_query(request), 4096, IPC_CREAT | 0666));
}
