// Reads a CloudEvent in structured mode: a JSON object whose members are the attributes, with the data as `data` (any
// JSON) or `data_base64`. It needs no JSON library, and builds no tree: data that is JSON stays the text that it was.
//
// Limit:   data is nested at most kJsonDepthMax deep.
// Errors:  Error 400 with the place, for a text that is no such object.
// Thread:  a value; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sojourn/error.h>
#include <sojourn/fields.h>
#include <sojourn/json.h>
#include <sojourn/percent.h>

namespace sojourn {
inline namespace v1 {
namespace detail {

// std::to_string would leave a table of the library among the symbols that an object exports.
inline std::string decimal(std::size_t number) {
  std::string digits;
  do digits.insert(digits.begin(), static_cast<char>('0' + number % 10));
  while ((number /= 10) != 0);
  return digits;
}

// `text/plain` of `text/plain; charset=utf-8`.
inline std::string_view media_type(std::string_view content_type) noexcept {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) content_type.remove_suffix(1);
  return content_type;
}

inline bool is_json_type(std::string_view content_type) noexcept {
  const std::string_view media = media_type(content_type);
  const auto ends_with = [&](std::string_view end) {
    return media.size() >= end.size() && same_name(media.substr(media.size() - end.size()), end);
  };
  return ends_with("/json") || ends_with("+json");
}

// Walks through a JSON text from the front.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) noexcept : text_(text) {}

  char peek() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool at_end() { return peek() == '\0' && at_ == text_.size(); }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }

  std::string string() {
    expect('"');
    std::string out;
    for (;;) {
      if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) fail();
      const char c = text_[at_++];
      if (c == '"') return out;
      if (c == '\\')
        escape(out);
      else
        out.push_back(c);
    }
  }

  // The text of the value that begins here, of whatever kind.
  std::string_view value() {
    const char first = peek();
    const std::size_t from = at_;
    if (first == '"') {
      (void)string();
    } else if (first == '{' || first == '[') {
      composite();
    } else {
      while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
      if (at_ == from) fail();
    }
    return text_.substr(from, at_ - from);
  }

  [[noreturn]] void fail() const { throw Error(400, "the event is not JSON: it goes wrong at byte " + decimal(at_)); }

 private:
  // Brackets that match; what stands between them is read by whoever wants the data.
  void composite() {
    std::string open;
    do {
      const char c = peek();
      if (c == '"') {
        (void)string();
        continue;
      }
      if (c == '{' || c == '[') open.push_back(c == '{' ? '}' : ']');
      if (open.size() > kJsonDepthMax) {
        throw Error(400,
                    "the event's data is JSON nested deeper than the limit of " + decimal(kJsonDepthMax) + " levels");
      }
      if (c == '}' || c == ']') {
        if (open.back() != c) fail();
        open.pop_back();
      }
      if (at_ >= text_.size()) fail();
      ++at_;
    } while (!open.empty());
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = at_ < text_.size() ? hex_value(text_[at_]) : -1;
      if (digit < 0) fail();
      code = code * 16 + static_cast<std::uint32_t>(digit);
      ++at_;
    }
    return code;
  }

  void escape(std::string& out) {
    if (at_ >= text_.size()) fail();
    const char c = text_[at_++];
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (const std::size_t which = kShort.find(c); which != std::string_view::npos) return out.push_back(kMeant[which]);
    if (c != 'u') fail();
    std::uint32_t code = hex4();
    if (code >= 0xDC00 && code <= 0xDFFF) fail();
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (text_.substr(at_, 2) != "\\u") fail();
      at_ += 2;
      const std::uint32_t low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) fail();
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F))); };
    if (code < 0x80) return out.push_back(static_cast<char>(code));
    if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0 | (code >> 6)));
      return tail(0);
    }
    if (code < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | (code >> 12)));
      tail(6);
      return tail(0);
    }
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

inline std::optional<std::string> base64_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>((bits >> count) & 0xFF));
  }
  return out;
}

// The parts of an event. Views point into the text that it was made of.
class StructuredEvent {
 public:
  explicit StructuredEvent(std::string_view text) {
    JsonCursor in(text);
    in.expect('{');
    if (!in.take('}')) {
      do read_member(in);
      while (in.take(','));
      in.expect('}');
    }
    if (!in.at_end()) in.fail();
  }

  // The data: JSON as text, any other type out of its string.
  std::string take_data(std::string_view content_type) {
    if (binary_) return *std::move(binary_);
    if (!data_is_json() || content_type.empty() || is_json_type(content_type) || json_.front() != '"') {
      return std::string(json_);
    }
    return JsonCursor(json_).string();
  }
  bool data_is_json() const noexcept { return !json_.empty(); }

  std::vector<std::pair<std::string, std::string>> attributes;  // without those that are null

 private:
  void read_member(JsonCursor& in) {
    (void)in.peek();
    std::string name = in.string();
    in.expect(':');
    if (name == "data") {
      json_ = in.value();
      return;
    }
    if (name == "data_base64") {
      binary_ = base64_decode(in.string());
      if (!binary_) throw Error(400, "the event's data_base64 is not base64");
      return;
    }
    const char first = in.peek();
    if (first == '"') {
      attributes.emplace_back(std::move(name), in.string());
      return;
    }
    if (first == '{' || first == '[') throw Error(400, "the event's attribute " + name + " is not a simple value");
    if (const std::string_view plain = in.value(); plain != "null") attributes.emplace_back(std::move(name), plain);
  }

  std::string_view json_;
  std::optional<std::string> binary_;
};

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
