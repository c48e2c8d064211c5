#include "functions/compress/accept_encoding.h"

#include <algorithm>
#include <string>

namespace built_in {
namespace {

constexpr int kUnnamed = -1;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Of `q=0.5`, in thousandths; what is not well formed asks for nothing.
int weight_of(std::string_view parameter) {
  parameter = trimmed(parameter);
  if (parameter.empty()) return 1000;
  if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') return 0;
  const std::string_view number = parameter.substr(2);
  if (number[0] == '1') return 1000;
  if (number[0] != '0') return 0;
  int weight = 0;
  int unit = 100;
  for (std::size_t i = 2; i < number.size() && unit > 0; ++i, unit /= 10) {
    if (number[i] < '0' || number[i] > '9') return 0;
    weight += (number[i] - '0') * unit;
  }
  return weight;
}

bool is_named(std::string_view name, std::string_view lower) {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

Encoding best_encoding(std::string_view accept_encoding) {
  int gzip = kUnnamed;
  int zstd = kUnnamed;
  int any = 0;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding = comma == std::string_view::npos ? std::string_view() : accept_encoding.substr(comma + 1);
    const std::size_t semicolon = item.find(';');
    const std::string_view name = trimmed(item.substr(0, semicolon));
    const int weight = weight_of(semicolon == std::string_view::npos ? std::string_view() : item.substr(semicolon + 1));
    if (is_named(name, "zstd")) zstd = weight;
    if (is_named(name, "gzip") || is_named(name, "x-gzip")) gzip = weight;
    if (name == "*") any = weight;
  }
  if (gzip == kUnnamed) gzip = any;
  if (zstd == kUnnamed) zstd = any;
  if (zstd <= 0 && gzip <= 0) return Encoding::kIdentity;
  return zstd >= gzip ? Encoding::kZstd : Encoding::kGzip;
}

}  // namespace built_in
