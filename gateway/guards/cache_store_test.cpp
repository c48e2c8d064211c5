#include "gateway/guards/cache_store.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace sojourn {
namespace {

constexpr MonotonicTime kNow{std::chrono::hours(1000)};

struct Asked {
  std::vector<HeaderField> headers;
  RequestView view;
  explicit Asked(std::string_view language = {}) {
    if (!language.empty()) headers.push_back({"accept-language", language});
    view.method = "GET";
    view.headers = headers;
  }
};

CacheEntryPtr entry(const Asked& asked, std::string_view body, std::string_view vary = {}) {
  std::vector<HeaderField> headers = {{"etag", "\"1\""}};
  if (!vary.empty()) headers.push_back({"vary", vary});
  return CacheEntry::make(asked.view, {200, headers, body, {}}, {}, kNow);
}

std::string found(CacheStore& store, std::string_view key, const Asked& asked) {
  const auto one = store.find(key, asked.view);
  return one ? one->is_note() ? "a note" : one->body() : "nothing";
}

}  // namespace

TEST_CASE("cache store: an entry is found under its key until it is replaced or removed") {
  CacheStore store(1u << 20);
  const Asked asked;
  CHECK(found(store, "a", asked) == "nothing");
  store.put("a", asked.view, entry(asked, "one"));
  store.put("b", asked.view, entry(asked, "two"));
  CHECK(found(store, "a", asked) == "one");
  store.put("a", asked.view, entry(asked, "new"));
  CHECK(found(store, "a", asked) == "new");
  store.remove("a");
  CHECK(found(store, "a", asked) == "nothing");
  CHECK(found(store, "b", asked) == "two");
  store.remove("b");
  CHECK(store.bytes() == 0);
}

TEST_CASE("cache store: what Vary names tells entries of one key apart") {
  CacheStore store(1u << 20);
  const Asked german("de");
  const Asked french("fr");
  store.put("a", german.view, entry(german, "hallo", "Accept-Language"));
  CHECK(found(store, "a", french) == "nothing");
  store.put("a", french.view, entry(french, "salut", "Accept-Language"));
  CHECK(found(store, "a", german) == "hallo");
  CHECK(found(store, "a", french) == "salut");
  CHECK(found(store, "a", Asked()) == "nothing");
}

TEST_CASE("cache store: variants of one key are bounded, the oldest goes first") {
  CacheStore store(1u << 20);
  const Asked first("0");
  store.put("a", first.view, entry(first, "0", "accept-language"));
  for (std::size_t i = 1; i <= CacheStore::kVariantsMax; ++i) {
    const std::string text = std::to_string(i);
    const Asked asked(text);
    store.put("a", asked.view, entry(asked, text, "accept-language"));
  }
  CHECK(found(store, "a", first) == "nothing");
  CHECK(found(store, "a", Asked("1")) == "1");
}

TEST_CASE("cache store: bytes stay below the bound, and what is asked for stays longest") {
  CacheStore store(1u << 20);
  const Asked asked;
  const std::string body(4096, 'x');
  store.put("kept", asked.view, entry(asked, body));
  for (int i = 0; i < 1000; ++i) {
    store.put("key " + std::to_string(i), asked.view, entry(asked, body));
    CHECK(store.bytes() <= 1u << 20);
    REQUIRE(found(store, "kept", asked) == body);
  }
  CHECK(store.bytes() > 1u << 19);
  CHECK(found(store, "key 0", asked) == "nothing");
  CHECK(found(store, "key 999", asked) == body);
}

TEST_CASE("cache store: an entry larger than a part's share is not kept") {
  CacheStore store(64u << 10);
  const Asked asked;
  store.put("a", asked.view, entry(asked, std::string(8u << 10, 'x')));
  CHECK(found(store, "a", asked) == "nothing");
  CHECK(store.bytes() == 0);
}

TEST_CASE("cache store: a note stands where nothing else does, and goes when an entry comes") {
  CacheStore store(1u << 20);
  const Asked asked;
  store.put("a", asked.view, CacheEntry::make_note(kNow));
  CHECK(found(store, "a", asked) == "a note");
  store.put("a", asked.view, entry(asked, "one"));
  CHECK(found(store, "a", asked) == "one");
  store.put("a", asked.view, CacheEntry::make_note(kNow));
  CHECK(found(store, "a", asked) == "one");
}

}  // namespace sojourn
