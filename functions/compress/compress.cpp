// compress: sends replies in the encoding that the client likes best: zstd or gzip, at equal weight zstd.
//
//   decorators:
//     - {use: compress, with: {minSize: 1024, level: 6}}
//
// Compressed is what is worth it: at least `minSize` bytes (1024), of a type that shrinks (text, JSON, XML,
// JavaScript, SVG, WebAssembly), with status 200 to 299 but 204 and 206, not encoded already, and not marked
// `Cache-Control: no-transform`. Whether it is compressed or not, such a reply says `Vary: Accept-Encoding`. A strong
// ETag becomes a weak one, as RFC 9110 (8.8.3) asks. Streams pass as they are. `level` is gzip's, 1 to 9 (6).
#include <algorithm>
#include <nlohmann/json.hpp>

#include <sojourn/function.h>

#include "functions/compress/accept_encoding.h"
#include "functions/compress/encoders.h"

namespace built_in {
namespace {

struct Configuration {
  std::size_t min_size = 1024;  // bytes
  int level = 6;
};

Configuration configuration;  // once per instance

void read_configuration(sojourn::StartContext& context) {
  const auto with = context.with<nlohmann::json>();
  configuration = {};
  if (!with.is_object()) return;
  configuration.min_size = with.value("minSize", configuration.min_size);
  configuration.level = with.value("level", configuration.level);
}

bool shrinks(std::string_view type) {
  type = type.substr(0, type.find(';'));
  constexpr std::string_view kTypes[] = {"application/json",         "application/javascript", "application/xml",
                                         "application/x-ndjson",     "application/wasm",       "image/svg+xml",
                                         "application/manifest+json"};
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
         std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

bool may_be_encoded(const sojourn::Response& reply) {
  if (reply.streamed() || reply.status() < 200 || reply.status() > 299) return false;
  if (reply.status() == 204 || reply.status() == 206 || reply.header("content-encoding")) return false;
  if (reply.header("cache-control").value_or("").find("no-transform") != std::string::npos) return false;
  return shrinks(reply.header("content-type").value_or(""));
}

void make_weak(sojourn::Response& reply) {
  const auto tag = reply.header("etag");
  if (tag && tag->starts_with('"')) reply.header("etag", "W/" + *tag);
}

}  // namespace

sojourn::Response compress(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  sojourn::Response reply = next(request);
  if (!may_be_encoded(reply)) return reply;
  reply.add_header("vary", "accept-encoding");
  if (request.method() == "HEAD" || reply.body().size() < configuration.min_size) return reply;
  const Encoding encoding = best_encoding(request.header("accept-encoding").value_or(""));
  if (encoding == Encoding::kIdentity) return reply;
  std::string packed = encoding == Encoding::kZstd ? zstd(reply.body()) : gzip(reply.body(), configuration.level);
  if (packed.size() >= reply.body().size()) return reply;
  make_weak(reply);
  reply.header("content-encoding", encoding == Encoding::kZstd ? "zstd" : "gzip").body(std::move(packed));
  return reply;
}

SOJOURN_START(read_configuration)
SOJOURN_DECORATOR(compress)
SOJOURN_WITH(compress, R"({"type": "object", "additionalProperties": false, "properties": {
  "minSize": {"type": "integer", "minimum": 0},
  "level": {"type": "integer", "minimum": 1, "maximum": 9}}})")

}  // namespace built_in
