// What commands print: tables for people, JSON for programs (`-o json`), progress on a terminal. Text that came from a
// server or a function is shown with its control characters escaped, so that nobody's log line can drive a terminal.
//
// Thread: one. All of it goes to standard output, but progress, which goes to standard error.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace sojourn::cli {

enum class Format { kText, kJson };

// Gives `command` the option -o text|json.
std::shared_ptr<Format> add_format_option(CLI::App& command);

void print_json(const nlohmann::json& json);

using Row = std::vector<std::string>;
// Columns as wide as their widest cell, two spaces between; nothing but the heading when there are no rows.
std::string layout_table(const Row& heading, const std::vector<Row>& rows);
// Lines of `name: value` with the values in one column; rows without a value are left out.
std::string layout_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

void print(std::string_view text);

// Control characters but tab and new line as \xHH; invalid UTF-8 stays what it is.
std::string printable(std::string_view text);

// A bar on standard error while something is sent. Draws nothing unless that is a terminal, nor for what is over in a
// moment.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what) : what_(std::move(what)) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::uint64_t done, std::uint64_t total);  // bytes
  void clear();                                        // before anything else is printed

 private:
  std::string what_;
  int shown_percent_ = -1;
};

}  // namespace sojourn::cli
