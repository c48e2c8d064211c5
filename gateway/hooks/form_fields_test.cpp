#include "gateway/hooks/form_fields.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("form fields: names and values are decoded") {
  const auto form = read_form("a=1&b+c=%7B%22x%22%3a+1%7D&empty=&alone&&=x");
  REQUIRE(form.ok());
  CHECK(form->at("a") == "1");
  CHECK(form->at("b c") == R"({"x": 1})");
  CHECK(form->at("empty").empty());
  CHECK(form->at("alone").empty());
  CHECK(form->at("") == "x");
  CHECK(read_form("")->empty());
}

TEST_CASE("form fields: what is no form is refused") {
  for (const char* body : {"a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "a=1&a=2"}) {
    CAPTURE(body);
    CHECK_FALSE(read_form(body).ok());
  }
  std::string many;
  for (std::size_t i = 0; i <= kFormFieldsMax; ++i) many += "f" + std::to_string(i) + "&";
  REQUIRE_FALSE(read_form(many).ok());
  CHECK(read_form(many).error().text() == "the form has more than 256 fields, the limit");
}

TEST_CASE("form fields: the content type says what is a form") {
  const auto says = [](std::string_view type) {
    const HeaderField field = {"content-type", type};
    return is_form({&field, 1});
  };
  CHECK(says("application/x-www-form-urlencoded"));
  CHECK(says("Application/X-WWW-Form-URLEncoded ; charset=utf-8"));
  CHECK_FALSE(says("application/json"));
  CHECK_FALSE(says(""));
  CHECK_FALSE(is_form({}));
}

}  // namespace sojourn
