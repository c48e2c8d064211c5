#include <algorithm>
#include <string>

#include <sojourn/function.h>

using sojourn::Context;
using sojourn::Request;
using sojourn::Response;

namespace {

Response upper(const Request& request, Context&) {
  std::string text(request.body());
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return Response::text(std::move(text));
}

Response lower(const Request& request, Context&) {
  std::string text(request.body());
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return Response::text(std::move(text));
}

// By bytes, so meant for ASCII.
Response reverse(const Request& request, Context&) {
  return Response::text(std::string(request.body().rbegin(), request.body().rend()));
}

}  // namespace

SOJOURN_FUNCTION(upper)
SOJOURN_FUNCTION(lower)
SOJOURN_FUNCTION(reverse)
