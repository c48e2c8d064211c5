#include "gateway/api_call.h"

#include "gateway/events/event_answer.h"
#include "runtime/json/json_text.h"

namespace sojourn {
namespace {

constexpr HeaderField kJsonType = {"content-type", "application/json"};
constexpr HeaderField kNoStore = {"cache-control", "no-store"};

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

void ReplyLater::operator()(std::function<void(ApiCall&)> work) const {
  loop_->post([call = call_, work = std::move(work)] {
    if (*call != nullptr) work(**call);
  });
}

ApiCall::ApiCall(Worker& worker, Exchange& exchange, ApiRequest request, Handler handler)
    : answer_(worker, exchange),
      request_(std::move(request)),
      handler_(handler),
      self_(std::make_shared<ApiCall*>(this)) {}

ApiCall::~ApiCall() {
  *self_ = nullptr;
}

void ApiCall::on_request(Exchange&) {
  handle();
}

void ApiCall::handle() {
  handler_(*this);
}

bool ApiCall::may_see(std::string_view function) const {
  const Credentials& credentials = request_.credentials;
  return credentials.may(Verb::kRead, function).ok() || credentials.may(Verb::kDeploy, function).ok();
}

void ApiCall::reply(int status, const Json& body, std::span<const HeaderField> more) {
  auto& fields = worker().scratch_fields();
  fields.assign({kJsonType, kNoStore});
  fields.insert(fields.end(), more.begin(), more.end());
  answer_.reply(status, fields, to_text(body));
}

void ApiCall::reply_as(int status, std::string_view type, std::string_view body) {
  const std::array<HeaderField, 2> fields = {HeaderField{"content-type", type}, kNoStore};
  answer_.reply(status, fields, body);
}

void ApiCall::fail(const Error& error) {
  refuse(answer_, error);
}

void ApiCall::reply_list(Json items, const std::string& next) {
  Json list = {{"items", std::move(items)}, {"next", nullptr}};
  if (!next.empty()) list["next"] = next;
  reply(200, list);
}

Result<Page> page_of(const ApiCall& call) {
  constexpr int kLimitMax = 1000;
  const Query& query = call.request().query;
  const auto limit = query.number("limit", 100, 1, kLimitMax);
  if (!limit.ok()) return limit.error();
  return Page{static_cast<std::size_t>(*limit), std::string(query.find("after").value_or(""))};
}

Result<nlohmann::json> json_body(ApiCall& call) {
  const std::string_view type = call.header("content-type");
  if (!type.empty() && !type.starts_with("application/json") &&
      !type.starts_with("application/x-www-form-urlencoded")) {
    return Error(ErrorCode::kUnsupportedMedia, "this takes a JSON object; send `Content-Type: application/json`");
  }
  return parse_json_object(call.answer().exchange().body());
}

}  // namespace sojourn
