// A Response is what a function answers: a status, header fields and a body. It is a value that owns its bytes.
//
//   return Response::text("made\n").status(201).header("location", "/things/7");
//
// Rules:     status 200 to 599. The host refuses header names and values that HTTP does not allow, and sets
//            Content-Length itself. header() replaces a field, add_header() appends one more.
// Lifetime:  body() shows the bytes until the Response is changed, moved or gone.
// Cost:      text() and json() of a string move it in; nothing else is allocated for a plain reply.
// Thread:    a value; one thread at a time.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <sojourn/abi.h>
#include <sojourn/bytes.h>
#include <sojourn/fields.h>
#include <sojourn/json.h>

namespace sojourn {
inline namespace v1 {
namespace detail {
struct Outgoing;
}

class Response {
 public:
  Response() = default;  // 200 with an empty body

  static Response text(std::string body) { return Response(std::move(body), "text/plain; charset=utf-8"); }
  static Response html(std::string body) { return Response(std::move(body), "text/html; charset=utf-8"); }
  static Response bytes(std::string body, std::string_view type);
  static Response empty(int status = 204) { return std::move(Response().status(status)); }
  static Response redirect(std::string_view to, int status = 303) {
    return std::move(Response().status(status).header("location", to));
  }

  // JSON from text that is JSON already, or from a value: a nlohmann::json, a braced list of pairs, or anything
  // that nlohmann::json is made of. A value needs <nlohmann/json.hpp>.
  template <class Text>
  requires(std::convertible_to<Text, std::string_view> && !detail::JsonValue<std::remove_cvref_t<Text>>) static Response
      json(Text&& text) {
    return Response(std::string(std::forward<Text>(text)), "application/json");
  }
  template <detail::JsonValue Json>
  requires(!std::same_as<Json, detail::DefaultJson>) static Response json(const Json& value) {
    return Response(value.dump(), "application/json");
  }
  template <class Json = detail::DefaultJson>
  static Response json(const std::type_identity_t<Json>& value);

  Response& status(int value) & { return status_ = value, *this; }
  Response& body(std::string value) & { return body_ = std::move(value), where_ = Body::kHere, *this; }
  Response& header(std::string_view name, std::string_view value) & { return headers_.set(name, value), *this; }
  Response& add_header(std::string_view name, std::string_view value) & { return headers_.add(name, value), *this; }
  Response& drop_header(std::string_view name) & { return headers_.drop(name), *this; }
  Response&& status(int value) && { return std::move(status(value)); }
  Response&& body(std::string value) && { return std::move(body(std::move(value))); }
  Response&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
  Response&& add_header(std::string_view name, std::string_view value) && { return std::move(add_header(name, value)); }
  Response&& drop_header(std::string_view name) && { return std::move(drop_header(name)); }

  int status() const noexcept { return status_; }
  std::string_view body() const noexcept { return body_; }
  std::optional<std::string> header(std::string_view name) const { return headers_.joined(name); }
  std::vector<std::string> headers(std::string_view name) const { return headers_.all(name); }
  std::vector<Header> headers() const { return headers_.list(); }
  // The body is not in body(): it follows piece by piece (a streamed reply of next or context.call, see next.h), or it
  // has gone out already (what Stream::end() gives).
  bool streamed() const noexcept { return where_ != Body::kHere; }

  // To and from the ABI's form: the copy owns its bytes, the view is valid until this Response is changed.
  static Response copy_of(const sj_response& response, unsigned long turn = 0);
  sj_response to_abi() const noexcept {
    return {sizeof(sj_response), status_, 0, headers_.view(), detail::to_bytes(body_)};
  }

 private:
  friend class Stream;
  friend struct detail::Outgoing;
  enum class Body { kHere, kFollows, kSent };

  // REQUIRES: type is a string literal.
  Response(std::string body, std::string_view type) : body_(std::move(body)) {
    headers_.add_literal("content-type", type);
  }

  int status_ = 200;
  Body where_ = Body::kHere;
  unsigned long turn_ = 0;  // kFollows: which result of the call it is the body of
  std::string body_;
  detail::Fields headers_;
};

inline Response Response::bytes(std::string body, std::string_view type) {
  Response response;
  response.body_ = std::move(body);
  response.headers_.set("content-type", type);
  return response;
}

template <class Json>
Response Response::json(const std::type_identity_t<Json>& value) {
  static_assert(detail::JsonValue<Json>,
                "Response::json of a value needs the JSON library: put #include <nlohmann/json.hpp> into this file");
  return Response(value.dump(), "application/json");
}

inline Response Response::copy_of(const sj_response& response, unsigned long turn) {
  Response copy;
  if (response.streamed != 0) copy.where_ = Body::kFollows;
  copy.turn_ = turn;
  copy.status_ = response.status;
  copy.headers_ = detail::Fields::copy_of(response.headers);
  copy.body_ = detail::to_view(response.body);
  return copy;
}

}  // namespace v1
}  // namespace sojourn
