#include "runtime/event/journal/retention.h"

#include <limits>

namespace sojourn {

void Retention::tick(JournalWriter& writer, EpochMs now) {
  if (!is_busy_.exchange(true)) submit(writer, now);
}

Retention::Figures Retention::figures() const {
  return {forgotten_events_.load(), removed_payloads_.load(), payload_bytes_.load()};
}

void Retention::submit(JournalWriter& writer, EpochMs now) {
  const Status taken = writer.submit(
      WorkKind::kNotes, [this, now](JournalEngine& engine) { return forget(engine, now); },
      [this, &writer, now](const Status& forgot) {
        const bool swept = forgot.ok() && sweep();
        const bool waits_for_payloads = is_too_large_ && !is_measured_;
        if (swept && (!forgotten_.is_through || waits_for_payloads)) {
          submit(writer, now);
        } else {
          is_busy_ = false;
        }
      });
  if (!taken.ok()) is_busy_ = false;  // the next tick begins anew
}

// What is too old, or the oldest of all while there is too much. How much payloads take is known when they were all
// looked at; until then nothing more is forgotten for its size.
Status Retention::forget(JournalEngine& engine, EpochMs now) {
  engine_ = &engine;
  const auto stats = engine.stats();
  if (!stats) return stats.error();
  const std::uint64_t payload_bytes = payload_bytes_.load();
  is_too_large_ = stats->bytes_in_use + payload_bytes > options_.bytes_max;
  const bool for_size = is_too_large_ && (is_measured_ || stats->bytes_in_use > options_.bytes_max);
  const EpochMs oldest = now - std::chrono::duration_cast<std::chrono::milliseconds>(options_.age).count();
  const auto forgot =
      engine.forget(for_size ? std::numeric_limits<EpochMs>::max() : oldest, now, options_.events_per_piece);
  if (!forgot) return forgot.error();
  forgotten_ = *forgot;
  forgotten_events_ += forgot->events;
  if (for_size && forgot->events > 0) is_measured_ = false;
  return {};
}

// After the commit: what the batch has dropped is dropped for good, and what it has put is named by a row.
bool Retention::sweep() {
  const auto swept = payloads_.sweep([this](const Digest& payload) { return engine_->uses(payload); },
                                     options_.payloads_per_piece, options_.payload_age);
  if (!swept.ok()) return false;
  removed_payloads_ += swept->removed;
  if (!swept->is_through) return true;
  payload_bytes_ = swept->bytes;
  is_measured_ = true;
  return true;
}

}  // namespace sojourn
