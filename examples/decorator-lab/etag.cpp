#include <cstdint>

#include <sojourn/function.h>

namespace {

// FNV-1a, 64 bits: enough to tell whether a reply has changed.
std::string tag_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return "\"" + std::to_string(hash) + "\"";
}

}  // namespace

// Gives every reply a tag, and who has that very reply already gets a short 304.
sojourn::Response etag(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  sojourn::Response reply = next(request);
  if (reply.status() != 200 || reply.streamed() || reply.header("etag")) return reply;
  const std::string tag = tag_of(reply.body());
  if (request.header("if-none-match") == tag) return sojourn::Response::empty(304).header("etag", tag);
  return reply.header("etag", tag), reply;
}
SOJOURN_DECORATOR(etag)
