#include "gateway/access/cors_reply.h"

#include <algorithm>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr std::string_view kAny = "*";

std::string_view value_of(std::span<const HeaderField> headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &HeaderField::name);
  return found == headers.end() ? std::string_view() : found->value;
}

bool is_any(const std::vector<std::string>& list) {
  return list.size() == 1 && list.front() == kAny;
}

// `https://*.example.com` stands for every host below it, not for example.com.
bool fits_origin(std::string_view pattern, std::string_view origin) {
  const std::size_t star = pattern.find("://*.");
  if (star == std::string_view::npos) return pattern == origin;
  const std::string_view scheme = pattern.substr(0, star + 3);
  const std::string_view domain = pattern.substr(star + 4);
  if (origin.size() <= scheme.size() + domain.size()) return false;
  return origin.starts_with(scheme) && origin.ends_with(domain);
}

bool allows_origin(const Cors& cors, std::string_view origin) {
  return is_any(cors.origins) ||
         std::ranges::any_of(cors.origins, [&](const std::string& pattern) { return fits_origin(pattern, origin); });
}

std::string joined(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list.append(list.empty() ? "" : ", ").append(text);
  return list;
}

// The first of a comma-separated list of header names that is not allowed, or empty.
std::string first_refused(const Cors& cors, std::string_view list) {
  if (is_any(cors.headers)) return {};
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string name;
    for (const char c : list.substr(0, comma)) {
      if (c != ' ' && c != '\t') name += ascii_lower(c);
    }
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (!name.empty() && std::ranges::find(cors.headers, name) == cors.headers.end()) return name;
  }
  return {};
}

Error forbidden(std::string text) {
  return Error(ErrorCode::kForbidden, std::move(text));
}

}  // namespace

CorsReply::CorsReply(const Cors& cors, std::span<const HeaderField> headers) {
  const std::string_view origin = value_of(headers, "origin");
  if (!origin.empty() && allows_origin(cors, origin)) {
    add("access-control-allow-origin", is_any(cors.origins) ? kAny : origin);
    if (cors.credentials) add("access-control-allow-credentials", "true");
  }
  // The reply is another one for another origin, also when this one is not allowed or there is none.
  if (!is_any(cors.origins)) add("vary", "Origin");
}

bool is_preflight(std::string_view method, std::span<const HeaderField> headers) {
  return method == "OPTIONS" && !value_of(headers, "origin").empty() &&
         !value_of(headers, "access-control-request-method").empty();
}

Result<PreflightReply> PreflightReply::of(const Cors& cors, std::span<const HeaderField> headers) {
  const std::string_view origin = value_of(headers, "origin");
  if (!allows_origin(cors, origin)) {
    return forbidden("pages of " + std::string(origin.substr(0, 200)) + " may not call this (cors.origins)");
  }
  const std::string_view method = value_of(headers, "access-control-request-method");
  if (!is_any(cors.methods) && std::ranges::find(cors.methods, method) == cors.methods.end()) {
    return forbidden("pages may not call this by " + std::string(method.substr(0, 40)) + " (cors.methods)");
  }
  const std::string_view asked = value_of(headers, "access-control-request-headers");
  if (const std::string refused = first_refused(cors, asked); !refused.empty()) {
    return forbidden("pages may not send the header " + refused.substr(0, 200) + " (cors.headers)");
  }
  PreflightReply reply;
  reply.methods_ = is_any(cors.methods) ? std::string(method) : joined(cors.methods);
  reply.headers_ = is_any(cors.headers) ? std::string(asked) : joined(cors.headers);
  reply.max_age_ = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(cors.max_age).count());
  return reply;
}

std::vector<HeaderField> PreflightReply::fields() const {
  std::vector<HeaderField> fields = {{"access-control-allow-methods", methods_}, {"access-control-max-age", max_age_}};
  if (!headers_.empty()) fields.push_back({"access-control-allow-headers", headers_});
  return fields;
}

}  // namespace sojourn
