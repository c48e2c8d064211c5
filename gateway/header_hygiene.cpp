#include "gateway/header_hygiene.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/hop_by_hop.h"

namespace sojourn {
namespace {}  // namespace

bool reaches_function(std::string_view name) {
  switch (name.size()) {
    case 6:
      return name != "expect";
    case 9:
      return name != "x-call-id" && name != "x-timeout";
    case 15:
      return name != "sojourn-attempt" && !is_hop_by_hop(name);
    default:
      return !is_hop_by_hop(name);
  }
}

bool reaches_client(std::string_view name) {
  switch (name.front()) {
    case 'a':
      return name != "alt-svc";
    case 'c':
      return name != "clear-site-data" && name != "connection" && name != "content-length";
    case 's':
      return name != "service-worker-allowed" && name != "server-timing";
    case 'x':
      return name != "x-call-id" && !name.starts_with("x-sojourn-");
    default:
      return !is_hop_by_hop(name);
  }
}

bool names_field(std::string_view tokens, std::string_view name) {
  while (!tokens.empty()) {
    const std::size_t comma = tokens.find(',');
    if (equals_ignoring_case(trimmed(tokens.substr(0, comma)), name)) return true;
    if (comma == std::string_view::npos) break;
    tokens.remove_prefix(comma + 1);
  }
  return false;
}

void pass_to_function(std::span<const HeaderField> headers, const Withheld& withheld,
                      std::vector<HeaderField>& passed) {
  passed.clear();
  std::string_view connection;
  for (const HeaderField& field : headers) {
    if (field.name == "connection") connection = field.value;
  }
  // Almost every Connection names nothing but the two words that are no fields.
  const bool names_more = !connection.empty() && !equals_ignoring_case(connection, "keep-alive") &&
                          !equals_ignoring_case(connection, "close");
  for (const HeaderField& field : headers) {
    if (!reaches_function(field.name)) continue;
    if (field.name == withheld[0] || field.name == withheld[1]) continue;
    if (names_more && names_field(connection, field.name)) continue;
    passed.push_back(field);
  }
}

void pass_to_client(std::span<const HeaderField> headers, std::vector<HeaderField>& passed) {
  for (const HeaderField& field : headers) {
    if (!field.name.empty() && reaches_client(field.name)) passed.push_back(field);
  }
}

}  // namespace sojourn
