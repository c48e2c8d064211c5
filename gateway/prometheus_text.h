// PrometheusText writes metrics in the text exposition format, version 0.0.4. All samples of a metric are written
// together, after its family line.
//
// Thread: a value; not shared.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

class PrometheusText {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  // Begins a metric: `type` is counter, gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);

  // A sample of the metric begun last, or of `name` + `suffix` for a histogram's parts.
  void sample(Labels labels, std::uint64_t value) { write({}, labels, std::to_string(value)); }
  void sample(std::string_view suffix, Labels labels, std::uint64_t value) {
    write(suffix, labels, std::to_string(value));
  }
  void seconds(std::string_view suffix, Labels labels, std::uint64_t nanoseconds);

  std::string take() { return std::move(text_); }

 private:
  void write(std::string_view suffix, Labels labels, std::string_view value);

  std::string name_;
  std::string text_;
};

}  // namespace sojourn
