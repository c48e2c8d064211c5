// An Error says what went wrong in words for a person, with a code for programs.
//
// The codes and the HTTP status each becomes stand in one table (error.cpp); nothing else maps them.
// A text grows a place as it climbs: `error.at("deploy hello")` turns "needs libfoo.so.3" into
// "deploy hello: needs libfoo.so.3".
//
// Thread: a value; any thread.
#pragma once

#include <string>
#include <string_view>

namespace sojourn {

// Names are what clients see as `X-Sojourn-Error` (snake_case of the enumerator). Codes are only ever added.
enum class ErrorCode {
  kBadRequest,          // 400: the request is not well formed
  kUnauthorized,        // 401: no token, or one that is not known
  kForbidden,           // 403: a known token without the scope
  kRouteNotFound,       // 404
  kFunctionNotFound,    // 404
  kVersionNotFound,     // 404
  kCallNotFound,        // 404
  kTokenNotFound,       // 404
  kSecretNotFound,      // 404
  kEventNotFound,       // 404
  kRunNotFound,         // 404
  kLetterNotFound,      // 404
  kPipelineNotFound,    // 404
  kMethodNotAllowed,    // 405
  kClientTooSlow,       // 408
  kCallIdTaken,         // 409
  kConflict,            // 409: If-Match did not match, or a concurrent change won
  kLengthRequired,      // 411
  kBodyTooLarge,        // 413
  kHeadTooLarge,        // 414 or 431, by what was too long
  kUnsupportedMedia,    // 415
  kMisdirected,         // 421: a Host that is not ours, on loopback
  kRefused,             // 422: an upload or a manifest that the gate or the sandbox refused
  kRateLimited,         // 429
  kConcurrencyLimited,  // 429
  kFunctionThrew,       // 500
  kInternal,            // 500: a fault of ours
  kNotAvailable,        // 501: named in the contract, not in this version
  kFunctionCrashed,     // 502: died by a signal
  kOutOfMemory,         // 502
  kForbiddenSyscall,    // 502
  kFunctionExited,      // 502: called exit
  kBrokenReply,         // 502: the reply broke the channel's rules
  kLinkFailed,          // 502: a link of a decorator chain
  kUnreached,           // 502: what the platform was to call outside gave no reply
  kNoCapacity,          // 503
  kStoreUnavailable,    // 503
  kDraining,            // 503: the server is shutting down
  kDeadline,            // 504
  kLoopDetected,        // 508
};

struct ErrorCodeFacts {
  ErrorCode code;
  std::string_view name;  // as clients see it
  int http_status;
};

// The row of the table for `code`. The reference lives as long as the program.
const ErrorCodeFacts& facts(ErrorCode code);

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string text) : code_(code), text_(std::move(text)) {}

  ErrorCode code() const { return code_; }
  const std::string& text() const { return text_; }

  // The same error with `place: ` before its text.
  Error at(std::string_view place) const;
  // The same text under another code.
  Error as(ErrorCode code) const { return Error(code, text_); }

 private:
  ErrorCode code_;
  std::string text_;
};

// An error of a failed system call: `what: strerror(error_number)`, as kInternal unless told otherwise.
Error system_error(std::string_view what, int error_number, ErrorCode code = ErrorCode::kInternal);

}  // namespace sojourn
