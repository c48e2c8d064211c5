#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include "functions/built_in_test.h"
#include "functions/compress/accept_encoding.h"

namespace built_in {
sojourn::Response compress(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context);
}

using built_in::best_encoding;
using built_in::Encoding;
using sojourn::Request;
using sojourn::Response;

namespace {

const std::string kLong(5000, 'a');

Response reply_of(Response inner, const char* accept = "gzip", const char* with = "") {
  built_in::Stage stage(with);
  stage.context.inner = [inner](const Request&) { return inner; };
  return stage.call(built_in::compress, Request::get("/").header("accept-encoding", accept));
}

std::string gunzipped(std::string_view packed) {
  std::string bytes(100'000, '\0');
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  CHECK(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  ::inflateEnd(&stream);
  return bytes;
}

}  // namespace

TEST_CASE("compress: a client's favourite encoding is taken, zstd before gzip") {
  CHECK(best_encoding("") == Encoding::kIdentity);
  CHECK(best_encoding("br") == Encoding::kIdentity);
  CHECK(best_encoding("gzip, deflate, br") == Encoding::kGzip);
  CHECK(best_encoding("gzip, zstd") == Encoding::kZstd);
  CHECK(best_encoding("GZIP;q=0.8, zstd;q=0.5") == Encoding::kGzip);
  CHECK(best_encoding("gzip;q=0, *") == Encoding::kZstd);
  CHECK(best_encoding("*;q=0") == Encoding::kIdentity);
  CHECK(best_encoding("gzip ; q=nonsense") == Encoding::kIdentity);
}

TEST_CASE("compress: a long text comes back whole from gzip and from zstd") {
  const auto zipped = reply_of(Response::text(kLong));
  CHECK(zipped.header("content-encoding") == "gzip");
  CHECK(zipped.header("vary") == "accept-encoding");
  CHECK(gunzipped(zipped.body()) == kLong);

  const auto packed = reply_of(Response::text(kLong), "zstd");
  CHECK(packed.header("content-encoding") == "zstd");
  std::string bytes(kLong.size(), '\0');
  CHECK(::ZSTD_decompress(bytes.data(), bytes.size(), packed.body().data(), packed.body().size()) == kLong.size());
  CHECK(bytes == kLong);
}

TEST_CASE("compress: what is short, encoded, partial, forbidden or does not shrink passes as it is") {
  CHECK(reply_of(Response::text("short")).body() == "short");
  CHECK(reply_of(Response::text(kLong).header("content-encoding", "br")).body() == kLong);
  CHECK(reply_of(Response::text(kLong).status(206)).body() == kLong);
  CHECK(reply_of(Response::text(kLong).header("cache-control", "no-transform")).body() == kLong);
  CHECK(reply_of(Response::bytes(kLong, "image/png")).body() == kLong);
  CHECK(reply_of(Response::text(kLong), "identity").body() == kLong);
}

TEST_CASE("compress: a strong tag becomes a weak one, since the bytes are others") {
  CHECK(reply_of(Response::text(kLong).header("etag", "\"v1\"")).header("etag") == "W/\"v1\"");
  CHECK(reply_of(Response::text(kLong).header("etag", "W/\"v1\"")).header("etag") == "W/\"v1\"");
}

TEST_CASE("compress: minSize says from how many bytes on") {
  CHECK(reply_of(Response::text(std::string(200, 'a')), "gzip", R"({"minSize":100})").header("content-encoding") ==
        "gzip");
}
