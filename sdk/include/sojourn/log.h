// A Log writes lines that belong to one call; the host adds the time, the function and the call's id.
//
//   context.log().info("counted", {{"words", 42}, {"language", "en"}});
//
// Limit:   the function's logLimit per call; the host counts what does not fit.
// Lifetime: as long as the call. Text and fields are copied before a line returns.
// Thread:  any thread while the call runs; the one part of a call, with cancelled(), for which that holds.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>

namespace sojourn {
inline namespace v1 {

// A name and a value beside a log line. Numbers and booleans are written out.
class LogField {
 public:
  LogField(std::string_view name, std::string_view value) noexcept : name_(name), text_(value) {}
  template <std::same_as<bool> Bool>
  LogField(std::string_view name, Bool value) noexcept : name_(name), text_(value ? "true" : "false") {}
  template <class Number>
  requires((std::integral<Number> || std::floating_point<Number>)&&!std::same_as<Number, bool>)
      LogField(std::string_view name, Number value)
  noexcept : name_(name) {
    const auto written = std::to_chars(digits_.data(), digits_.data() + digits_.size(), value);
    digit_count_ = static_cast<std::size_t>(written.ptr - digits_.data());
  }

  std::string_view name() const noexcept { return name_; }
  std::string_view value() const noexcept {
    return digit_count_ != 0 ? std::string_view(digits_.data(), digit_count_) : text_;
  }

 private:
  std::string_view name_;
  std::string_view text_;
  std::size_t digit_count_ = 0;
  std::array<char, 48> digits_;
};

class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  Log(const sj_host& host, sj_call* call) noexcept : host_(&host), call_(call) {}

  void debug(std::string_view text, Fields fields = {}) const { write(SJ_DEBUG, text, fields); }
  void info(std::string_view text, Fields fields = {}) const { write(SJ_INFO, text, fields); }
  void warn(std::string_view text, Fields fields = {}) const { write(SJ_WARN, text, fields); }
  void error(std::string_view text, Fields fields = {}) const { write(SJ_ERROR, text, fields); }

 private:
  void write(int level, std::string_view text, Fields fields) const {
    std::vector<sj_field> more;
    more.reserve(fields.size());
    for (const LogField& field : fields) {
      more.push_back({detail::to_bytes(field.name()), detail::to_bytes(field.value())});
    }
    host_->log(call_, level, detail::to_bytes(text), {more.data(), more.size()});
  }

  const sj_host* host_;
  sj_call* call_;
};

}  // namespace v1
}  // namespace sojourn
