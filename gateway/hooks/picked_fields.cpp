#include "gateway/hooks/picked_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

// Walks along with the parser and knows the place where it is. A method that returns false ends the reading.
class Picker final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Picker(std::span<const std::string_view> wanted, Values& values) : wanted_(wanted), values_(values) {}

  bool null() override { return is_inside(); }
  bool boolean(bool value) override {
    return scalar([&] { return std::string(value ? "true" : "false"); });
  }
  bool number_integer(number_integer_t value) override {
    return scalar([&] { return std::to_string(value); });
  }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar([&] { return std::to_string(value); });
  }
  bool number_float(number_float_t, const string_t& text) override {
    return scalar([&] { return text; });
  }
  bool string(string_t& value) override {
    return scalar([&] { return value; });
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (!enter()) return false;
    if (arrays_ == 0) ends_.push_back(place_.size());
    return true;
  }
  bool key(string_t& name) override {
    if (arrays_ > 0) return true;
    place_.resize(ends_.back());
    if (ends_.size() > 1) place_ += '.';
    place_ += name.find('.') == string_t::npos ? name : string_t("\n");  // what no place is called
    return true;
  }
  bool end_object() override {
    --depth_;
    if (arrays_ > 0) return true;
    place_.resize(ends_.back());
    ends_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    if (!is_inside() || !enter()) return false;
    ++arrays_;
    return true;
  }
  bool end_array() override {
    --depth_;
    --arrays_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

  bool is_too_deep() const { return depth_ > kEventDepthMax; }
  const std::string& twice() const { return twice_; }

 private:
  bool is_inside() const { return depth_ > 0; }  // of the object that everything has to be
  bool enter() { return ++depth_ <= kEventDepthMax; }

  template <class Text>
  bool scalar(Text&& text) {
    if (!is_inside()) return false;
    if (arrays_ > 0 || std::ranges::find(wanted_, place_) == wanted_.end()) return true;
    if (!values_.emplace(place_, text()).second) twice_ = place_;
    return twice_.empty();
  }

  std::span<const std::string_view> wanted_;
  Values& values_;
  std::string place_;
  std::vector<std::size_t> ends_;  // of `place_`, for each object around
  std::string twice_;
  int depth_ = 0;
  int arrays_ = 0;  // around
};

}  // namespace

Result<PickedFields> PickedFields::of(std::string_view json, std::span<const std::string_view> wanted) {
  PickedFields picked;
  Picker picker(wanted, picked.values_);
  if (nlohmann::json::sax_parse(json, &picker)) return picked;
  std::string text = "the body has to be a JSON object in UTF-8";
  if (!picker.twice().empty()) text = "`" + picker.twice() + "` stands twice in the JSON of the body";
  if (picker.is_too_deep()) {
    text = "the JSON of the body is nested deeper than " + std::to_string(kEventDepthMax) + " levels, the limit";
  }
  return Error(ErrorCode::kBadRequest, std::move(text));
}

std::string_view PickedFields::text(std::string_view place) const {
  const auto found = values_.find(place);
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace sojourn
