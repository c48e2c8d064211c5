#include "gateway/cli/output.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <unistd.h>

#include "gateway/cli/argument_checks.h"
#include "loader/quantity.h"

namespace sojourn::cli {
namespace {

const std::map<std::string, Format> kFormats = {{"text", Format::kText}, {"json", Format::kJson}};
constexpr std::uint64_t kWorthABar = 1u << 20;  // bytes; less is sent before anybody could read it
constexpr int kBarWidth = 30;

// Characters on the screen: bytes that begin a UTF-8 sequence.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void append_escaped(std::string& out, unsigned char byte) {
  std::array<char, 8> escape{};
  std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
  out += escape.data();
}

// A cell of a table: on one line, whatever is in it.
std::string cell_text(std::string_view text) {
  std::string result = printable(text);
  for (std::size_t at = result.find('\n'); at != std::string::npos; at = result.find('\n', at)) {
    result.replace(at, 1, "\\x0a");
  }
  return result;
}

void append_line(std::string& out, const Row& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string cell = cell_text(row[i]);
    line += cell;
    line.append(widths[i] - std::min(widths[i], width(cell)) + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

std::shared_ptr<Format> add_format_option(CLI::App& command) {
  auto format = std::make_shared<Format>(Format::kText);
  CLI::Option* const option = command.add_option("-o,--output", *format, "How to print");
  option->type_name("text|json")->default_str("text");
  take_words(*option, kFormats);
  return format;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_json(const nlohmann::json& json) {
  print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string layout_table(const Row& heading, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : heading) widths.push_back(width(cell));
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(cell_text(row[i])));
  }
  std::string out;
  append_line(out, heading, widths);
  for (const Row& row : rows) append_line(out, row, widths);
  return out;
}

std::string layout_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t widest = 0;
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) widest = std::max(widest, width(name));
  }
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (value.empty()) continue;
    out += name + ":" + std::string(widest - width(name) + 1, ' ') + cell_text(value) + "\n";
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F steer terminals too; in UTF-8 they are C2 80 to C2 9F.
    const bool high_control = byte == 0xC2 && i + 1 < text.size() && (text[i + 1] & 0xE0) == 0x80;
    if (!high_control && ((byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n')) {
      result += text[i];
      continue;
    }
    append_escaped(result, byte);
    if (high_control) append_escaped(result, static_cast<unsigned char>(text[++i]));
  }
  return result;
}

void ProgressBar::clear() {
  if (shown_percent_ >= 0) std::fputs("\r\x1b[K", stderr);
  shown_percent_ = -1;
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  if (total < kWorthABar || ::isatty(STDERR_FILENO) == 0) return;
  const int percent = static_cast<int>(done * 100 / total);
  if (percent == shown_percent_) return;
  shown_percent_ = percent;
  const auto full = static_cast<std::size_t>(percent * kBarWidth / 100);
  const std::string bar = std::string(full, '=') + std::string(kBarWidth - full, ' ');
  std::fprintf(stderr, "\r%s [%s] %3d%% of %s", what_.c_str(), bar.c_str(), percent, format_size(total).c_str());
}

}  // namespace sojourn::cli
