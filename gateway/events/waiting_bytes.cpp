#include "gateway/events/waiting_bytes.h"

#include <string>

namespace sojourn {
namespace {

constexpr std::size_t kRowBytes = 512;  // of an event, a run or a job beside its texts

std::size_t bytes_of(const EventRecord& event) {
  return kRowBytes + event.source.size() + event.id.size() + event.type.size() + event.attributes.size() +
         event.data.size();
}

std::size_t bytes_of(const RunSpec& run) {
  std::size_t bytes = kRowBytes + run.definition.size() + run.key.size();
  for (const JobSpec& job : run.jobs) bytes += kRowBytes + (job.input ? bytes_of(*job.input) : 0);
  return bytes;
}

}  // namespace

Status WaitingBytes::take(std::size_t bytes) {
  const std::size_t before = waiting_.fetch_add(bytes);
  if (before == 0 || before + bytes <= most_) return {};
  waiting_ -= bytes;
  return Error(ErrorCode::kStoreUnavailable,
               "events of " + std::to_string(before) + " bytes wait for the journal already, and with this one's " +
                   std::to_string(bytes) + " they would be more than " + std::to_string(most_) +
                   ", the most that may wait; nothing of it was kept, try again");
}

std::size_t bytes_of(const std::vector<Acceptance>& acceptances) {
  std::size_t bytes = 0;
  for (const Acceptance& one : acceptances) {
    bytes += bytes_of(one.event);
    for (const RunSpec& run : one.runs) bytes += bytes_of(run);
  }
  return bytes;
}

}  // namespace sojourn
