// The number in a request's query, for acts that need to know something of the host: "?4711".
#ifndef SOJOURN_TESTS_NUMBER_OF_QUERY_H
#define SOJOURN_TESTS_NUMBER_OF_QUERY_H
#include "act.h"

static inline long number_of_query(const sj_request* request) {
  char digits[24] = {0};
  const size_t size = request->query.size < sizeof digits - 1 ? request->query.size : sizeof digits - 1;
  memcpy(digits, request->query.data, size);
  return atol(digits);
}

#endif
