#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <unordered_set>
#include <vector>

#include <sojourn/function.h>

namespace {

// Words too common to tell anything about a text. Built once by INIT, before any instance is forked: all
// instances read the same memory, and none of them pays for building it.
std::unordered_set<std::string> common_words;

void build_common_words(sojourn::StartContext& context) {
  std::istringstream words(
      "a an and are as at be but by for from has have he i in is it its not of on or she so that "
      "the their they this to was we were will with you " +
      context.env("COMMON_WORDS").value_or(""));
  for (std::string word; words >> word;) common_words.insert(word);
  context.log().info("common words are ready", {{"count", common_words.size()}});
}
SOJOURN_INIT(build_common_words)

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'' || (c & 0x80) != 0;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if(at, text.end(), is_letter);
    at = std::find_if_not(begin, text.end(), is_letter);
    if (begin == at) break;
    std::string word(begin, at);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

sojourn::Response count_words(const sojourn::Request& request, sojourn::Context&) {
  const std::vector<std::string> words = words_of(request.body());
  std::map<std::string, int> counts;
  for (const std::string& word : words) {
    if (!common_words.contains(word)) ++counts[word];
  }
  return sojourn::Response::json({{"words", words.size()}, {"telling", counts}});
}
SOJOURN_FUNCTION_NAMED(count_words, "word-count")
