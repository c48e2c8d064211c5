#include "gateway/http/target.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "gateway/http/characters.h"

namespace sojourn {
namespace {

enum : std::uint8_t { kRejected = 1, kNeedsWork = 2 };  // kNeedsWork: an escape, or a dot that may be a segment

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = c <= 0x20 || c >= 0x7F || c == '#' ? kRejected : 0;
  table['%'] = table['.'] = kNeedsWork;
  return table;
}();

unsigned classes_in(std::string_view text) {
  unsigned classes = 0;
  for (const char c : text) classes |= kClasses[static_cast<unsigned char>(c)];
  return classes;
}

Error bad(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

Status decode(std::string_view path, std::string& decoded) {
  decoded.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      decoded += path[i];
      continue;
    }
    const int high = i + 2 < path.size() ? hex_digit(path[i + 1]) : -1;
    const int low = i + 2 < path.size() ? hex_digit(path[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("the path holds a % that is not followed by two hexadecimal digits");
    if (high == 0 && low == 0) return bad("the path holds %00");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return {};
}

// Resolves "." and ".." segments in place (RFC 3986, 5.2.4); nothing climbs above the root.
void resolve_dots(std::string& path) {
  std::size_t written = 0;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment(path.data() + at + 1, end - at - 1);
    const bool is_parent = segment == "..";
    if (is_parent || segment == ".") {
      while (is_parent && written > 0 && path[--written] != '/') {
      }
      if (end == path.size()) path[written++] = '/';
    } else {
      std::copy(path.begin() + static_cast<std::ptrdiff_t>(at), path.begin() + static_cast<std::ptrdiff_t>(end),
                path.begin() + static_cast<std::ptrdiff_t>(written));
      written += end - at;
    }
    at = end;
  }
  path.resize(written);
}

// Cuts `scheme://authority` off, when it names this host.
Status strip_authority(std::string_view& target, std::string_view host) {
  std::size_t scheme = 0;
  for (const std::string_view prefix : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, prefix.size()), prefix)) scheme = prefix.size();
  }
  if (scheme == 0) return bad("the target is neither a path nor an http URL");
  const std::size_t end = std::min(target.find_first_of("/?", scheme), target.size());
  const std::string_view authority = target.substr(scheme, end - scheme);
  if (authority.empty() || !equals_ignoring_case(authority, host)) {
    return bad("the authority of the target is not the Host");
  }
  target.remove_prefix(end);
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view target, std::string_view method, std::string_view host,
                            std::string& decoded) {
  if (target == "*") {
    if (method != "OPTIONS") return bad("the target * is for OPTIONS only");
    return Target{"/", {}};
  }
  if (!target.starts_with('/')) {
    if (Status stripped = strip_authority(target, host); !stripped.ok()) return stripped.error();
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, mark);
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  const unsigned classes = classes_in(path);
  if ((classes | classes_in(query)) & kRejected) return bad("the target holds a byte that has to be escaped");
  if (path.empty()) path = "/";
  if (classes & kNeedsWork) {
    if (Status done = decode(path, decoded); !done.ok()) return done.error();
    resolve_dots(decoded);
    path = decoded;
  }
  return Target{path, query};
}

}  // namespace sojourn
