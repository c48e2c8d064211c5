// A schema says what a configuration may look like, in a subset of JSON Schema (2020-12) that one file implements and
// that hostile input cannot make slow: a schema comes out of an uploaded object, a value out of a manifest.
//
//   type  enum  const  allOf  anyOf  oneOf  not  $ref (to #/$defs/NAME)  $defs
//   minimum  maximum  exclusiveMinimum  exclusiveMaximum  multipleOf      minLength  maxLength
//   properties  required  additionalProperties  minProperties  maxProperties
//   items  minItems  maxItems  uniqueItems
//   default (filled in where a property is missing; not inside anyOf, oneOf and not)
//   title  description  examples  $schema  $comment (for people)
//
// Every other keyword refuses the schema, so that none is passed over in silence; `pattern` and `format` are among
// them: a regular expression from outside can take any time and any stack.
//
//   auto schema = nlohmann::json::parse(text);
//   if (auto fault = sojourn::schema_fault(schema)) ...          // the schema itself is wrong
//   for (const auto& fault : sojourn::check_against(schema, value)) ... fault.pointer, fault.text
//
// Needs:   nlohmann's JSON types, which whoever uses it includes; nothing else of the SDK, so that the host can use it.
// Bounds:  kSchemaDepthMax levels, kSchemaStepsMax steps for one check, kSchemaFaultsMax faults.
// Thread:  any; functions on values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn {
inline namespace v1 {

inline constexpr std::size_t kSchemaDepthMax = 64;
inline constexpr std::size_t kSchemaStepsMax = 100'000;
inline constexpr std::size_t kSchemaFaultsMax = 20;

struct SchemaFault {
  std::string pointer;  // a JSON Pointer to what is wrong; empty: the whole
  std::string text;     // "is the number 0; expected is at least 1"
};

namespace detail {

inline std::string pointer_below(std::string_view pointer, std::string_view key) {
  std::string below(pointer);
  below += '/';
  for (const char c : key) below += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return below;
}

// What a fault calls a value: short, whatever it is.
template <class Json>
std::string describe_json(const Json& value) {
  constexpr std::size_t kShownMax = 60;
  if (value.is_object()) return "a mapping";
  if (value.is_array()) return "a list";
  if (value.is_null()) return "null";
  if (value.is_boolean()) return value.template get<bool>() ? "the boolean true" : "the boolean false";
  if (value.is_number()) return "the number " + value.dump();
  const std::string& text = value.template get_ref<const std::string&>();
  return "`" + text.substr(0, kShownMax) + (text.size() > kShownMax ? "..." : "") + "`";
}

template <class Json>
bool is_of_type(const Json& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "number") return value.is_number();
  if (value.is_number_float()) return std::trunc(value.template get<double>()) == value.template get<double>();
  return type == "integer" && value.is_number_integer();
}

// Between whole numbers of both signs the JSON library compares bits.
template <class Json>
bool is_less(const Json& a, const Json& b) {
  if (!a.is_number_integer() || !b.is_number_integer() || a.is_number_unsigned() == b.is_number_unsigned())
    return a < b;
  const bool a_negative = !a.is_number_unsigned() && a.template get<std::int64_t>() < 0;
  const bool b_negative = !b.is_number_unsigned() && b.template get<std::int64_t>() < 0;
  if (a_negative || b_negative) return a_negative;
  return a.template get<std::uint64_t>() < b.template get<std::uint64_t>();
}

inline std::string_view type_in_words(std::string_view type) {
  if (type == "null") return "null";
  if (type == "boolean") return "true or false";
  if (type == "string") return "a text";
  if (type == "array") return "a list";
  if (type == "object") return "a mapping";
  return type == "number" ? "a number" : "a whole number";
}

template <class Json>
std::string list_in_words(const Json& values) {
  std::string text;
  for (const auto& value : values) {
    if (text.size() > 200) return text + " ...";
    text += (text.empty() ? "" : ", ") + (value.is_string() ? value.template get<std::string>() : value.dump());
  }
  return text;
}

inline std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The schema that a $ref names, or null.
template <class Json>
const Json* schema_definition(const Json& root, std::string_view reference) {
  constexpr std::string_view kPrefix = "#/$defs/";
  if (!reference.starts_with(kPrefix) || !root.is_object()) return nullptr;
  const auto definitions = root.find("$defs");
  if (definitions == root.end() || !definitions->is_object()) return nullptr;
  const auto found = definitions->find(std::string(reference.substr(kPrefix.size())));
  return found == definitions->end() ? nullptr : &*found;
}

// Looks at a schema itself: only known keywords, each with a value of its kind.
template <class Json>
class SchemaReader {
 public:
  explicit SchemaReader(const Json& root) : root_(root) {}

  void read(const Json& schema, const std::string& at, std::size_t depth) {
    if (fault_ || schema.is_boolean()) return;
    if (depth > kSchemaDepthMax) return refuse(at, "is nested deeper than the limit of 64 levels");
    if (!schema.is_object()) return refuse(at, "is " + describe_json(schema) + "; expected is a schema");
    for (const auto& [keyword, value] : schema.items()) read_keyword(keyword, value, pointer_below(at, keyword), depth);
  }
  std::optional<SchemaFault> fault_;

 private:
  void refuse(const std::string& at, std::string text) {
    if (!fault_) fault_ = SchemaFault{at, std::move(text)};
  }
  void expect(bool good, const std::string& at, std::string_view what) {
    if (!good) refuse(at, "expected is " + std::string(what));
  }
  static bool one_of(std::string_view keyword, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), keyword) != known.end();
  }

  void read_keyword(const std::string& keyword, const Json& value, const std::string& at, std::size_t depth) {
    if (one_of(keyword, {"title", "description", "examples", "$schema", "$comment", "default", "const"})) return;
    if (one_of(keyword, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}))
      return expect(value.is_number(), at, "a number");
    if (keyword == "multipleOf")
      return expect(value.is_number() && is_less(Json(0), value), at, "a number greater than 0");
    if (one_of(keyword, {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}))
      return expect(value.is_number_unsigned(), at, "a whole number, not negative");
    if (keyword == "uniqueItems") return expect(value.is_boolean(), at, "true or false");
    if (keyword == "enum") return expect(value.is_array() && !value.empty(), at, "a list of values");
    if (keyword == "required") return expect(is_texts(value), at, "a list of texts");
    if (keyword == "type") return expect(is_type(value), at, "the name of a type, or a list of such names");
    if (keyword == "$ref") return read_reference(value, at);
    if (one_of(keyword, {"items", "additionalProperties", "not"})) return read(value, at, depth + 1);
    if (one_of(keyword, {"properties", "$defs"})) return read_all(value, value.is_object(), "a mapping", at, depth);
    if (one_of(keyword, {"allOf", "anyOf", "oneOf"}))
      return read_all(value, value.is_array() && !value.empty(), "a list of schemas", at, depth);
    refuse(at, "`" + keyword.substr(0, 60) + "` is not among the keywords of a schema that are understood");
  }

  void read_all(const Json& value, bool good, std::string_view what, const std::string& at, std::size_t depth) {
    if (!good) return refuse(at, "expected is " + std::string(what));
    std::size_t index = 0;
    for (const auto& [key, schema] : value.items()) {
      read(schema, pointer_below(at, value.is_array() ? std::to_string(index) : key), depth + 1);
      ++index;
    }
  }

  void read_reference(const Json& value, const std::string& at) {
    const bool known = value.is_string() && schema_definition(root_, value.template get_ref<const std::string&>());
    if (!known) refuse(at, "expected is #/$defs/NAME of a definition that is there");
  }

  static bool is_texts(const Json& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); });
  }
  static bool is_type(const Json& value) {
    const auto known = [](const Json& name) {
      return name.is_string() && one_of(name.template get_ref<const std::string&>(),
                                        {"null", "boolean", "string", "array", "object", "number", "integer"});
    };
    return value.is_array() ? !value.empty() && std::all_of(value.begin(), value.end(), known) : known(value);
  }

  const Json& root_;
};

