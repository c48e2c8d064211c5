// A Redactor puts *** in place of secrets' values in text that is kept or shown: lines of log, errors.
//
// What it looks for are the lines of each value that have at least kRedactedMin bytes; shorter ones would tear ordinary
// text apart. A value in another form (base64, half of it) is not found.
//
// Thread: any; it does not change after it was made. A stream's own place is kept by a RedactedStream.
// Owner:  shared by the instances that were given these values.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/secret_text.h"

namespace sojourn {

inline constexpr std::size_t kRedactedMin = 8;  // bytes
inline constexpr std::string_view kRedaction = "***";

class Redactor {
 public:
  explicit Redactor(const SecretTexts& secrets);

  bool empty() const { return patterns_.empty(); }
  std::string redacted(std::string_view text) const;

  // Appends to `out` what can be said of `bytes`; gives how many were dealt with. The rest may be the beginning of a
  // value, and comes again in front of the next bytes. It never holds a line feed.
  std::size_t redact(std::string_view bytes, std::string& out) const;

 private:
  struct Range {
    std::size_t first, last;  // of patterns_
  };
  void add(std::string_view value);
  std::size_t match_at(std::string_view rest) const;  // bytes of the longest value that `rest` begins with, or 0
  bool may_begin(std::string_view rest) const;        // whether a value is longer than `rest`, and begins with it

  std::vector<SecretText> patterns_;  // in order, each once
  std::bitset<256> first_bytes_;
  std::unordered_map<std::uint64_t, Range> by_beginning_;  // by their first eight bytes
};

// The place in a stream of bytes that comes in pieces: a value is found wherever the pieces were cut.
class RedactedStream {
 public:
  // Calls `pass(text)` with what may be shown.
  template <class Pass>
  void feed(const Redactor& redactor, std::string_view bytes, Pass&& pass) {
    std::string_view input = bytes;
    if (!held_.empty()) input = held_.append(bytes);
    std::string out;
    const std::size_t dealt = redactor.redact(input, out);
    std::string rest(input.substr(dealt));
    wipe(held_);
    held_.swap(rest);
    if (!out.empty()) pass(std::string_view(out));
  }
  // No more will come: what was held was not a whole value after all.
  template <class Pass>
  void end(const Redactor& redactor, Pass&& pass) {
    if (!held_.empty()) pass(std::string_view(redactor.redacted(held_)));
    wipe(held_);
  }

 private:
  std::string held_;  // shorter than the longest value
};

}  // namespace sojourn
