#include <doctest/doctest.h>

#include "runtime/event/envelope/cloud_event.h"

using namespace sojourn;

namespace {

using Fields = std::vector<HeaderField>;

Fields binary(Fields more = {}) {
  Fields fields = {{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

template <class T>
std::string refusal(const Result<T>& result) {
  if (result.ok()) return "";
  CHECK(result.error().code() == ErrorCode::kBadRequest);
  return result.error().text();
}

std::string structured(const std::string& more) {
  return R"({"specversion":"1.0","id":"1","source":"/s","type":"t")" + more + "}";
}

// What the event is after it went through binary form.
CloudEvent through_binary(const CloudEvent& event) {
  const EventFields sent = to_binary(event);
  Fields views;
  for (const auto& [name, value] : sent.fields) views.push_back({name, value});
  auto read = read_binary(views, event.data);
  REQUIRE(read.ok());
  return *read;
}

CloudEvent through_structured(const CloudEvent& event) {
  auto read = read_structured(to_structured(event));
  CAPTURE(to_structured(event));
  REQUIRE(read.ok());
  return *read;
}

}  // namespace

TEST_CASE("event forms: a form is told by the content type, then by ce-specversion") {
  CHECK(event_form(binary()) == EventForm::kBinary);
  CHECK(event_form(binary({{"content-type", "application/json"}})) == EventForm::kBinary);
  CHECK(event_form(Fields{{"content-type", "Application/CloudEvents+JSON ;charset=utf-8"}}) == EventForm::kStructured);
  CHECK(event_form(Fields{{"content-type", "application/cloudevents-batch+json"}}) == EventForm::kBatched);
  CHECK(event_form(Fields{{"content-type", "application/cloudevents+jsonx"}}) == EventForm::kNone);
  CHECK(event_form(Fields{{"content-type", "application/json"}}) == EventForm::kNone);
  CHECK(event_form({}) == EventForm::kNone);
}

TEST_CASE("event forms: a binary event is read with its extensions") {
  const auto event = read_binary(binary({{"ce-subject", "caf%C3%A9%20%22x%22"},
                                         {"ce-traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                                         {"content-type", "text/plain"},
                                         {"x-other", "1"}}),
                                 "hello");
  REQUIRE(event.ok());
  CHECK(event->attribute("subject") == "caf\xC3\xA9 \"x\"");
  CHECK(event->attribute("datacontenttype") == "text/plain");
  CHECK(event->attribute("traceparent").size() == 55);
  CHECK(event->attributes.size() == 3);
  CHECK(event->data == "hello");
}

TEST_CASE("event forms: a binary event that is broken is refused by the field") {
  CHECK(refusal(read_binary(Fields{{"ce-id", "1"}}, "")).find("ce-specversion is missing") != std::string::npos);
  CHECK(refusal(read_binary(Fields{{"ce-specversion", "0.3"}}, "")).find("not 1.0") != std::string::npos);
  CHECK(refusal(read_binary(Fields{{"ce-specversion", "1.0"}}, "")).find("id is missing") != std::string::npos);
  CHECK(refusal(read_binary(binary({{"ce-id", "2"}}), "")).find("ce-id stands twice") != std::string::npos);
  CHECK(refusal(read_binary(binary({{"ce-a", ""}, {"ce-a", ""}}), "")).find("ce-a stands twice") != std::string::npos);
  CHECK(refusal(read_binary(binary({{"ce-subject", "100%"}}), "")).find("ce-subject is no percent") !=
        std::string::npos);
  CHECK(refusal(read_binary(binary({{"ce-my-ext", "1"}}), "")).find("`my-ext`") != std::string::npos);
  CHECK(refusal(read_binary(binary({{"ce-time", "now"}}), "")).find("time is no point in time") != std::string::npos);
  CHECK_FALSE(refusal(read_binary(binary({{"ce-subject", "%0A"}}), "")).empty());
  CHECK_FALSE(refusal(read_binary(binary({{"ce-datacontenttype", "a/b"}}), "")).empty());
  CHECK_FALSE(refusal(read_binary(binary({{"content-type", "t\xC3\xA9/x"}}), "")).empty());
}

TEST_CASE("event forms: a reply's fields are read without the attributes that it leaves to the platform") {
  const auto event = read_fields(Fields{{"ce-type", "done"}, {"content-type", "text/plain"}}, "x");
  REQUIRE(event.ok());
  CHECK(event->type == "done");
  CHECK(event->id.empty());
  CHECK_FALSE(read_fields(Fields{{"ce-type", "done"}, {"ce-time", "later"}}, "x").ok());
}

TEST_CASE("event forms: a structured event is read, its data byte for byte") {
  const auto event = read_structured(
      structured(R"(,"subject":"é","count":-7,"flag":true,"gone":null,"data": { "n" : 12345678901234567890123.10 } )"));
  REQUIRE(event.ok());
  CHECK(event->attribute("subject") == "é");
  CHECK(event->attribute("count") == "-7");
  CHECK(event->attribute("flag") == "true");
  CHECK_FALSE(event->has("gone"));
  CHECK(event->attribute("datacontenttype") == "application/json");
  CHECK(event->data == R"({ "n" : 12345678901234567890123.10 })");
}

TEST_CASE("event forms: data in a structured event is JSON, text or bytes, by its content type") {
  const auto data = [](const char* more) { return read_structured(structured(more))->data; };
  CHECK(data(R"(,"data":"a")") == "\"a\"");
  CHECK(data(R"(,"data":null)") == "null");
  CHECK(data(R"(,"datacontenttype":"application/json","data":"a")") == "\"a\"");
  CHECK(data(R"(,"datacontenttype":"text/plain","data":"a\n")") == "a\n");
  CHECK(data(R"(,"datacontenttype":"text/plain","data":5)") == "5");
  CHECK(data(R"(,"datacontenttype":"image/png","data_base64":"AP8=")") == std::string("\0\xFF", 2));
  CHECK(data("").empty());
  CHECK_FALSE(read_structured(structured(R"(,"data_base64":"AP8=")"))->has("datacontenttype"));
}

TEST_CASE("event forms: a structured event that is broken is refused with the reason") {
  const auto why = [](const std::string& text) { return refusal(read_structured(text)); };
  CHECK(why("[]").find("no JSON object") != std::string::npos);
  CHECK(why("{").find("no JSON in UTF-8") != std::string::npos);
  CHECK(why(R"({"id":"1"})").find("specversion") != std::string::npos);
  CHECK(why(structured(R"(,"id":"2")")).find("`id` stands twice") != std::string::npos);
  CHECK(why(structured(R"(,"subject":5)")).find("subject is no JSON string") != std::string::npos);
  CHECK(why(structured(R"(,"n":1.5)")).find("whole number of 32 bits") != std::string::npos);
  CHECK(why(structured(R"(,"n":2147483648)")).find("whole number of 32 bits") != std::string::npos);
  CHECK(why(structured(R"(,"n":{})")).find("neither text") != std::string::npos);
  CHECK(why(structured(R"(,"a_b":"x")")).find("`a_b`") != std::string::npos);
  CHECK(why(structured(R"(,"data":1,"data_base64":"AA==")")).find("both data and data_base64") != std::string::npos);
  CHECK(why(structured(R"(,"data_base64":"A$")")).find("no base64") != std::string::npos);
  CHECK(why(structured(R"(,"data":)" + std::string(64, '[') + std::string(64, ']'))).find("64 levels") !=
        std::string::npos);
}

TEST_CASE("event forms: a batch is read in order, and refused by the index of what is broken") {
  const auto events = read_batched("[" + structured("") + " , " + structured(R"(,"data":[1, 2])") + "]");
  REQUIRE(events.ok());
  REQUIRE(events->size() == 2);
  CHECK((*events)[1].data == "[1, 2]");
  CHECK(read_batched("[]")->empty());
  CHECK(refusal(read_batched("[" + structured("") + ",{}]")).find("event 1 of the batch") != std::string::npos);
  CHECK(refusal(read_batched("{}")).find("array") != std::string::npos);
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) many += ",0";
  CHECK(refusal(read_batched(many + "]")).find("may have 1000") != std::string::npos);
}

TEST_CASE("event forms: an event is the same after each form") {
  CloudEvent event = *read_structured(structured(R"(,"subject":"% \" é","time":"2018-04-05T17:31:00Z","x":"")"));
  struct Case {
    const char* type;
    std::string data;
  };
  const Case cases[] = {{"", ""},
                        {"", "no type"},
                        {"application/json", R"({"a": [1.50, "\u00e9"]})"},
                        {"application/json", "not JSON"},
                        {"application/json", R"({"a":1,"a":2})"},
                        {"application/json", "\xEF\xBB\xBF{}"},
                        {"application/json", std::string(63, '[') + std::string(63, ']')},
                        {"application/json", std::string(62, '[') + std::string(62, ']')},
                        {"text/plain; charset=utf-8", "line\n\"quoted\" \xE2\x82\xAC"},
                        {"text/plain", "\xFF"},
                        {"application/octet-stream", std::string("\0\x01\xFF", 3)}};
  for (const Case& one : cases) {
    CAPTURE(std::string(one.type));
    event.data = one.data;
    event.attributes.erase("datacontenttype");
    if (*one.type != '\0') event.attributes["datacontenttype"] = one.type;
    CHECK(through_binary(event) == event);
    CHECK(through_structured(event) == event);
    const auto batch = read_batched(to_batched(std::vector<CloudEvent>{event, event}));
    REQUIRE(batch.ok());
    CHECK(*batch == std::vector<CloudEvent>{event, event});
  }
}

TEST_CASE("event forms: JSON stands in a structured event as JSON, and bytes as base64") {
  CloudEvent event = *read_structured(structured(R"(,"data":{"a":1.0})"));
  CHECK(
      to_structured(event) ==
      R"({"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","data":{"a":1.0}})");
  event.attributes["datacontenttype"] = "image/png";
  event.data = "\xFF";
  CHECK(to_structured(event).find(R"("data_base64":"/w==")") != std::string::npos);
}
