// Names of duplicates on their way into their table, and out of it.
#include <cstring>

#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

// In an event's row: each name, and until when.
template <class OnName>
void for_each_name(const Statement& row, OnName on_name) {
  NameDigest name;
  EpochMs until = 0;
  const std::int64_t event = row.integer(0);
  for (std::string_view rest = row.bytes(1); rest.size() >= name.size() + sizeof until;
       rest.remove_prefix(name.size() + sizeof until)) {
    std::memcpy(name.data(), rest.data(), name.size());
    std::memcpy(&until, rest.data() + name.size(), sizeof until);
    on_name(name, NameBook::Entry{event, until});
  }
}

}  // namespace

// The newest event under a name is the one that counts, here and in the table.
void SqliteEngine::read_new_names() {
  queries_.each(
      Query::kNewNames,
      [&](const Statement& row) {
        for_each_name(row, [&](const NameDigest& name, const NameBook::Entry& entry) {
          const auto written = queries_.number(Query::kFindName, bytes_of(name));
          if (written.value_or(0) < entry.event) names_.add(name, entry);
        });
      },
      numbers_.named);
  names_.commit(numbers_.event);
}

void SqliteEngine::write_names() {
  for (const auto& [name, entry] : names_.next_slice()) {
    queries_.run(Query::kPutName, bytes_of(name), entry.event, entry.until);
  }
  const auto finished = names_.finished();
  if (!finished || *finished == numbers_.named) return;
  numbers_.named = *finished;
  writes_numbers_ = true;
}

// Its row, which goes, is where they stand.
void SqliteEngine::keep_names_of(std::int64_t event, EpochMs now) {
  std::vector<NameBook::Named> kept;
  queries_.each(
      Query::kNamesOf,
      [&](const Statement& row) {
        for_each_name(row,
                      [&](const NameDigest& name, const NameBook::Entry& entry) { kept.emplace_back(name, entry); });
      },
      event);
  for (const auto& [name, entry] : kept) {
    if (entry.until > now - kNameSlack) queries_.run(Query::kPutName, bytes_of(name), entry.event, entry.until);
  }
}

// Names stand in no order of time: each turn looks at some, and goes on behind them the next time.
void SqliteEngine::forget_names(EpochMs now, std::size_t most) {
  const std::string behind = looked_name_;
  std::vector<std::string> over;
  std::size_t looked = 0;
  queries_.each(
      Query::kLookNamesOver,
      [&](const Statement& row) {
        looked_name_ = row.bytes(0);
        if (row.integer(1) <= now - kNameSlack) over.push_back(looked_name_);
        ++looked;
      },
      behind, most);
  for (const std::string& name : over) queries_.run(Query::kDropName, name);
  if (looked < most) looked_name_.clear();
}

}  // namespace sojourn
