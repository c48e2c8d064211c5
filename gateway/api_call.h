// An ApiCall is one request to /api/v1: who asks, what for, and the reply in JSON. Its work may end later and on
// another thread; the ReplyLater that such work holds finds the call again, or finds that nobody waits any more.
//
// Thread: the exchange's loop; ReplyLater any.
// Owner:  the exchange.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "gateway/answer.h"
#include "gateway/credentials.h"
#include "gateway/query.h"
#include "gateway/worker.h"

namespace sojourn {

using Json = nlohmann::ordered_json;

class ApiCall;

class ReplyLater {
 public:
  ReplyLater(Loop& loop, std::shared_ptr<ApiCall*> call) : loop_(&loop), call_(std::move(call)) {}

  // Runs `work` with the call on its loop; not at all when the client has gone meanwhile.
  void operator()(std::function<void(ApiCall&)> work) const;

 private:
  Loop* loop_;
  std::shared_ptr<ApiCall*> call_;  // what it points to is read and cleared on the loop only
};

// What of a request every handler wants, taken apart already.
struct ApiRequest {
  std::string_view resource;  // the first segment: "functions"
  std::string_view name;      // the second: "hello", or empty
  Query query;
  TokenTablePtr tokens;  // keeps `credentials` valid
  Credentials credentials;
};

class ApiCall : public Responder {
 public:
  using Handler = void (*)(ApiCall&);

  // `handler` runs when the request is whole; it replies, or sees to it that somebody will.
  ApiCall(Worker& worker, Exchange& exchange, ApiRequest request, Handler handler);
  ~ApiCall() override;

  void on_request(Exchange& exchange) override;

  Answer& answer() { return answer_; }
  Worker& worker() { return answer_.worker(); }
  Site& site() { return worker().site(); }
  const ApiRequest& request() const { return request_; }
  std::string name() const { return std::string(request_.name); }
  std::string author() const { return request_.credentials.token ? request_.credentials.token->name : ""; }
  std::string_view header(std::string_view name) { return answer_.exchange().head().header(name); }
  bool may_see(std::string_view function) const;  // read or deploy

  // One of these ends the call; nothing may follow it.
  void reply(int status, const Json& body, std::span<const HeaderField> more = {});
  void reply_as(int status, std::string_view type, std::string_view body);
  void fail(const Error& error);
  // A list of `items`, already cut to the limit; `next` is empty on the last page.
  void reply_list(Json items, const std::string& next);

  ReplyLater later() { return ReplyLater(worker().loop(), self_); }

 protected:
  void handle();

 private:
  Answer answer_;
  ApiRequest request_;
  Handler handler_;
  std::shared_ptr<ApiCall*> self_;
};

// ?limit and ?after of a list.
struct Page {
  std::size_t limit = 100;
  std::string after;
};
Result<Page> page_of(const ApiCall& call);

// The request's body as a JSON object as parse_json_object reads it; else kBadRequest, or kUnsupportedMedia.
Result<nlohmann::json> json_body(ApiCall& call);

}  // namespace sojourn