// Holds a value against a schema. REQUIRES: SchemaReader found no fault in it.
template <class Json>
class SchemaChecker {
 public:
  explicit SchemaChecker(const Json& root) : root_(root) {}

  bool check(const Json& schema, Json& value, const std::string& at, std::size_t depth) {
    if (!step(1) || depth > kSchemaDepthMax) return too_long();
    if (schema.is_boolean()) return schema.template get<bool>() || wrong(at, "is not allowed here");
    bool good = true;
    for (const auto& [keyword, rule] : schema.items()) {
      good = check_keyword(schema, keyword, rule, value, at, depth) && good;
    }
    return good;
  }
  std::vector<SchemaFault> faults;

 private:
  bool step(std::size_t count) { return (steps_ += count) <= kSchemaStepsMax; }
  bool too_long() {
    if (!gave_up_) {
      faults.insert(faults.begin(),
                    {"", "takes more than the limit of " + std::to_string(kSchemaStepsMax) + " steps, or of " +
                             std::to_string(kSchemaDepthMax) + " levels, to hold against the schema"});
    }
    steps_ = kSchemaStepsMax;
    gave_up_ = true;
    return false;
  }
  bool wrong(const std::string& at, std::string text) {
    if (trying_ == 0 && faults.size() < kSchemaFaultsMax) faults.push_back({at, std::move(text)});
    return false;
  }
  bool expect(bool good, const Json& value, const std::string& at, std::string_view expectation) {
    return good || wrong(at, "is " + describe_json(value) + "; expected is " + std::string(expectation));
  }

