#include "runtime/sandbox/host/redactor.h"

#include <doctest/doctest.h>
#include <random>

namespace sojourn {
namespace {

SecretTexts texts(std::vector<std::string> values) {
  SecretTexts made;
  for (std::size_t i = 0; i < values.size(); ++i) made.emplace("s" + std::to_string(i), SecretText(values[i]));
  return made;
}

// The same bytes in pieces of `size`.
std::string streamed(const Redactor& redactor, std::string_view bytes, std::size_t size) {
  RedactedStream stream;
  std::string out;
  const auto pass = [&](std::string_view text) { out += text; };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    stream.feed(redactor, bytes.substr(0, size), pass);
  }
  stream.end(redactor, pass);
  return out;
}

}  // namespace

TEST_CASE("redactor: a value is found wherever it stands and however the pieces are cut") {
  const Redactor redactor(texts({"s3cret-value", "another-one"}));
  const std::string text = "a s3cret-value b s3cret-values3cret-value another-on another-one";
  const std::string expected = "a *** b ****** another-on ***";
  CHECK(redactor.redacted(text) == expected);
  for (std::size_t size = 1; size <= text.size(); ++size) {
    CAPTURE(size);
    CHECK(streamed(redactor, text, size) == expected);
  }
}

TEST_CASE("redactor: the longest value wins, and a beginning that comes to nothing is shown") {
  const Redactor redactor(texts({"password", "password-of-ada", "sword-of-a-king"}));
  CHECK(redactor.redacted("password-of-ada password-of-bob passwor") == "*** ***-of-bob passwor");
  CHECK(redactor.redacted("password-of-") == "***-of-");
  CHECK(streamed(redactor, "my password-of-", 4) == "my ***-of-");
  CHECK(streamed(redactor, "password-of-bob", 3) == "***-of-bob");
}

TEST_CASE("redactor: values of several lines are found line by line, short lines and values are left alone") {
  const Redactor redactor(
      texts({"-----BEGIN KEY-----\r\nMIIEvQIBADAN\nab=\n-----END KEY-----\n", "short", "12345678"}));
  CHECK(redactor.redacted("-----BEGIN KEY-----\nMIIEvQIBADAN\nab=\n") == "***\n***\nab=\n");
  CHECK(redactor.redacted("short 1234567 12345678") == "short 1234567 ***");
  CHECK(Redactor(texts({"short", ""})).empty());
}

TEST_CASE("redactor: nothing that holds a line feed is held back") {
  const Redactor redactor(texts({"s3cret-value"}));
  std::string out;
  CHECK(redactor.redact("line s3cret\n", out) == 12);
  CHECK(out == "line s3cret\n");
  out.clear();
  CHECK(redactor.redact("line s3cret", out) == 5);
  CHECK(out == "line ");
}

TEST_CASE("redactor: in random text, cut at random, no value is left and nothing else is lost") {
  std::mt19937 random(20260722);
  const std::vector<std::string> values = {"aabaabaab", "abababab", "babababa-x", "aabaabaabaab"};
  const Redactor redactor(texts(values));
  for (int round = 0; round < 400; ++round) {
    std::string text;
    while (text.size() < 200) {
      const auto pick = random() % 12;
      text += pick < values.size() ? values[pick] : std::string(1, "ab-x\n"[random() % 5]);
    }
    const std::string whole = redactor.redacted(text);
    for (const std::string& value : values) CHECK(whole.find(value) == std::string::npos);
    const std::string cut = streamed(redactor, text, 1 + random() % 30);
    for (const std::string& value : values) CHECK(cut.find(value) == std::string::npos);
  }
}

}  // namespace sojourn
