#include "gateway/http/head_check.h"

#include <doctest/doctest.h>
#include <random>
#include <string>
#include <vector>

#include "gateway/http/chunk_check.h"
#include "gateway/http/framing.h"

namespace sojourn {
namespace {

const HttpLimits kLimits;

struct Verdict {
  HeadCheck::Verdict verdict;
  int status = 0;
  std::size_t size = 0;
  bool operator==(const Verdict&) const = default;
};

// `steps`: how many more bytes there are at each call; the last is repeated.
Verdict check(std::string bytes, const std::vector<std::size_t>& steps) {
  HeadCheck head(kLimits);
  head.reset();
  std::size_t available = 0;
  for (std::size_t i = 0; available < bytes.size(); ++i) {
    available = std::min(bytes.size(), available + steps[std::min(i, steps.size() - 1)]);
    const HeadCheck::Verdict verdict = head.scan(bytes.data(), available);
    if (verdict == HeadCheck::Verdict::kComplete) return {verdict, 0, head.size()};
    if (verdict == HeadCheck::Verdict::kRefused) return {verdict, head.take_refusal().status, 0};
  }
  return {HeadCheck::Verdict::kMore};
}

// Text that is nearly a request: pieces of good and bad ones, in any order, some with a byte changed.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string head() {
    std::string text = one_of({"GET / HTTP/1.1\r\n", "POST /a%20b?c HTTP/1.1\r\n", "PUT http://h/ HTTP/1.1\r\n",
                               "GET / HTTP/1.0\r\n", "\r\nHEAD / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n"});
    if (below(4) > 0) text += "Host: h\r\n";
    for (std::size_t fields = below(4); fields > 0; --fields) {
      text += one_of({"Content-Length: 5\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "A: b\r\n",
                      "Connection: close\r\n", "Connection: Upgrade\r\nUpgrade: x\r\n", "Expect: 100-continue\r\n",
                      "content-length:\t5 \r\n", "Transfer-Encoding:chunked,\r\n", "A: b\r\n c\r\n", "B:\r\n",
                      "Proxy-Connection: keep-alive\r\n", "Connection: upgrade, close,\r\n", "\r\n"});
    }
    return damaged(text + "\r\n", 3);
  }
  std::string chunks() {
    std::string text;
    for (std::size_t chunks = below(4); chunks > 0; --chunks) {
      text += one_of({"5\r\nhello\r\n", "05;a=b\r\nhello\r\n", "a\r\n0123456789\r\n", "1;x=\"y z\"\r\na\r\n"});
    }
    text += one_of({"0\r\n\r\n", "0;z\r\n\r\n", "0\r\nA: b\r\n\r\n", "000\r\nA:\r\nB: c\r\n\r\n"});
    return damaged(text, 3);
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::string one_of(const std::vector<std::string>& pieces) { return pieces[below(pieces.size())]; }
  std::string damaged(std::string text, std::size_t of) {
    constexpr std::string_view kBytes = "\r\n \t:;,0159afGX/%?#\"\\\0\x01\x7f\x80\xff";
    for (std::size_t i = below(of); i > 0; --i) {
      const std::size_t at = below(text.size());
      const char byte = kBytes[below(kBytes.size())];
      switch (below(3)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1);
          break;
      }
      if (text.empty()) text.push_back('x');
    }
    return text;
  }

  std::mt19937 random_;
};

struct Ignore final : Framing::Sink {
  std::string body;
  void on_body_bytes(std::string_view bytes) override { body += bytes; }
};

}  // namespace

TEST_CASE("head: the verdict is the same however the bytes are cut") {
  Generator generate(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = generate.head();
    CAPTURE(text);
    const Verdict whole = check(text, {text.size()});
    REQUIRE(check(text, {1}) == whole);
    REQUIRE(check(text, {1 + generate.below(text.size()), 1 + generate.below(text.size())}) == whole);
  }
}

TEST_CASE("head: what passes the check, llhttp understands in the same way") {
  Generator generate(2);
  int passed = 0;
  int doubted = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = generate.head();
    HeadCheck head(kLimits);
    head.reset();
    if (head.scan(text.data(), text.size()) != HeadCheck::Verdict::kComplete) continue;
    ++passed;
    CAPTURE(text);
    Ignore ignore;
    Framing framing(ignore);
    const Framing::Progress progress = framing.begin(std::string_view(text).substr(0, head.size()));
    const bool no_body = head.facts().body == HeadFacts::Body::kNone;
    // llhttp may be stricter still (about targets), which is a refusal; it must not take it for another message.
    if (progress == Framing::Progress::kBroken) {
      ++doubted;
    } else {
      REQUIRE(progress == (no_body ? Framing::Progress::kComplete : Framing::Progress::kMore));
    }
  }
  CHECK(passed > 5'000);
  CHECK(doubted < passed / 20);
}

TEST_CASE("chunks: the verdict is the same however the bytes are cut, and llhttp finds the same end") {
  Generator generate(3);
  int passed = 0;
  int doubted = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = generate.chunks();
    CAPTURE(text);
    ChunkCheck chunks(kLimits);
    chunks.reset();
    std::size_t used = 0;
    const ChunkCheck::Verdict whole = chunks.scan(text, used);
    ChunkCheck bytewise(kLimits);
    bytewise.reset();
    ChunkCheck::Verdict verdict = ChunkCheck::Verdict::kMore;
    std::size_t walked = 0;
    for (std::size_t one = 0; walked < text.size() && verdict == ChunkCheck::Verdict::kMore; walked += one) {
      verdict = bytewise.scan(std::string_view(text).substr(walked, 1), one);
    }
    REQUIRE(verdict == whole);
    if (whole != ChunkCheck::Verdict::kComplete) continue;
    REQUIRE(walked == used);
    ++passed;
    Ignore ignore;
    Framing framing(ignore);
    REQUIRE(framing.begin("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") ==
            Framing::Progress::kMore);
    const Framing::Progress progress = framing.feed(std::string_view(text).substr(0, used));
    if (progress == Framing::Progress::kBroken) {
      ++doubted;
    } else {
      REQUIRE(progress == Framing::Progress::kComplete);
    }
  }
  CHECK(passed > 10'000);
  CHECK(doubted < passed / 10);  // it reads the grammar of extensions, we only their bytes
}

}  // namespace sojourn