  bool check_keyword(const Json& schema, const std::string& keyword, const Json& rule, Json& value,
                     const std::string& at, std::size_t depth) {
    if (keyword == "type") return check_type(rule, value, at);
    if (keyword == "enum") return step(rule.size()) ? check_enum(rule, value, at) : too_long();
    if (keyword == "const") return expect(value == rule, value, at, rule.dump());
    if (keyword == "$ref") {
      return check(*schema_definition(root_, rule.template get_ref<const std::string&>()), value, at, depth + 1);
    }
    if (keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf" || keyword == "not") {
      return check_combination(keyword, rule, value, at, depth);
    }
    if (value.is_number()) return check_number(keyword, rule, value, at);
    if (value.is_string()) return check_text(keyword, rule, value, at);
    if (value.is_array()) return check_list(keyword, rule, value, at, depth);
    if (value.is_object()) return check_mapping(schema, keyword, rule, value, at, depth);
    return true;
  }

  bool check_type(const Json& rule, const Json& value, const std::string& at) {
    if (rule.is_string()) {
      const std::string& type = rule.template get_ref<const std::string&>();
      return expect(is_of_type(value, type), value, at, type_in_words(type));
    }
    std::string words;
    for (const Json& type : rule) {
      if (is_of_type(value, type.template get_ref<const std::string&>())) return true;
      words += (words.empty() ? "" : " or ");
      words += type_in_words(type.template get_ref<const std::string&>());
    }
    return expect(false, value, at, words);
  }

  bool check_enum(const Json& rule, const Json& value, const std::string& at) {
    return expect(std::find(rule.begin(), rule.end(), value) != rule.end(), value, at, "one of " + list_in_words(rule));
  }

  bool check_number(const std::string& keyword, const Json& rule, const Json& value, const std::string& at) {
    if (keyword == "minimum") return expect(!is_less(value, rule), value, at, "at least " + rule.dump());
    if (keyword == "maximum") return expect(!is_less(rule, value), value, at, "at most " + rule.dump());
    if (keyword == "exclusiveMinimum") return expect(is_less(rule, value), value, at, "more than " + rule.dump());
    if (keyword == "exclusiveMaximum") return expect(is_less(value, rule), value, at, "less than " + rule.dump());
    if (keyword == "multipleOf") return expect(is_multiple(value, rule), value, at, "a multiple of " + rule.dump());
    return true;
  }

