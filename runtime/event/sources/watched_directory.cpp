#include "runtime/event/sources/watched_directory.h"

#include <algorithm>
#include <utility>

namespace sojourn {

using namespace std::chrono_literals;

WatchedDirectory::WatchedDirectory(Loop& loop, FileScan scan, std::chrono::milliseconds settle, Events& events,
                                   const Log& log)
    : loop_(loop),
      scan_(std::move(scan)),
      settle_(std::max(settle, kSettleMin)),
      events_(events),
      log_(log),
      news_(loop),
      regular_(loop),
      turn_(loop),
      settled_(loop) {
  begin_look();
}

// The watch first, so that nothing comes unseen between the look and the watch; and anew, since the path may mean
// another directory by now.
void WatchedDirectory::begin_look() {
  watch_.reset();
  auto begun = DirectoryWatch::begin(loop_, scan_.directory(), [this] { look_soon(); });
  if (begun.ok()) watch_ = std::move(*begun);
  look();
}

// --- looking --------------------------------------------------------------------------------------------------------

void WatchedDirectory::look_soon() {
  if (news_.active()) return;
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(took_ * kLookShare);
  news_.start(std::max(pause, kGatherFor), [this] { look(); });
}

void WatchedDirectory::look() {
  if (is_looking_) {
    look_again_ = true;
    return;
  }
  is_looking_ = true;
  look_again_ = false;
  const auto seen = std::make_shared<Look>();
  const std::weak_ptr<int> alive = alive_;
  events_.run_blocking(
      [seen, scan = scan_] {
        const auto began = std::chrono::steady_clock::now();
        seen->files = scan.list();
        seen->took = std::chrono::steady_clock::now() - began;
      },
      [this, alive, seen] {
        if (!alive.expired()) on_looked(std::move(*seen));
      });
}

void WatchedDirectory::on_looked(Look look) {
  took_ = look.took;
  if (!look.files.ok()) return on_missing(look.files.error());
  if (!missing_.empty()) log_.info("files are taken from the directory again", {{"directory", scan_.directory()}});
  missing_.clear();
  seen_ = std::move(*look.files);
  seen_at_ = 0;
  gone_through_.clear();
  go_through();
}

void WatchedDirectory::on_missing(const Error& error) {
  if (missing_ != error.text()) log_.warn("no files are taken from a directory", {{"reason", error.text()}});
  missing_ = error.text();
  is_looking_ = false;
  watch_.reset();
  files_.clear();
  ready_.clear();
  settling_.clear();
  regular_.start(kMissingEvery, [this] { begin_look(); });
}

// Both what was seen and what is known are in the order of their names.
void WatchedDirectory::go_through() {
  for (std::size_t i = 0; i < kTurnMax && seen_at_ < seen_.size(); ++i, ++seen_at_) {
    const FoundFile& file = seen_[seen_at_];
    files_.erase(files_.lower_bound(gone_through_), files_.lower_bound(file.name));
    gone_through_ = file.name + '\0';
    see(file);
  }
  arm_settling();
  if (seen_at_ < seen_.size()) {
    turn_.start(0ms, [this] { go_through(); });
    return;
  }
  files_.erase(files_.lower_bound(gone_through_), files_.end());
  seen_ = {};
  is_looking_ = false;
  regular_.start(kLookEvery, [this] { begin_look(); });
  if (look_again_) look_soon();
}

void WatchedDirectory::see(const FoundFile& file) {
  const auto [at, is_new] = files_.try_emplace(file.name, File{file.facts, State::kSettling});
  if (!is_new && at->second.facts == file.facts) return;
  at->second = File{file.facts, State::kSettling};
  settle(file, settle_);
}

// --- settling -------------------------------------------------------------------------------------------------------

void WatchedDirectory::settle(const FoundFile& file, std::chrono::milliseconds time) {
  settling_.emplace(loop_.now() + time, file);
}

void WatchedDirectory::arm_settling() {
  if (settling_.empty()) return;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(settling_.begin()->first - loop_.now());
  settled_.start(wait, [this] { on_settled(); });
}

void WatchedDirectory::on_settled() {
  for (std::size_t i = 0; i < kTurnMax && !settling_.empty() && settling_.begin()->first <= loop_.now(); ++i) {
    FoundFile file = std::move(settling_.begin()->second);
    settling_.erase(settling_.begin());
    if (File* const known = find(file, State::kSettling); known != nullptr) {
      known->state = State::kReady;
      ready_.push_back(std::move(file));
    }
  }
  arm_settling();
  if (!ready_.empty()) events_.on_ready();
}

// --- taking ---------------------------------------------------------------------------------------------------------

WatchedDirectory::File* WatchedDirectory::find(const FoundFile& file, State state) {
  const auto known = files_.find(file.name);
  const bool is_same = known != files_.end() && known->second.facts == file.facts && known->second.state == state;
  return is_same ? &known->second : nullptr;
}

std::optional<FoundFile> WatchedDirectory::take_ready() {
  while (!ready_.empty()) {
    FoundFile file = std::move(ready_.front());
    ready_.pop_front();
    if (File* const known = find(file, State::kReady); known != nullptr) {
      known->state = State::kTaking;
      return file;
    }
  }
  return std::nullopt;
}

void WatchedDirectory::taken(const FoundFile& file) {
  if (File* const known = find(file, State::kTaking); known != nullptr) known->state = State::kTaken;
}

void WatchedDirectory::changed(const FoundFile& file, const FileFacts& now) {
  if (find(file, State::kTaking) == nullptr) return;
  see({file.name, now});
  arm_settling();
}

void WatchedDirectory::gone(const FoundFile& file) {
  if (find(file, State::kTaking) != nullptr) files_.erase(file.name);
}

void WatchedDirectory::failed(const FoundFile& file, std::chrono::seconds again_after) {
  File* const known = find(file, State::kTaking);
  if (known == nullptr) return;
  known->state = State::kSettling;
  settle(file, again_after);
  arm_settling();
}

}  // namespace sojourn
