// A Request is what a function is called with, and what it calls others with. It is a value: copy it, change
// the copy, keep it, hand it on. The one the host passes in borrows the host's bytes, so reading it copies
// nothing; a copy owns every byte of its own.
//
// Lifetime:  every string_view lives as long as the Request it came from, also after a setter. The host's own
//            Request ends with the call: keep a copy, not a reference.
// Names:     header names are found in any case and kept in lower case.
// Thread:    a value; one thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sojourn/abi.h>
#include <sojourn/byte_keep.h>
#include <sojourn/bytes.h>
#include <sojourn/cookie.h>
#include <sojourn/fields.h>
#include <sojourn/json.h>
#include <sojourn/percent.h>

namespace sojourn {
inline namespace v1 {

class Request {
 public:
  Request() = default;  // GET /
  Request(const Request& other);
  Request(Request&&) noexcept = default;
  Request& operator=(const Request& other) { return *this = Request(other); }
  Request& operator=(Request&&) noexcept = default;
  ~Request() = default;

  // A request of one's own; the target is a path with an optional query, encoded as in a URL.
  static Request get(std::string_view target) { return Request("GET", target); }
  static Request post(std::string_view target, std::string_view body, std::string_view type = "application/json") {
    return std::move(Request("POST", target).header("content-type", type).body(body));
  }
  // Sees the host's request without copying it. Valid as long as that is.
  static Request borrow(const sj_request& request) noexcept;

  std::string_view method() const noexcept { return method_; }
  std::string_view path() const noexcept { return path_; }        // decoded once, "/" at least
  std::string_view raw_query() const noexcept { return query_; }  // as sent, without the question mark
  std::string_view body() const noexcept { return body_; }
  std::string_view remote_address() const noexcept { return remote_; }

  // Decoded. The plural gives every value in order; without a name, every pair.
  std::optional<std::string> query(std::string_view name) const;
  std::vector<std::string> queries(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> queries() const;

  // A header that was sent several times comes joined by ", "; the plural gives the values one by one.
  std::optional<std::string> header(std::string_view name) const { return headers_.joined(name); }
  std::vector<std::string> headers(std::string_view name) const { return headers_.all(name); }
  std::vector<Header> headers() const { return headers_.list(); }

  // Without the double quotes that a value may stand in; otherwise as sent.
  std::optional<std::string> cookie(std::string_view name) const;

  // The body as JSON: Error 400 when it is none. Needs <nlohmann/json.hpp>.
  template <class Json = detail::DefaultJson>
  Json json() const {
    return detail::parse_json<Json>(body_, "the request body");
  }

  Request& method(std::string_view value) & { return put(method_, value); }
  Request& path(std::string_view decoded) & { return put(path_, decoded); }
  Request& raw_query(std::string_view encoded) & { return put(query_, encoded); }
  Request& body(std::string_view value) & { return put(body_, value); }
  Request& header(std::string_view name, std::string_view value) &;      // replaces
  Request& add_header(std::string_view name, std::string_view value) &;  // appends
  Request& drop_header(std::string_view name) &;
  Request&& method(std::string_view value) && { return std::move(method(value)); }
  Request&& path(std::string_view decoded) && { return std::move(path(decoded)); }
  Request&& raw_query(std::string_view encoded) && { return std::move(raw_query(encoded)); }
  Request&& body(std::string_view value) && { return std::move(body(value)); }
  Request&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
  Request&& add_header(std::string_view name, std::string_view value) && { return std::move(add_header(name, value)); }
  Request&& drop_header(std::string_view name) && { return std::move(drop_header(name)); }

  // The request in the ABI's form. Valid as long as this Request is and until it is changed.
  sj_request to_abi() const noexcept;

 private:
  Request(std::string_view method, std::string_view target);

  Request& put(std::string_view& part, std::string_view value) {
    part = keep_.keep(value);
    return *this;
  }

  std::string_view method_ = "GET";
  std::string_view path_ = "/";
  std::string_view query_;
  std::string_view remote_;
  std::string_view body_;
  detail::Fields headers_;
  detail::ByteKeep keep_;  // what the views show, unless it is the host's or a literal
};

inline Request::Request(const Request& other) : headers_(other.headers_) {
  keep_.reserve(other.method_.size() + other.path_.size() + other.query_.size() + other.remote_.size() +
                other.body_.size());
  method_ = keep_.keep(other.method_);
  path_ = keep_.keep(other.path_);
  query_ = keep_.keep(other.query_);
  remote_ = keep_.keep(other.remote_);
  body_ = keep_.keep(other.body_);
}

inline Request::Request(std::string_view method, std::string_view target) {
  const std::size_t mark = target.find('?');
  const std::string path = detail::percent_decode(target.substr(0, mark), detail::Plus::kLiteral);
  put(method_, method);
  if (!path.empty()) put(path_, path);
  if (mark != std::string_view::npos) put(query_, target.substr(mark + 1));
}

inline Request Request::borrow(const sj_request& request) noexcept {
  Request borrowed;
  borrowed.method_ = detail::to_view(request.method);
  borrowed.path_ = detail::to_view(request.path);
  borrowed.query_ = detail::to_view(request.query);
  borrowed.remote_ = detail::to_view(request.remote);
  borrowed.body_ = detail::to_view(request.body);
  borrowed.headers_ = detail::Fields(request.headers);
  return borrowed;
}

inline std::optional<std::string> Request::query(std::string_view name) const {
  std::optional<std::string> found;
  detail::each_query_pair(query_, [&](std::string_view key, std::string_view value) {
    if (!detail::decodes_to(key, name)) return true;
    found = detail::percent_decode(value, detail::Plus::kSpace);
    return false;
  });
  return found;
}

inline std::vector<std::string> Request::queries(std::string_view name) const {
  std::vector<std::string> values;
  detail::each_query_pair(query_, [&](std::string_view key, std::string_view value) {
    if (detail::decodes_to(key, name)) values.push_back(detail::percent_decode(value, detail::Plus::kSpace));
    return true;
  });
  return values;
}

inline std::vector<std::pair<std::string, std::string>> Request::queries() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  detail::each_query_pair(query_, [&](std::string_view key, std::string_view value) {
    pairs.emplace_back(detail::percent_decode(key, detail::Plus::kSpace),
                       detail::percent_decode(value, detail::Plus::kSpace));
    return true;
  });
  return pairs;
}

inline std::optional<std::string> Request::cookie(std::string_view name) const {
  const sj_fields fields = headers_.view();
  for (std::size_t i = 0; i < fields.count; ++i) {
    if (!detail::same_name("cookie", detail::to_view(fields.items[i].name))) continue;
    const auto found = detail::cookie_in(detail::to_view(fields.items[i].value), name);
    if (found) return std::string(*found);
  }
  return std::nullopt;
}

inline Request& Request::header(std::string_view name, std::string_view value) & {
  headers_.set(name, value);
  return *this;
}

inline Request& Request::add_header(std::string_view name, std::string_view value) & {
  headers_.add(name, value);
  return *this;
}

inline Request& Request::drop_header(std::string_view name) & {
  headers_.drop(name);
  return *this;
}

inline sj_request Request::to_abi() const noexcept {
  return {sizeof(sj_request),        detail::to_bytes(method_), detail::to_bytes(path_), detail::to_bytes(query_),
          detail::to_bytes(remote_), headers_.view(),           detail::to_bytes(body_)};
}

}  // namespace v1
}  // namespace sojourn
