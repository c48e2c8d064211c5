#include "gateway/events/async_call.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "gateway/events/async_route.h"
#include "gateway/events/event_desk.h"
#include "gateway/header_hygiene.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr std::string_view kCallbackField = "x-callback-url";

}  // namespace

Status check_callback(std::string_view url) {
  const Error wrong(ErrorCode::kBadRequest, "X-Callback-Url has to be an http:// or https:// URL of at most " +
                                                std::to_string(kCallbackUrlMax) + " printable bytes");
  if (url.size() > kCallbackUrlMax) return wrong;
  if (!std::ranges::all_of(url, [](char byte) { return byte > ' ' && byte < 0x7f; })) return wrong;
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return wrong;
  const std::string_view host = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
  if (host.empty() || host.find('@') != std::string_view::npos) return wrong;
  return {};
}

AsyncCall::AsyncCall(Worker& worker, Exchange& exchange, FunctionCall::What what)
    : EventAnswer(worker, exchange), what_(std::move(what)), head_(exchange.head()) {
  answer().add_to_reply(what_.cors.fields());
}

StoredCall AsyncCall::stored() const {
  StoredCall call;
  call.function = (*what_.version)->function;
  call.version = (*what_.version)->number;
  call.method = head_.method;
  call.path = what_.path;
  call.query = head_.query;
  call.remote = what_.remote;
  call.token = what_.token;
  call.traceparent = head_.header("traceparent");
  call.callback = head_.header(kCallbackField);
  call.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(what_.timeout);
  std::vector<HeaderField> fields;
  pass_to_function(head_.headers, what_.withheld, fields);
  for (const HeaderField& field : fields) {
    if (field.name != kCallbackField) call.headers.emplace_back(field.name, field.value);
  }
  return call;
}

void AsyncCall::on_request(Exchange& exchange) {
  if (!FunctionCall::is_genuine(answer(), what_)) return;
  const std::string_view callback = head_.header(kCallbackField);
  if (Status fits = callback.empty() ? Status() : check_callback(callback); !fits.ok()) {
    return refuse(answer(), fits.error());
  }
  StoredCall call = stored();
  call.id = lower_case(exchange.call_id());  // the journal has one spelling of an id
  call.body = exchange.body();
  // An id of the caller's own choice may have been used before what this process remembers.
  const bool is_chosen = !what_.token.empty() && !head_.header("x-call-id").empty();
  worker().site().events->begin_call(call, is_chosen ? EventDesk::CallId::kChosen : EventDesk::CallId::kMade,
                                     worker().loop(), later(&AsyncCall::on_begun));
}

void AsyncCall::on_begun(Status begun) {
  if (!begun.ok()) return refuse(answer(), begun.error());
  const std::string id = lower_case(exchange().call_id());
  const std::string place = "/async-function/" + id;
  const HeaderField location = {"location", place};
  reply_json(answer(), 202, {{"callId", id}}, {&location, 1});
}

}  // namespace sojourn