  static bool is_multiple(const Json& value, const Json& of) {
    if (value.is_number_integer() && of.is_number_integer()) {
      const auto number = value.template get<std::uint64_t>();
      const bool negative = !value.is_number_unsigned() && value.template get<std::int64_t>() < 0;
      return (negative ? 0 - number : number) % of.template get<std::uint64_t>() == 0;
    }
    const double times = value.template get<double>() / of.template get<double>();
    return std::abs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::abs(times));
  }

  bool check_text(const std::string& keyword, const Json& rule, const Json& value, const std::string& at) {
    if (keyword != "minLength" && keyword != "maxLength") return true;
    const std::size_t size = code_points(value.template get_ref<const std::string&>());
    return check_size(keyword, rule, size, at, " characters long");
  }

  bool check_size(const std::string& keyword, const Json& rule, std::size_t size, const std::string& at,
                  std::string_view unit) {
    const bool least = keyword.starts_with("min");
    if (least ? size >= rule : size <= rule) return true;
    return wrong(at, (unit[1] == 'c' ? "is " : "has ") + std::to_string(size) + std::string(unit) +
                         "; expected is at " + (least ? "least " : "most ") + rule.dump());
  }

  bool check_list(const std::string& keyword, const Json& rule, Json& value, const std::string& at, std::size_t depth) {
    if (keyword == "minItems" || keyword == "maxItems") return check_size(keyword, rule, value.size(), at, " entries");
    if (keyword == "uniqueItems" && rule.template get<bool>()) return check_unique(value, at);
    if (keyword != "items") return true;
    bool good = true;
    for (std::size_t i = 0; i < value.size() && !gave_up_; ++i) {
      good = check(rule, value[i], pointer_below(at, std::to_string(i)), depth + 1) && good;
    }
    return good;
  }

  bool check_unique(const Json& value, const std::string& at) {
    if (!step(value.size())) return too_long();
    std::vector<const Json*> sorted;
    for (const Json& item : value) sorted.push_back(&item);
    std::sort(sorted.begin(), sorted.end(), [](const Json* a, const Json* b) { return *a < *b; });
    const auto twice =
        std::adjacent_find(sorted.begin(), sorted.end(), [](const Json* a, const Json* b) { return *a == *b; });
    return twice == sorted.end() || wrong(at, "holds " + describe_json(**twice) + " twice");
  }

  bool check_mapping(const Json& schema, const std::string& keyword, const Json& rule, Json& value,
                     const std::string& at, std::size_t depth) {
    if (keyword == "minProperties" || keyword == "maxProperties") {
      return check_size(keyword, rule, value.size(), at, " keys");
    }
    if (keyword == "required") return check_required(schema, rule, value, at);
    if (keyword == "properties") return check_properties(rule, value, at, depth);
    if (keyword == "additionalProperties") return check_others(schema, rule, value, at, depth);
    return true;
  }

  static const Json* property_of(const Json& schema, const std::string& key) {
    const auto properties = schema.find("properties");
    if (properties == schema.end()) return nullptr;
    const auto found = properties->find(key);
    return found == properties->end() ? nullptr : &*found;
  }

  // A property with a default is never missing.
  bool check_required(const Json& schema, const Json& rule, const Json& value, const std::string& at) {
    bool good = true;
    for (const Json& name : rule) {
      if (!step(1)) return too_long();
      const std::string& key = name.template get_ref<const std::string&>();
      const Json* const property = property_of(schema, key);
      const bool filled = property != nullptr && property->is_object() && property->contains("default");
      if (!value.contains(key) && !filled) good = wrong(at, "has no `" + key.substr(0, 60) + "`, which it needs");
    }
    return good;
  }

  bool check_properties(const Json& rule, Json& value, const std::string& at, std::size_t depth) {
    bool good = true;
    for (const auto& [key, schema] : rule.items()) {
      if (gave_up_ || !step(1)) return too_long();
      if (trying_ == 0 && !value.contains(key) && schema.is_object() && schema.contains("default")) {
        value[key] = schema["default"];
      }
      if (value.contains(key)) good = check(schema, value[key], pointer_below(at, key), depth + 1) && good;
    }
    return good;
  }

  bool check_others(const Json& schema, const Json& rule, Json& value, const std::string& at, std::size_t depth) {
    bool good = true;
    for (auto& [key, member] : value.items()) {
      if (gave_up_ || !step(1)) return too_long();
      if (property_of(schema, key) != nullptr) continue;
      const std::string below = pointer_below(at, key);
      if (rule.is_boolean()) {
        if (!rule.template get<bool>()) good = wrong(below, "is not a key; " + known_keys(schema));
      } else {
        good = check(rule, member, below, depth + 1) && good;
      }
    }
    return good;
  }

  static std::string known_keys(const Json& schema) {
    std::string text;
    const auto properties = schema.find("properties");
    if (properties == schema.end() || properties->empty()) return "there are none";
    for (const auto& [key, unused] : properties->items()) {
      if (text.size() > 200) return "known are " + text + " ...";
      text += (text.empty() ? "" : ", ") + key;
    }
    return "known are " + text;
  }

  // How many of the schemas the value meets; without faults and without filling anything in.
  std::size_t count_met(const Json& rule, Json& value, std::size_t depth) {
    ++trying_;
    std::size_t met = 0;
    for (const Json& schema : rule) {
      if (!gave_up_ && check(schema, value, {}, depth + 1)) ++met;
    }
    --trying_;
    return met;
  }

  bool check_combination(const std::string& keyword, const Json& rule, Json& value, const std::string& at,
                         std::size_t depth) {
    if (keyword == "allOf") {
      bool good = true;
      for (const Json& schema : rule) good = !gave_up_ && check(schema, value, at, depth + 1) && good;
      return good;
    }
    if (keyword == "not") {
      ++trying_;
      const bool met = check(rule, value, {}, depth + 1);
      --trying_;
      return !met || wrong(at, "is " + describe_json(value) + ", which is what must not be here");
    }
    const std::size_t met = count_met(rule, value, depth);
    if (gave_up_) return false;
    if (keyword == "oneOf" && met > 1) return wrong(at, "fits more than one of the forms that exclude each other");
    return met > 0 || wrong(at, "is " + describe_json(value) + ", which fits none of the " +
                                    std::to_string(rule.size()) + " forms that are allowed");
  }

  const Json& root_;
  std::size_t steps_ = 0;
  int trying_ = 0;  // inside so many anyOf, oneOf, not
  bool gave_up_ = false;
};

}  // namespace detail

// What is wrong with the schema itself, or nothing.
template <class Json>
std::optional<SchemaFault> schema_fault(const Json& schema) {
  detail::SchemaReader<Json> reader(schema);
  reader.read(schema, {}, 0);
  return reader.fault_;
}

// What is wrong with the value; empty when it fits, and then what has a default is filled in.
// REQUIRES: schema_fault(schema) is nothing.
template <class Json>
std::vector<SchemaFault> check_against(const Json& schema, Json& value) {
  detail::SchemaChecker<Json> checker(schema);
  (void)checker.check(schema, value, {}, 0);
  return checker.faults;
}

}  // namespace v1
}  // namespace sojourn
