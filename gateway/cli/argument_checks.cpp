#include "gateway/cli/argument_checks.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "gateway/cli/output.h"
#include "loader/names.h"

namespace sojourn::cli {
namespace {

std::string quoted(const std::string& text) {
  return "`" + printable(text) + "`";
}

std::string fault_of_word(const std::string& word, const std::vector<std::string>& words) {
  if (std::ranges::find(words, word) != words.end()) return {};
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  const std::vector<std::string_view> known(words.begin(), words.end());
  return quoted(word) + " is not known; expected is " + list + did_you_mean(word, known);
}

std::string fault_of_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc() && end == text.data() + text.size() && number > 0) return {};
  return quoted(text) + " is no such number; expected is one that the list shows, such as 17";
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](std::string& word) { return fault_of_word(word, words); }, ""};
}

CLI::Validator row_number() {
  return {[](std::string& text) { return fault_of_number(text); }, ""};
}

}  // namespace sojourn::cli
