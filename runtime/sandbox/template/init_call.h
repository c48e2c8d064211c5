// InitCall is the call during SOJOURN_INIT of one object: facts without secrets, that object's configuration, a log
// that goes to the template's log pipe as lines of text, and a failure that refuses the deploy.
//
// Thread: the template's only thread (log: any).
#pragma once

#include <string>

#include "runtime/sandbox/template/function_facts.h"
#include "runtime/sandbox/template/host_call.h"

namespace sojourn {

class InitCall final : public sj_call {
 public:
  InitCall(const FunctionFacts& facts, const std::string& with) : facts_(facts), with_(with) {}

  void log(int level, sj_bytes text, sj_fields more) noexcept override;
  int value(int what, sj_bytes key, sj_bytes* out) noexcept override {
    if (what == SJ_SECRET) return SJ_EINVAL;  // they come after the fork
    return what == SJ_WITH ? with_value(with_, out) : facts_.value(what, key, out);
  }
  int fail(const sj_failure& failure) noexcept override;
  // Instances would share it: START is the moment.
  int connect(sj_bytes) noexcept override { return SJ_EINVAL; }

  bool failed() const { return failed_; }
  const std::string& failure() const { return failure_; }  // "type: message"

 private:
  const FunctionFacts& facts_;
  const std::string& with_;
  bool failed_ = false;
  std::string failure_;
};

}  // namespace sojourn
