// SignalsBlocked blocks every signal for the calling thread while it stands, so that the threads which are started
// meanwhile are born with all of them blocked: a process's signals are for its loops.
//
// Thread: made and dropped by one thread.
#pragma once

#include <csignal>

namespace sojourn {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace sojourn
