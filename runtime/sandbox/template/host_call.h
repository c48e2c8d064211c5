// sj_call as the host side sees it: what a function can ask for while one of its entries runs. The table of the ABI
// (host_table.cpp) leads each host function to the member of the same name; a moment that does not offer something
// keeps the answer given here.
//
// Thread: the thread that entered the function; log and cancelled from any.
// Owner:  whoever enters the function, for as long as the entry runs.
#pragma once

#include <sojourn/abi.h>

struct sj_call {
  sj_call() = default;
  sj_call(const sj_call&) = delete;
  sj_call& operator=(const sj_call&) = delete;

  virtual void log(int level, sj_bytes text, sj_fields more) noexcept = 0;
  virtual int value(int what, sj_bytes key, sj_bytes* out) noexcept = 0;
  virtual int64_t time_left_ns() const noexcept { return INT64_MAX; }
  virtual int cancelled() noexcept { return 0; }
  virtual int reply(const sj_response&) noexcept { return SJ_EINVAL; }
  // From a function the flags are those of the ABI; host code may add its marks (frame.h, ErrorMarks).
  virtual int fail(const sj_failure&) noexcept { return SJ_EINVAL; }
  virtual int begin(const sj_response&) noexcept { return SJ_EINVAL; }
  virtual int write(sj_bytes) noexcept { return SJ_EINVAL; }
  virtual int end(sj_fields) noexcept { return SJ_EINVAL; }
  virtual int next(const sj_request&, const sj_response**) noexcept { return SJ_EUNAVAILABLE; }
  virtual int call(sj_bytes, const sj_request&, const sj_response**) noexcept { return SJ_EUNAVAILABLE; }
  virtual int emit(sj_fields, sj_bytes) noexcept { return SJ_EUNAVAILABLE; }
  virtual int enqueue(sj_bytes, sj_fields, sj_bytes) noexcept { return SJ_EUNAVAILABLE; }
  virtual int state(int, sj_bytes, sj_bytes, int64_t, uint64_t*, sj_bytes*) noexcept { return SJ_EUNAVAILABLE; }
  virtual int lease(sj_bytes, int64_t, uint64_t*) noexcept { return SJ_EUNAVAILABLE; }
  virtual int connect(sj_bytes) noexcept { return SJ_EUNAVAILABLE; }
  virtual int read(sj_bytes*) noexcept { return SJ_EINVAL; }

 protected:
  ~sj_call() = default;
};

namespace sojourn {

// The table that every entry gets. Lives as long as the program.
const sj_host& host_table();

}  // namespace sojourn
