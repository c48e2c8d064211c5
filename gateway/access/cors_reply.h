// What CORS adds to the replies of one request: whether the page that it comes from may read them. And the answer to a
// preflight, by which a browser asks before it sends the request itself.
//
// Thread: values; any thread. Views into the request's head and the function's configuration, which live longer.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/access.h"
#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

class CorsReply {
 public:
  CorsReply() = default;  // without CORS: nothing is added
  CorsReply(const Cors& cors, std::span<const HeaderField> headers);

  // Belong to every reply to the request, errors included. A function's own fields of CORS give way to them.
  std::span<const HeaderField> fields() const { return {fields_.data(), count_}; }

 private:
  void add(std::string_view name, std::string_view value) { fields_[count_++] = {name, value}; }

  std::array<HeaderField, 3> fields_{};
  std::size_t count_ = 0;
};

// Whether a browser asks by this request what it may send: OPTIONS with Origin and Access-Control-Request-Method.
bool is_preflight(std::string_view method, std::span<const HeaderField> headers);

// The fields of a preflight's reply, or kForbidden with what the configuration does not allow.
class PreflightReply {
 public:
  static Result<PreflightReply> of(const Cors& cors, std::span<const HeaderField> headers);
  // Beside those of CorsReply. Valid as long as this.
  std::vector<HeaderField> fields() const;

 private:
  std::string methods_;
  std::string headers_;
  std::string max_age_;
};

}  // namespace sojourn
