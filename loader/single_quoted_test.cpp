#include "loader/single_quoted.h"

#include <doctest/doctest.h>

#include "loader/document.h"

namespace sojourn {
namespace {

std::string value_of(const std::string& text) {
  Complaints complaints("test.yaml");
  const auto root = parse_document(text, complaints);
  if (!root) return "complaint: " + complaints.error().text();
  return root->find("a")->text;
}

}  // namespace

TEST_CASE("single-quoted: a doubled quotation mark is one") {
  CHECK(single_quoted_text("") == "");
  CHECK(single_quoted_text("it''s") == "it's");
  CHECK(single_quoted_text("''''''") == "'''");
  CHECK(single_quoted_text("\\n \"x\" #") == "\\n \"x\" #");
}

TEST_CASE("single-quoted: lines are folded") {
  CHECK(single_quoted_text(" a  b ") == " a  b ");
  CHECK(single_quoted_text("a \t\n\t b") == "a b");
  CHECK(single_quoted_text("a\r\nb\rc") == "a b c");
  CHECK(single_quoted_text("a\n\n \n b") == "a\n\nb");
  CHECK(single_quoted_text("\na\n") == " a ");
  CHECK(single_quoted_text("  \n  ") == " ");
}

TEST_CASE("single-quoted: documents read them so, as values and as keys") {
  CHECK(value_of("a: 'it''s'") == "it's");
  CHECK(value_of("'a': ''") == "");
  CHECK(value_of("'a': 'x' # y") == "x");
  CHECK(value_of("# é\na: 'é''\n\n  é'") == "é'\né");
  CHECK(value_of("{'a': 'b'}") == "b");
  CHECK(value_of("a: 'no end").find("complaint") == 0);
}

TEST_CASE("single-quoted: a megabyte of quotation marks is text like any other") {
  const std::string marks(2 * 400'000, '\'');
  CHECK(value_of("a: '" + marks + "'").size() == 400'000);
}

}  // namespace sojourn
