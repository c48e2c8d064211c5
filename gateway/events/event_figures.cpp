#include "gateway/events/event_figures.h"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace sojourn {
namespace {

void write_one(PrometheusText& text, std::string_view name, std::string_view type, std::string_view help,
               std::uint64_t value) {
  text.family(name, type, help);
  text.sample({}, value);
}

std::uint64_t age_ns(EpochMs since, EpochMs now) {
  if (since == 0 || since > now) return 0;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::milliseconds(now - since)).count());
}

void write_ages(PrometheusText& text, const EventFigures& figures) {
  text.family("sojourn_oldest_event_seconds", "gauge", "Age of the oldest event that is not done, by lane.");
  for (const LaneView& lane : figures.lanes) {
    text.seconds("", {{"lane", lane.lane}}, age_ns(lane.oldest_event, figures.now));
  }
}

void write_jobs(PrometheusText& text, const DispatchStats& stats) {
  text.family("sojourn_jobs_total", "counter", "Attempts at jobs, by how they ended.");
  text.sample({{"outcome", "done"}}, stats.done);
  text.sample({{"outcome", "retried"}}, stats.retried);
  text.sample({{"outcome", "failed"}}, stats.failed);
  text.sample({{"outcome", "handed_back"}}, stats.handed_back);
  text.sample({{"outcome", "stale"}}, stats.stale);
  for (std::size_t i = 0; i < kErrorKinds.size(); ++i) {
    text.sample({{"outcome", "dead"}, {"kind", kErrorKinds[i]}}, stats.dead[i]);
  }
  write_one(text, "sojourn_jobs_under_way", "gauge", "Jobs whose attempt runs.", stats.under_way);
}

void write_queues(PrometheusText& text, const DispatchStats& stats) {
  text.family("sojourn_queue_workers", "gauge", "Workers that a queue has for what arrives and what has piled up.");
  for (const auto& [lane, queue] : stats.queues) {
    text.sample({{"lane", lane}}, static_cast<std::uint64_t>(std::max(queue.workers, 0)));
  }
  text.family("sojourn_queue_service_seconds", "gauge", "How long one item of a queue takes, on average.");
  for (const auto& [lane, queue] : stats.queues) {
    text.seconds("", {{"lane", lane}}, static_cast<std::uint64_t>(queue.service_seconds * 1e9));
  }
}

void write_batches(PrometheusText& text, const JournalWriter::Figures& batches) {
  text.family("sojourn_journal_batches_total", "counter", "Batches that the journal committed, by what they outlive.");
  text.sample({{"outlives", "power_cut"}}, batches.synced);
  text.sample({{"outlives", "process"}}, batches.batches - batches.synced);
  write_one(text, "sojourn_journal_work_total", "counter", "Pieces of work in those batches.", batches.work);
}

void write_journal(PrometheusText& text, const JournalStats& journal) {
  write_one(text, "sojourn_journal_open_jobs", "gauge", "Jobs that are not done, waiting ones among them.",
            journal.open_jobs);
  write_one(text, "sojourn_dead_letters", "gauge", "Dead letters that are kept.", journal.letters);
  write_one(text, "sojourn_journal_bytes", "gauge", "What the journal takes on disk, payloads left out.",
            journal.bytes);
  write_one(text, "sojourn_journal_damaged_rows", "gauge", "Rows found damaged since the journal was opened.",
            journal.damaged_rows);
}

}  // namespace

void write_lane_depths(PrometheusText& text, const EventFigures& figures) {
  for (const LaneView& lane : figures.lanes) text.sample({{"lane", lane.lane}}, lane.ready);
}

void write_events(PrometheusText& text, const EventFigures& figures) {
  text.family("sojourn_events_accepted_total", "counter", "Events that were accepted, by how they came.");
  for (std::size_t i = 0; i < kWaysIn; ++i) text.sample({{"how", kWayNames[i]}}, figures.accepted[i]);
  write_one(text, "sojourn_journal_up", "gauge", "1 when the journal is open, 0 when events are refused.",
            figures.journal ? 1 : 0);
  write_ages(text, figures);
  write_jobs(text, figures.dispatch);
  write_queues(text, figures.dispatch);
  if (!figures.journal) return;
  write_journal(text, *figures.journal);
  write_batches(text, figures.batches);
}

}  // namespace sojourn
