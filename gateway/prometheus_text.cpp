#include "gateway/prometheus_text.h"

#include <array>
#include <cstdio>

namespace sojourn {
namespace {

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void PrometheusText::seconds(std::string_view suffix, Labels labels, std::uint64_t nanoseconds) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%llu.%09llu", static_cast<unsigned long long>(nanoseconds / 1'000'000'000),
                static_cast<unsigned long long>(nanoseconds % 1'000'000'000));
  write(suffix, labels, text.data());
}

void PrometheusText::write(std::string_view suffix, Labels labels, std::string_view value) {
  text_.append(name_).append(suffix);
  char before = '{';
  for (const auto& [key, text] : labels) {
    text_ += before;
    text_.append(key).append("=\"");
    append_label_value(text_, text);
    text_ += '"';
    before = ',';
  }
  if (before == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

}  // namespace sojourn
