#include "loader/document.h"

#include <cmath>
#include <doctest/doctest.h>
#include <random>

namespace sojourn {
namespace {

Node parse(std::string_view text) {
  Complaints complaints("f.yaml");
  auto node = parse_document(text, complaints);
  REQUIRE_MESSAGE(node.has_value(), complaints.error().text());
  return std::move(*node);
}

std::string complaint(std::string_view text) {
  Complaints complaints("f.yaml");
  const auto node = parse_document(text, complaints);
  CHECK_FALSE(node.has_value());
  REQUIRE_FALSE(complaints.empty());
  return complaints.error().text();
}

}  // namespace

TEST_CASE("document: plain scalars mean what YAML 1.2 says, quoted ones are text") {
  using Kind = Node::Kind;
  CHECK(plain_scalar("~").kind == Kind::kNull);
  CHECK(plain_scalar("").kind == Kind::kNull);
  CHECK(plain_scalar("true").boolean);
  for (const char* text : {"yes", "no", "on", "off", "y", "n", "NO"}) CHECK(plain_scalar(text).kind == Kind::kText);
  CHECK(plain_scalar("0o17").integer == 15);
  CHECK(plain_scalar("017").integer == 17);
  CHECK(plain_scalar("0x1F").integer == 31);
  CHECK(plain_scalar("-12").integer == -12);
  CHECK(plain_scalar("1:30").kind == Kind::kText);
  CHECK(plain_scalar("1_000").kind == Kind::kText);
  CHECK(plain_scalar("1.5e3").number == doctest::Approx(1500));
  CHECK(std::isinf(plain_scalar("-.inf").number));
  CHECK(plain_scalar("1.2.3").kind == Kind::kText);
  CHECK(plain_scalar("64MiB").kind == Kind::kText);
  CHECK(plain_scalar("99999999999999999999").kind == Kind::kNumber);
  CHECK(parse("'12'").kind == Kind::kText);
}

TEST_CASE("document: YAML and JSON give the same tree, with places") {
  const Node yaml = parse("a:\n  b: [1, two]\n");
  const Node json = parse("{\"a\": {\"b\": [1, \"two\"]}}");
  for (const Node* root : {&yaml, &json}) {
    const Node& list = *root->find("a")->find("b");
    REQUIRE(list.items.size() == 2);
    CHECK(list.items[0].integer == 1);
    CHECK(list.items[1].text == "two");
  }
  CHECK(yaml.find("a")->members[0].at.line == 2);
  CHECK(yaml.find("a")->members[0].at.column == 3);
  CHECK(yaml.find("a")->find("b")->items[1].at.column == 10);
  CHECK(parse("a:\nb: 1\n").find("a")->kind == Node::Kind::kNull);
}

TEST_CASE("document: what has no place in a configuration is refused where it stands") {
  CHECK(complaint("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: a: stands here twice");
  CHECK(complaint("a: !!str 1\n").starts_with("f.yaml:1:4: has a tag"));
  CHECK(complaint("? [a]\n: 1\n").find("has a key that is not plain text") != std::string::npos);
  CHECK(complaint("a: 1\n---\nb: 2\n").find("one file holds one") != std::string::npos);
  CHECK(complaint("").find("is empty") != std::string::npos);
  CHECK(complaint("a: \xC0\xAF\n") == "f.yaml:1:4: has a byte that is not UTF-8 text");
  CHECK(complaint(std::string("a: \0b", 5)) == "f.yaml:1:4: has a byte that is not UTF-8 text");
  CHECK(complaint("a: [1, 2\n").starts_with("f.yaml:"));
  CHECK(complaint("a: *missing\n").find("alias `*missing`") != std::string::npos);
  CHECK(complaint("a: &x [*x]\n").find("alias `*x`") != std::string::npos);
}

TEST_CASE("document: aliases are expanded, and a bomb of them is bounded") {
  CHECK(parse("a: &x {k: 1}\nb: *x\n").find("b")->find("k")->integer == 1);
  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int j = 0; j < 9; ++j) bomb += "," + below;
    bomb += "]\n";
  }
  CHECK(complaint(bomb).find("more than 100000 values") != std::string::npos);
}

TEST_CASE("document: depth and size are bounded") {
  CHECK(parse(std::string(60, '[') + std::string(60, ']')).kind == Node::Kind::kList);
  complaint(std::string(65, '[') + std::string(65, ']'));
  complaint(std::string(100'000, '['));
  CHECK(complaint(std::string((1 << 20) + 1, ' ')).find("larger than 1MiB") != std::string::npos);
}

TEST_CASE("document: twenty complaints are shown and the others counted") {
  Complaints complaints("f");
  for (int i = 0; i < 25; ++i) complaints.add({1, 1}, "x", "is wrong");
  CHECK(complaints.error().text().ends_with("\n… and 5 more"));
}

TEST_CASE("document: damaged text never crashes the parser") {
  const std::string good =
      "sojourn: 1\nfunctions:\n  api: &x {artifact: 'a b', env: {A: \"\\u00e9\"}}\n  b: *x\n  - c: |\n    x\n";
  std::mt19937 random(7);  // NOLINT: a fixed seed makes a failure repeatable
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (std::size_t changes = 1 + random() % 5; changes > 0; --changes) {
      constexpr std::string_view kMarks = "\n\t :-?[]{}&*!|>'\"%@`#,\\~0a";
      text[random() % text.size()] = kMarks[random() % kMarks.size()];
    }
    Complaints complaints("f");
    const auto node = parse_document(text, complaints);
    CHECK(node.has_value() == complaints.empty());
  }
}

}  // namespace sojourn
