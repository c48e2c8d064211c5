#include "runtime/event/journal/sqlite_checksums.h"

#include <algorithm>

#include "runtime/crypto/sha256.h"
#include "runtime/event/journal/journal_queries.h"
#include "runtime/event/journal/sqlite_tables.h"

namespace sojourn {

std::int64_t record_checksum(std::int64_t number, const EventRecord& record) {
  return RowChecksum()
      .add(number)
      .add(record.source)
      .add(record.id)
      .add(record.type)
      .add(record.attributes)
      .add(record.data)
      .add(bytes_of(record.blob))
      .finish();
}

std::int64_t run_checksum(std::int64_t run, std::int64_t event, const RunSpec& spec) {
  return RowChecksum()
      .add(run)
      .add(event)
      .add(static_cast<std::int64_t>(spec.after_failure))
      .add(spec.id)
      .add(spec.pipeline)
      .add(spec.key)
      .add(spec.definition)
      .finish();
}

std::int64_t job_checksum(std::int64_t job, std::string_view step) {
  return RowChecksum().add(job).add(step).finish();
}

std::int64_t result_checksum(std::int64_t run, const RunResult& result) {
  return RowChecksum()
      .add(run)
      .add(std::int64_t{result.status})
      .add(result.headers)
      .add(result.body)
      .add(bytes_of(result.blob))
      .finish();
}

std::string_view bytes_of(const NameDigest& name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

NameDigest name_digest(std::string_view name) {
  const Digest digest = Sha256::of(name);
  NameDigest first;
  std::copy_n(digest.bytes.begin(), first.size(), first.begin());
  return first;
}

std::int64_t mark_checksum(std::string_view name, std::int64_t value) {
  return RowChecksum().add(name).add(value).finish();
}

}  // namespace sojourn
