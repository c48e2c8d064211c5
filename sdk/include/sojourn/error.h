// How a function says that it failed. Throw one of these; everything else thrown is a fault of the function.
//
//   throw Error(422, "the cart is empty");       the caller gets that status and that text, and nothing else
//   throw Permanent(422, "no such customer");    the same, and a pipeline step does not try again
//   throw RetryAfter(30s, "the shop is closed"); 503 with Retry-After, and a step waits at least that long
//   any other exception                          500 with a generic text; type and message go to the log
//
// Refused is what host operations throw: the manifest does not allow it, a limit is reached, a name is unknown.
// Left alone it is a fault; a function that can go on without catches it and looks at code().
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sojourn/abi.h>

namespace sojourn {
inline namespace v1 {

class Error : public std::runtime_error {
 public:
  // REQUIRES: 400 <= status <= 599; another status is reported as a fault that says so.
  Error(int status, const std::string& text) : std::runtime_error(text), status_(status) {}
  int status() const noexcept { return status_; }

 private:
  int status_;
};

class Permanent : public Error {
 public:
  using Error::Error;
};

class RetryAfter : public Error {
 public:
  RetryAfter(std::chrono::milliseconds wait, const std::string& text) : Error(503, text), wait_(wait) {}
  std::chrono::milliseconds wait() const noexcept { return wait_; }

 private:
  std::chrono::milliseconds wait_;
};

class Refused : public std::runtime_error {
 public:
  Refused(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  int code() const noexcept { return code_; }  // SJ_E...

 private:
  int code_;
};

namespace detail {

inline std::string_view reason_of(int code) noexcept {
  switch (code) {
    case SJ_ELIMIT:
      return "a limit of this function's configuration is reached";
    case SJ_EDENIED:
      return "this function's manifest does not allow it";
    case SJ_EGONE:
      return "the client has left";
    case SJ_ETIME:
      return "the deadline has passed";
    case SJ_EMISSING:
      return "there is nothing of that name";
    case SJ_EINVAL:
      return "the arguments are wrong, or this is not the moment for it";
    case SJ_EDIED:
      return "the other end died";
    case SJ_EUNAVAILABLE:
      return "this host does not offer it";
    case SJ_ETAKEN:
      return "somebody else was first";
    case SJ_EBUSY:
      return "it has no capacity left";
    case SJ_ELOOP:
      return "it waits for this very call, or calls are nested too deep";
    case SJ_EFORBIDDEN:
      return "it leads to an address that functions may not reach";
    case SJ_EUNREACHED:
      return "nobody could be reached there";
    default:
      return "the host refused with an unknown code";
  }
}

// Turns an SJ_E... of the operation `what` into an exception.
[[noreturn, gnu::cold]] inline void refuse(int code, std::string_view what) {
  std::string text(what);
  text.append(": ").append(reason_of(code));
  if (code == SJ_EUNAVAILABLE) throw Error(501, text);
  if (code == SJ_ETIME) throw Error(504, text);
  throw Refused(code, text);
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
