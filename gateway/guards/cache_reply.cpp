#include "gateway/guards/cache_reply.h"

#include <algorithm>
#include <array>

#include "gateway/guards/cache_rules.h"

namespace sojourn {
namespace {

// The fields of a 200 that a 304 has to repeat (RFC 9110, 15.4.5), and what this cache says itself.
bool belongs_to_304(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {"age",  "cache-control", "cache-status", "content-location",
                                                      "date", "etag",          "expires",      "vary"};
  return std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace

CacheReply::CacheReply(std::string_view word) : status_("sojourn; ") {
  status_ += word;
}

ReplyView CacheReply::of(const CacheEntry& entry, const RequestView& request, MonotonicTime now) {
  headers_.assign(entry.headers().begin(), entry.headers().end());
  const std::chrono::seconds age = entry.age(now);
  age_ = std::to_string(age.count());
  headers_.push_back({"age", age_});
  if (status_.ends_with("; hit")) status_ += "; ttl=" + std::to_string((entry.terms().lifetime - age).count());
  ReplyView reply;
  reply.status = entry.status();
  reply.body = entry.body();
  return finish(reply, request);
}

ReplyView CacheReply::of(const ReplyView& reply, const RequestView& request) {
  headers_.assign(reply.headers.begin(), reply.headers.end());
  return finish(reply, request);
}

ReplyView CacheReply::finish(ReplyView reply, const RequestView& request) {
  headers_.push_back({"cache-status", status_});
  const bool has_it =
      reply.status == 200 && client_has(request, field_of(headers_, "etag"), field_of(headers_, "last-modified"));
  if (has_it) {
    std::erase_if(headers_, [](const HeaderField& field) { return !belongs_to_304(field.name); });
    reply.status = 304;
    reply.body = {};
  }
  reply.headers = headers_;
  return reply;
}

}  // namespace sojourn
