#include "runtime/event/dispatch/stowed_data.h"

#include <algorithm>
#include <utility>

#include "runtime/event/journal/long_data.h"

namespace sojourn {
namespace {

// What the end of a dead job leaves, or null.
const Aftermath* aftermath_of(const JobEnd& end) {
  if (const auto* const bury = std::get_if<Bury>(&end.how)) return &bury->after;
  const auto* const fail = std::get_if<FailRun>(&end.how);
  return fail == nullptr ? nullptr : &fail->after;
}

}  // namespace

bool has_long_data(const JobEnd& end) {
  if (std::ranges::any_of(end.also, [](const Acceptance& one) { return has_long_data(one); })) return true;
  if (const auto* const completion = std::get_if<Completion>(&end.how)) return has_long_data(*completion);
  const Aftermath* const after = aftermath_of(end);
  return after != nullptr && has_long_data(*after);
}

Status stow(JobEnd& end, PayloadStore& payloads) {
  for (Acceptance& acceptance : end.also) {
    if (Status kept = keep_long_data(payloads, acceptance); !kept.ok()) return kept;
  }
  if (auto* const completion = std::get_if<Completion>(&end.how)) return keep_long_data(payloads, *completion);
  if (auto* const bury = std::get_if<Bury>(&end.how)) return keep_long_data(payloads, bury->after);
  auto* const fail = std::get_if<FailRun>(&end.how);
  return fail == nullptr ? Status() : keep_long_data(payloads, fail->after);
}

bool has_stowed_data(const LeasedWork& work) {
  return work.lease.input.blob.has_value() || (work.result && work.result->blob);
}

// The input keeps its name beside the bytes, so that a step that passes it on does not store it again.
Status fetch(LeasedWork& work, const PayloadStore& payloads) {
  auto data = data_of(payloads, work.lease.input);
  if (!data) return data.error();
  work.lease.input.data = std::move(*data);
  if (!work.result) return {};
  auto body = body_of(payloads, *work.result);
  if (!body) return body.error();
  work.result->body = std::move(*body);
  return {};
}

}  // namespace sojourn
