// A Worker is one loop's share of the gateway: the Router of its HttpServer, its snapshot of what is deployed and of
// the tokens and secrets, its counters and its access log. Nothing in it is locked.
//
// Thread: its loop. routes(), tokens() and secrets() change only between two requests, by set_..., so that what a
//         request saw when it was accepted holds for all of it.
// Owner:  the Gateway. The site and the loop outlive it; it outlives its HttpServer.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "gateway/access_log.h"
#include "gateway/http/exchange.h"
#include "gateway/recent_tokens.h"
#include "gateway/route_table.h"
#include "gateway/secrets/secret_table.h"
#include "gateway/site.h"
#include "gateway/tokens.h"

namespace sojourn {

// Replies by class of status: 1xx to 5xx at 0 to 4. Written by the loop, read by any.
class ReplyCounters {
 public:
  void count(int status) {
    auto& counter = by_class_[static_cast<std::size_t>(status / 100 - 1) % by_class_.size()];
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::uint64_t of_class(std::size_t index) const { return by_class_[index].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, 5> by_class_{};
};

class Worker final : public Router {
 public:
  Worker(Site& site, Loop& loop, std::size_t index, RouteTablePtr routes, TokenTablePtr tokens, SecretTablePtr secrets);

  std::unique_ptr<Responder> route(Exchange& exchange) override;

  void set_routes(RouteTablePtr routes) { routes_ = std::move(routes); }
  void set_tokens(TokenTablePtr tokens) {
    recent_tokens_.clear();
    tokens_ = std::move(tokens);
  }
  void set_secrets(SecretTablePtr secrets) { secrets_ = std::move(secrets); }

  Site& site() { return site_; }
  Loop& loop() { return loop_; }
  std::size_t index() const { return index_; }
  const RouteTablePtr& routes() const { return routes_; }
  const TokenTablePtr& tokens() const { return tokens_; }
  const SecretTablePtr& secrets() const { return secrets_; }
  RecentTokens& recent_tokens() { return recent_tokens_; }
  AccessLog& access_log() { return access_log_; }
  const AccessLog& access_log() const { return access_log_; }
  ReplyCounters& counters() { return counters_; }
  const ReplyCounters& counters() const { return counters_; }

  // Room for the fields of one message, used again by the next: valid until the method that took it returns.
  std::vector<HeaderField>& scratch_fields() {
    scratch_fields_.clear();
    return scratch_fields_;
  }

 private:
  Site& site_;
  Loop& loop_;
  const std::size_t index_;
  RouteTablePtr routes_;
  TokenTablePtr tokens_;
  SecretTablePtr secrets_;
  RecentTokens recent_tokens_;  // of tokens_
  AccessLog access_log_;
  ReplyCounters counters_;
  std::vector<HeaderField> scratch_fields_;
};

}  // namespace sojourn
