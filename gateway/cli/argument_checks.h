// What the parser holds arguments against before a command runs: wrong ones end with exit code 2, in words that say
// what would do. CLI11 puts the option's name in front of them.
//
// Thread: one.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace sojourn::cli {

CLI::Validator one_of(std::vector<std::string> words);

// The number of an event or a dead letter, as the lists show it: whole, from 1.
CLI::Validator row_number();

// Has the option take the words of the map for what they stand for.
template <class T>
void take_words(CLI::Option& option, const std::map<std::string, T>& meanings) {
  std::vector<std::string> words;
  for (const auto& [word, meaning] : meanings) words.push_back(word);
  option.transform(CLI::Transformer(meanings).description(""));
  option.transform(one_of(std::move(words)));  // a later one goes first
}

}  // namespace sojourn::cli
