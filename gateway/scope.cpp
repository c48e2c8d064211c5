#include "gateway/scope.h"

#include <array>
#include <cstddef>

namespace sojourn {
namespace {

constexpr std::size_t kGlobLengthMax = 128;  // bytes
constexpr std::array<std::string_view, 5> kVerbs = {"invoke", "publish", "deploy", "read", "admin"};

}  // namespace

std::string_view name(Verb verb) {
  return kVerbs[static_cast<std::size_t>(verb)];
}

std::string Scope::text() const {
  std::string text(name(verb));
  if (!glob.empty()) text.append(":").append(glob);
  return text;
}

Result<Scope> parse_scope(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view verb = text.substr(0, colon);
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    if (verb != kVerbs[i]) continue;
    Scope scope{static_cast<Verb>(i), {}};
    if (colon == std::string_view::npos) return scope;
    scope.glob = text.substr(colon + 1);
    if (scope.glob.empty() || scope.glob.size() > kGlobLengthMax) {
      return Error(ErrorCode::kBadRequest, "scope `" + std::string(verb) + ":`: the pattern has to have 1 to " +
                                               std::to_string(kGlobLengthMax) + " bytes");
    }
    return scope;
  }
  return Error(ErrorCode::kBadRequest, "scope `" + std::string(text.substr(0, 64)) +
                                           "` is not one of invoke, publish, deploy, read, admin, or one of them "
                                           "narrowed as in deploy:shop-*");
}

bool allows(const std::vector<Scope>& scopes, Verb verb, std::string_view function) {
  for (const Scope& scope : scopes) {
    if (scope.verb != verb && scope.verb != Verb::kAdmin) continue;
    if (scope.glob.empty()) return true;
    if (!function.empty() && fits_glob(scope.glob, function)) return true;
  }
  return false;
}

bool fits_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last `*` seen
  std::size_t taken = 0;                      // where in the text that star's match ends
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace sojourn
