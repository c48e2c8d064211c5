#include "gateway/http/chunk_check.h"

#include <algorithm>

#include "gateway/http/characters.h"

namespace sojourn {

void ChunkCheck::reset() {
  state_ = State::kSize;
  left_ = 0;
  digits_ = 0;
  extension_bytes_ = trailer_bytes_ = name_size_ = 0;
  reason_.clear();
}

ChunkCheck::Verdict ChunkCheck::scan(std::string_view bytes, std::size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    if (state_ == State::kData) {
      const std::size_t skipped = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
      used += skipped;
      left_ -= skipped;
      if (left_ == 0) state_ = State::kDataEnd;
      continue;
    }
    const Step step = on_byte(bytes[used++]);
    if (step == Step::kBad) return Verdict::kRefused;
    if (step == Step::kDone) return Verdict::kComplete;
  }
  return Verdict::kMore;
}

ChunkCheck::Step ChunkCheck::on_byte(char c) {
  switch (state_) {
    case State::kSize:
      return on_size(c);
    case State::kExtension:
      if (++extension_bytes_ > limits_.chunk_extension_bytes_max) {
        return refuse("chunk extensions beyond " + std::to_string(limits_.chunk_extension_bytes_max) +
                      " bytes, their limit");
      }
      if (c == '\r') {
        state_ = State::kSizeCr;
        return Step::kGoOn;
      }
      return is_control(c) ? refuse("a control character in a chunk extension") : Step::kGoOn;
    case State::kSizeCr:
      return c == '\n' ? on_size_end() : refuse("a chunk's size line does not end in CR LF");
    case State::kDataEnd:
      state_ = State::kDataCr;
      return c == '\r' ? Step::kGoOn : refuse("a chunk's data does not end in CR LF");
    case State::kDataCr:
      state_ = State::kSize;
      digits_ = 0;
      return c == '\n' ? Step::kGoOn : refuse("a chunk's data does not end in CR LF");
    default:
      return on_trailer_byte(c);
  }
}

ChunkCheck::Step ChunkCheck::on_size(char c) {
  constexpr int kDigitsMax = 15;
  const int digit = hex_digit(c);
  if (digit >= 0) {
    if (++digits_ > kDigitsMax) return refuse("a chunk's size has more than 15 digits, the limit");
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    return Step::kGoOn;
  }
  if (digits_ == 0) return refuse("a chunk's size is not a hexadecimal number");
  if (c == ';') {
    state_ = State::kExtension;
  } else if (c == '\r') {
    state_ = State::kSizeCr;
  } else {
    return refuse("a chunk's size is not a hexadecimal number");
  }
  return Step::kGoOn;
}

ChunkCheck::Step ChunkCheck::on_size_end() {
  state_ = left_ == 0 ? State::kTrailer : State::kData;
  return Step::kGoOn;
}

ChunkCheck::Step ChunkCheck::on_trailer_byte(char c) {
  if (++trailer_bytes_ > limits_.trailer_bytes_max) {
    return refuse("trailers beyond " + std::to_string(limits_.trailer_bytes_max) + " bytes, their limit");
  }
  switch (state_) {
    case State::kTrailer:
      name_size_ = 0;
      if (c == '\r') {
        state_ = State::kEndCr;
        return Step::kGoOn;
      }
      state_ = State::kTrailerName;
      [[fallthrough]];
    case State::kTrailerName:
      if (const char lower = token_lower(c); lower != 0) {
        if (name_size_ < name_.size()) name_[name_size_] = lower;
        ++name_size_;
        return Step::kGoOn;
      }
      return c == ':' && name_size_ > 0 ? on_trailer_name_end() : refuse("a trailer is not `name: value`");
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerCr;
        return Step::kGoOn;
      }
      return is_control(c) ? refuse("a control character in a trailer") : Step::kGoOn;
    case State::kTrailerCr:
      state_ = State::kTrailer;
      return c == '\n' ? Step::kGoOn : refuse("a trailer does not end in CR LF");
    default:  // kEndCr
      return c == '\n' ? Step::kDone : refuse("the body does not end in CR LF");
  }
}

// A trailer that speaks of framing or routing could only be meant to confuse somebody (RFC 9110, 6.5.1).
ChunkCheck::Step ChunkCheck::on_trailer_name_end() {
  const std::string_view name(name_.data(), std::min(name_size_, name_.size()));
  if (name == "content-length" || name == "transfer-encoding" || name == "host" || name == "trailer") {
    return refuse("a field among the trailers that belongs into the head");
  }
  state_ = State::kTrailerValue;
  return Step::kGoOn;
}

ChunkCheck::Step ChunkCheck::refuse(std::string reason) {
  reason_ = std::move(reason);
  return Step::kBad;
}

}  // namespace sojourn
