// How each sender's request becomes an event; what read_hook (hook_event.h) chooses from. They set what the sender says
// and leave the rest empty: an id, a source, a time, a content type that stays as the request has it.
//
// Thread: any; pure functions.
// Errors: kBadRequest: a header or a field that every request of that sender has is missing.
#pragma once

#include "gateway/hooks/hook_event.h"

namespace sojourn {

Result<HookOutcome> read_github(const HookMessage& message);
Result<HookOutcome> read_gitlab(const HookMessage& message);
Result<HookOutcome> read_slack(const HookMessage& message);
Result<HookOutcome> read_stripe(const HookMessage& message);
// Those that sign an id and a time beside the body, or may: `signature` says where these stand, and is the one that the
// request was verified by.
Result<HookOutcome> read_standard(const HookMessage& message, const SignatureScheme& signature);
Result<HookOutcome> read_plain(const HookMessage& message, const SignatureScheme& signature);

// --- for those functions --------------------------------------------------------------------------------------------

// Sets an attribute, unless the value is empty. One longer than kHookTextMax, and an id longer than kHookIdMax, is
// refused.
Status set(CloudEvent& event, std::string_view name, std::string_view value);
// Sets `subject`, unless the value can be none: an event is not refused for what only describes it.
void set_subject(CloudEvent& event, std::string_view value);
// Sets `time`, unless the text is no point in time: seconds since 1970, or RFC 3339.
void set_time(CloudEvent& event, std::string_view text);
// The JSON of a request that is JSON, or that has it in the field `payload` of a form. In a form it is decoded into
// `room`, which then holds it.
Result<std::string_view> json_payload(const HookMessage& message, std::string& room);

}  // namespace sojourn
