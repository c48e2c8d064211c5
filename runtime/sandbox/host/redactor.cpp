#include "runtime/sandbox/host/redactor.h"

#include <algorithm>
#include <cstring>

namespace sojourn {
namespace {

std::uint64_t beginning_of(std::string_view text) {
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, text.data(), sizeof beginning);
  return beginning;
}

std::uint8_t first_byte(std::string_view text) {
  return static_cast<std::uint8_t>(text.front());
}

}  // namespace

Redactor::Redactor(const SecretTexts& secrets) {
  for (const auto& [name, value] : secrets) add(value.view());
  std::ranges::sort(patterns_, {}, &SecretText::view);
  const auto same = [](const SecretText& a, const SecretText& b) { return a.view() == b.view(); };
  patterns_.erase(std::unique(patterns_.begin(), patterns_.end(), same), patterns_.end());
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const std::string_view pattern = patterns_[i].view();
    first_bytes_.set(first_byte(pattern));
    by_beginning_.try_emplace(beginning_of(pattern), Range{i, i}).first->second.last = i;
  }
}

void Redactor::add(std::string_view value) {
  while (!value.empty()) {
    const std::size_t end = std::min(value.find('\n'), value.size());
    std::string_view line = value.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= kRedactedMin) patterns_.emplace_back(line);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
}

std::size_t Redactor::match_at(std::string_view rest) const {
  if (rest.size() < kRedactedMin) return 0;
  const auto found = by_beginning_.find(beginning_of(rest));
  if (found == by_beginning_.end()) return 0;
  // Those that `rest` begins with begin with one another: in order, the longest is the last.
  for (std::size_t i = found->second.last + 1; i > found->second.first; --i) {
    const std::string_view pattern = patterns_[i - 1].view();
    if (rest.starts_with(pattern)) return pattern.size();
  }
  return 0;
}

bool Redactor::may_begin(std::string_view rest) const {
  const auto next = std::ranges::upper_bound(patterns_, rest, {}, &SecretText::view);
  return next != patterns_.end() && next->view().starts_with(rest);
}

std::size_t Redactor::redact(std::string_view bytes, std::string& out) const {
  std::size_t shown = 0;  // up to here it is in `out`
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view rest = bytes.substr(at);
    if (!first_bytes_.test(first_byte(rest))) {
      ++at;
      continue;
    }
    if (may_begin(rest)) {
      out.append(bytes.substr(shown, at - shown));
      return at;
    }
    const std::size_t size = match_at(rest);
    if (size == 0) {
      ++at;
      continue;
    }
    out.append(bytes.substr(shown, at - shown)).append(kRedaction);
    shown = at += size;
  }
  out.append(bytes.substr(shown));
  return bytes.size();
}

std::string Redactor::redacted(std::string_view text) const {
  std::string out;
  // A beginning at the very end is no value, but a shorter value may lie in it.
  for (;;) {
    text.remove_prefix(redact(text, out));
    if (text.empty()) return out;
    const std::size_t size = match_at(text);
    out.append(size > 0 ? kRedaction : text.substr(0, 1));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

}  // namespace sojourn
