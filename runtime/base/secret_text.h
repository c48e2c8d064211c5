// A SecretText is a text that leaves no copy behind: its memory is overwritten before it is given back. Copies that
// are made of it on the way (a frame, a reply) are their makers' to wipe.
//
// Thread: a value; not shared while it changes.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn {

// Overwrites the text in a way that no compiler leaves out, and empties it.
inline void wipe(std::string& text) {
  ::explicit_bzero(text.data(), text.capacity());
  text.clear();
}

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text) : text_(text) {}
  SecretText(const SecretText&) = default;
  SecretText(SecretText&& other) noexcept : text_(other.text_) { wipe(other.text_); }
  SecretText& operator=(SecretText other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~SecretText() { wipe(text_); }

  std::string_view view() const { return text_; }
  bool operator==(const SecretText&) const = delete;  // compare in constant time: runtime/crypto/random.h

 private:
  std::string text_;
};

// By the names that a function's configuration lists.
using SecretTexts = std::map<std::string, SecretText, std::less<>>;

}  // namespace sojourn
