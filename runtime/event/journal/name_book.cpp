#include "runtime/event/journal/name_book.h"

#include <algorithm>

namespace sojourn {

void NameBook::add(const NameDigest& name, Entry entry) {
  const auto found = fresh_.find(name);
  before_.emplace_back(name, found == fresh_.end() ? std::nullopt : std::optional(found->second));
  fresh_.insert_or_assign(name, entry);
}

const NameBook::Entry* NameBook::find(const NameDigest& name) const {
  const auto fresh = fresh_.find(name);
  if (fresh != fresh_.end()) return &fresh->second;
  const auto sorted = std::lower_bound(sorted_.begin(), sorted_.end(), name,
                                       [](const Named& one, const NameDigest& other) { return one.first < other; });
  return sorted != sorted_.end() && sorted->first == name ? &sorted->second : nullptr;
}

std::span<const NameBook::Named> NameBook::next_slice() {
  const std::size_t from = written_;
  written_ = std::max(written_, std::min(sorted_.size(), fresh_.size() / (kSlice / 2) * kSlice));
  return std::span(sorted_).subspan(from, written_ - from);
}

std::optional<std::int64_t> NameBook::finished() const {
  if (sorted_.empty() || written_ < sorted_.size()) return std::nullopt;
  return last_event_;
}

void NameBook::commit(std::int64_t last_event) {
  before_.clear();
  committed_ = written_;
  if (committed_ == sorted_.size()) {
    sorted_.clear();
    written_ = committed_ = 0;
  }
  if (!sorted_.empty() || fresh_.size() < kGeneration) return;
  sorted_.assign(fresh_.begin(), fresh_.end());
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Named& one, const Named& other) { return one.first < other.first; });
  fresh_.clear();
  last_event_ = last_event;
}

void NameBook::rollback() {
  for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
    if (change->second) {
      fresh_.insert_or_assign(change->first, *change->second);
    } else {
      fresh_.erase(change->first);
    }
  }
  before_.clear();
  written_ = committed_;
}

}  // namespace sojourn
