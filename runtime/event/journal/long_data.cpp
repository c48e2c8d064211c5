#include "runtime/event/journal/long_data.h"

#include <algorithm>

namespace sojourn {
namespace {

template <class Rows>
bool any(const Rows& rows) {
  return std::ranges::any_of(rows, [](const auto& row) { return has_long_data(row); });
}

Status move_out(PayloadStore& payloads, std::string& data, std::optional<Digest>& blob) {
  if (data.size() <= kInlineDataMax) return {};
  auto digest = payloads.put(data);
  if (!digest) return digest.error();
  blob = *digest;
  data.clear();
  return {};
}

template <class Rows>
Status each(PayloadStore& payloads, Rows& rows) {
  for (auto& row : rows) {
    if (Status kept = keep_long_data(payloads, row); !kept) return kept;
  }
  return {};
}

}  // namespace

bool has_long_data(const EventRecord& record) {
  return record.data.size() > kInlineDataMax;
}

bool has_long_data(const JobSpec& job) {
  return job.input && has_long_data(*job.input);
}

bool has_long_data(const RunSpec& run) {
  return any(run.jobs);
}

bool has_long_data(const Acceptance& acceptance) {
  return has_long_data(acceptance.event) || any(acceptance.runs);
}

bool has_long_data(const RunResult& result) {
  return result.body.size() > kInlineDataMax;
}

bool has_long_data(const Completion& completion) {
  return any(completion.next) || any(completion.runs) || any(completion.emitted) ||
         (completion.result && has_long_data(*completion.result));
}

bool has_long_data(const Aftermath& after) {
  return any(after.next) || (after.result && has_long_data(*after.result));
}

Status keep_long_data(PayloadStore& payloads, EventRecord& record) {
  return move_out(payloads, record.data, record.blob);
}

Status keep_long_data(PayloadStore& payloads, JobSpec& job) {
  return job.input ? keep_long_data(payloads, *job.input) : Status();
}

Status keep_long_data(PayloadStore& payloads, RunSpec& run) {
  return each(payloads, run.jobs);
}

Status keep_long_data(PayloadStore& payloads, Acceptance& acceptance) {
  if (Status kept = keep_long_data(payloads, acceptance.event); !kept) return kept;
  return each(payloads, acceptance.runs);
}

Status keep_long_data(PayloadStore& payloads, RunResult& result) {
  return move_out(payloads, result.body, result.blob);
}

Status keep_long_data(PayloadStore& payloads, Completion& completion) {
  if (Status kept = each(payloads, completion.next); !kept) return kept;
  if (Status kept = each(payloads, completion.runs); !kept) return kept;
  if (Status kept = each(payloads, completion.emitted); !kept) return kept;
  return completion.result ? keep_long_data(payloads, *completion.result) : Status();
}

Status keep_long_data(PayloadStore& payloads, Aftermath& after) {
  if (Status kept = each(payloads, after.next); !kept) return kept;
  return after.result ? keep_long_data(payloads, *after.result) : Status();
}

Result<std::string> data_of(const PayloadStore& payloads, const EventRecord& record) {
  return record.blob ? payloads.get(*record.blob) : Result<std::string>(record.data);
}

Result<std::string> body_of(const PayloadStore& payloads, const RunResult& result) {
  return result.blob ? payloads.get(*result.blob) : Result<std::string>(result.body);
}

}  // namespace sojourn
