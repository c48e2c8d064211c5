#include "runtime/base/error.h"

#include <cstring>

namespace sojourn {
namespace {

constexpr ErrorCodeFacts kTable[] = {
    {ErrorCode::kBadRequest, "bad_request", 400},
    {ErrorCode::kUnauthorized, "unauthorized", 401},
    {ErrorCode::kForbidden, "forbidden", 403},
    {ErrorCode::kRouteNotFound, "route_not_found", 404},
    {ErrorCode::kFunctionNotFound, "function_not_found", 404},
    {ErrorCode::kVersionNotFound, "version_not_found", 404},
    {ErrorCode::kCallNotFound, "call_not_found", 404},
    {ErrorCode::kTokenNotFound, "token_not_found", 404},
    {ErrorCode::kSecretNotFound, "secret_not_found", 404},
    {ErrorCode::kEventNotFound, "event_not_found", 404},
    {ErrorCode::kRunNotFound, "run_not_found", 404},
    {ErrorCode::kLetterNotFound, "dead_letter_not_found", 404},
    {ErrorCode::kPipelineNotFound, "pipeline_not_found", 404},
    {ErrorCode::kMethodNotAllowed, "method_not_allowed", 405},
    {ErrorCode::kClientTooSlow, "client_too_slow", 408},
    {ErrorCode::kCallIdTaken, "call_id_taken", 409},
    {ErrorCode::kConflict, "conflict", 409},
    {ErrorCode::kLengthRequired, "length_required", 411},
    {ErrorCode::kBodyTooLarge, "body_too_large", 413},
    {ErrorCode::kHeadTooLarge, "head_too_large", 431},
    {ErrorCode::kUnsupportedMedia, "unsupported_media", 415},
    {ErrorCode::kMisdirected, "misdirected", 421},
    {ErrorCode::kRefused, "refused", 422},
    {ErrorCode::kRateLimited, "rate_limited", 429},
    {ErrorCode::kConcurrencyLimited, "concurrency_limited", 429},
    {ErrorCode::kFunctionThrew, "function_threw", 500},
    {ErrorCode::kInternal, "internal", 500},
    {ErrorCode::kNotAvailable, "not_available", 501},
    {ErrorCode::kFunctionCrashed, "function_crashed", 502},
    {ErrorCode::kOutOfMemory, "out_of_memory", 502},
    {ErrorCode::kForbiddenSyscall, "forbidden_syscall", 502},
    {ErrorCode::kFunctionExited, "function_exited", 502},
    {ErrorCode::kBrokenReply, "broken_reply", 502},
    {ErrorCode::kLinkFailed, "link_failed", 502},
    {ErrorCode::kUnreached, "unreached", 502},
    {ErrorCode::kNoCapacity, "no_capacity", 503},
    {ErrorCode::kStoreUnavailable, "store_unavailable", 503},
    {ErrorCode::kDraining, "draining", 503},
    {ErrorCode::kDeadline, "deadline", 504},
    {ErrorCode::kLoopDetected, "loop_detected", 508},
};

constexpr bool table_follows_enum() {
  int index = 0;
  for (const ErrorCodeFacts& row : kTable) {
    if (static_cast<int>(row.code) != index++) return false;
  }
  return index == static_cast<int>(ErrorCode::kLoopDetected) + 1;
}
static_assert(table_follows_enum(), "one row per code, in the order of the enum");

}  // namespace

const ErrorCodeFacts& facts(ErrorCode code) {
  return kTable[static_cast<int>(code)];
}

Error Error::at(std::string_view place) const {
  std::string text(place);
  text += ": ";
  text += text_;
  return Error(code_, std::move(text));
}

Error system_error(std::string_view what, int error_number, ErrorCode code) {
  std::string text(what);
  text += ": ";
  text += ::strerror(error_number);
  return Error(code, std::move(text));
}

}  // namespace sojourn
