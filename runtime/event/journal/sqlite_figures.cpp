// Marks, and what there is in numbers: lanes, sizes, payloads in use.
#include <algorithm>
#include <map>
#include <string_view>

#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

// By lane. Events are numbered in the order in which they were accepted.
std::map<std::string_view, std::int64_t> oldest_leased(const LeaseBook& leases) {
  std::map<std::string_view, std::int64_t> oldest;
  for (const auto& [job, lease] : leases.all()) {
    const auto [found, is_new] = oldest.emplace(lease.lane, lease.event);
    if (!is_new) found->second = std::min(found->second, lease.event);
  }
  return oldest;
}

}  // namespace

Status SqliteEngine::set_mark(std::string_view name, std::int64_t value) {
  queries_.run(Query::kPutMark, name, value, mark_checksum(name, value));
  return queries_.settle();
}

Result<std::optional<std::int64_t>> SqliteEngine::mark(std::string_view name) {
  std::optional<std::int64_t> value;
  queries_.each(
      Query::kReadMark,
      [&](const Statement& row) {
        if (row.integer(1) == mark_checksum(name, row.integer(0))) {
          value = row.integer(0);
        } else {
          ++damaged_rows_;
        }
      },
      name);
  return queries_.answer(value);
}

Result<std::vector<LaneView>> SqliteEngine::lanes() {
  std::vector<LaneView> views;
  const std::map<std::string_view, std::int64_t> under_way = oldest_leased(leases_);
  for (const auto& [lane, counts] : lanes_.counts()) {
    LaneView view{lane, static_cast<std::size_t>(counts.ready), static_cast<std::size_t>(counts.leased), 0, 0};
    if (const auto first = counts.ready > 0 ? first_ready(lane) : std::nullopt) {
      view.first_due = first->first_due;
      view.oldest_event = first->oldest_event;
    }
    if (const auto oldest = under_way.find(lane); oldest != under_way.end()) {
      view.add_event(queries_.number(Query::kAcceptedWhen, oldest->second).value_or(0));
    }
    views.push_back(std::move(view));
  }
  return queries_.answer(std::move(views));
}

Result<JournalStats> SqliteEngine::stats() {
  JournalStats stats;
  for (const auto& [lane, counts] : lanes_.counts()) {
    stats.open_jobs += static_cast<std::size_t>(counts.held + counts.ready + counts.leased);
  }
  const auto views = lanes();
  if (!views) return views.error();
  for (const LaneView& view : *views) {
    if (view.oldest_event == 0) continue;
    stats.oldest_open = stats.oldest_open == 0 ? view.oldest_event : std::min(stats.oldest_open, view.oldest_event);
  }
  stats.letters = static_cast<std::size_t>(queries_.number(Query::kCountLetters).value_or(0));
  stats.damaged_rows = damaged_rows_;
  const auto size = database_.size();
  if (!size) return size.error();
  stats.bytes = size->on_disk;
  stats.bytes_in_use = size->in_use;
  return queries_.answer(stats);
}

Result<bool> SqliteEngine::uses(const Digest& blob) {
  const auto used = queries_.number(Query::kUsesBlob, bytes_of(blob));
  return queries_.answer(used.value_or(1) != 0);
}

}  // namespace sojourn
