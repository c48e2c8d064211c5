#include "runtime/event/dispatch/stowed_data.h"

#include <algorithm>
#include <utility>

#include "runtime/event/journal/long_data.h"

namespace sojourn {
namespace {

bool is_long(const std::string& bytes) {
  return bytes.size() > kInlineDataMax;
}

bool is_long(const std::vector<JobSpec>& jobs) {
  return std::any_of(jobs.begin(), jobs.end(),
                     [](const JobSpec& job) { return job.input && is_long(job.input->data); });
}

bool is_long(const std::vector<Acceptance>& acceptances) {
  return std::any_of(acceptances.begin(), acceptances.end(), [](const Acceptance& one) {
    return is_long(one.event.data) ||
           std::any_of(one.runs.begin(), one.runs.end(), [](const RunSpec& run) { return is_long(run.jobs); });
  });
}

bool is_long(const std::optional<RunResult>& result) {
  return result && is_long(result->body);
}

}  // namespace

bool has_long_data(const JobEnd& end) {
  if (is_long(end.also)) return true;
  if (const auto* const fail = std::get_if<FailRun>(&end.how)) return is_long(fail->result);
  const auto* const completion = std::get_if<Completion>(&end.how);
  return completion != nullptr &&
         (is_long(completion->next) || is_long(completion->emitted) || is_long(completion->result));
}

Status stow(JobEnd& end, PayloadStore& payloads) {
  for (Acceptance& acceptance : end.also) {
    if (Status kept = keep_long_data(payloads, acceptance); !kept.ok()) return kept;
  }
  if (auto* const completion = std::get_if<Completion>(&end.how)) return keep_long_data(payloads, *completion);
  auto* const fail = std::get_if<FailRun>(&end.how);
  return fail != nullptr && fail->result ? keep_long_data(payloads, *fail->result) : Status();
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
