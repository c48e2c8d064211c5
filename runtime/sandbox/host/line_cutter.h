// A LineCutter makes lines of what a function writes to stdout and stderr. A line longer than kLineMax is cut there and
// goes on as the next line, so memory stays bounded whatever is written.
//
// Thread:    one loop at a time.
// Ownership: keeps the start of a line whose end has not come.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sojourn {

class LineCutter {
 public:
  static constexpr std::size_t kLineMax = 8 * 1024;  // bytes

  // Calls `line(text)` for each line that is complete now; without its line feed or CR LF.
  template <class OnLine>
  void feed(std::string_view bytes, OnLine&& line) {
    while (!bytes.empty()) {
      const std::size_t room = kLineMax - partial_.size();
      const std::size_t end = bytes.substr(0, room).find('\n');
      if (end == std::string_view::npos && bytes.size() < room) {
        partial_.append(bytes);
        return;
      }
      const std::size_t size = end == std::string_view::npos ? room : end;
      emit(bytes.substr(0, size), line);
      bytes.remove_prefix(end == std::string_view::npos ? size : size + 1);
    }
  }

  // A line without an end, when no more will come.
  template <class OnLine>
  void end(OnLine&& line) {
    if (!partial_.empty()) emit({}, line);
  }

 private:
  template <class OnLine>
  void emit(std::string_view rest, OnLine& line) {
    std::string_view text = rest;
    if (!partial_.empty()) {
      partial_.append(rest);
      text = partial_;
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    line(text);
    partial_.clear();
  }

  std::string partial_;
};

}  // namespace sojourn
