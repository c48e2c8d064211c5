#include "functions/envelope/prometheus.h"

#include <set>

namespace built_in {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Exposition {
 public:
  explicit Exposition(std::string_view prefix) : prefix_(prefix) {}

  void add(const Json& value, const std::string& name) {
    if (value.is_object()) {
      for (const auto& [member, inner] : value.items()) add(inner, name.empty() ? member : name + "_" + member);
    } else if (value.is_number()) {
      line(name, value.dump());
    } else if (value.is_boolean()) {
      line(name, value.get<bool>() ? "1" : "0");
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void line(const std::string& raw, const std::string& value) {
    std::string name = prefix_ + raw;
    for (char& c : name) {
      if (!is_letter(c) && !is_digit(c)) c = '_';
    }
    if (is_digit(name.front())) name.insert(name.begin(), '_');
    if (!names_.insert(name).second) return;
    text_ += "# TYPE " + name + " gauge\n" + name + " " + value + "\n";
  }

  const std::string prefix_;
  std::string text_;
  std::set<std::string> names_;
};

}  // namespace

bool is_metric_name(std::string_view name) {
  if (name.empty() || is_digit(name.front())) return false;
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

std::string prometheus_text(const Json& numbers, std::string_view prefix) {
  Exposition exposition(prefix);
  exposition.add(numbers, "");
  return exposition.take();
}

}  // namespace built_in
