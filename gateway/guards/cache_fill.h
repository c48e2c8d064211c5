// What the cache has under way with the function: a Fill brings a reply for a call that missed, a Renewal one for an
// entry that was just served old. Both lead a flight, unless a call wants a reply of its own.
//
// Thread: the loop of the call.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/guards/cache.h"
#include "gateway/guards/cache_wait.h"
#include "gateway/guards/kept_request.h"
#include "gateway/guards/passage.h"

namespace sojourn {

// A call's place at the head of a flight, given up once.
class Cache::Lead {
 public:
  Lead(Cache& cache, std::string key) : cache_(cache), key_(std::move(key)) {}
  ~Lead() { finish(CacheWake::kAbandoned); }
  Lead(const Lead&) = delete;
  Lead& operator=(const Lead&) = delete;

  void finish(CacheWake how) {
    if (!std::exchange(finished_, true)) cache_.flights_.finish(key_, how);
  }

 private:
  Cache& cache_;
  const std::string key_;
  bool finished_ = false;
};

// The request as the function is to see it: without the client's conditions, with those of the entry at hand.
class CacheQuestion {
 public:
  CacheQuestion(const RequestView& request, const CacheEntry* old);
  const RequestView& view() const { return view_; }

 private:
  std::vector<HeaderField> headers_;
  RequestView view_;
};

class Cache::Fill final : public Passage {
 public:
  enum class Flight { kLeads, kAlone };

  Fill(Cache& cache, std::string key, const RequestView& request, CacheEntryPtr old, Flight flight, const Inner& inner,
       Caller& caller);

  CallHandle begin();

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;

 private:
  bool stands_in(int status);
  void answer(const CacheEntry& entry, std::string_view word, const CallTimes& times);
  void land(CacheWake how);

  Cache& cache_;
  const std::string key_;
  const KeptRequest request_;
  const CacheEntryPtr old_;  // or null
  std::optional<Lead> lead_;
};

class Cache::Renewal final : public Caller {
 public:
  Renewal(Cache& cache, std::string key, const RequestView& request, CacheEntryPtr old, const Inner& inner);
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;

  void begin();

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure&, const CallTimes&) override { end(); }
  void on_stream_begin(const ReplyView&, const CallTimes&) override;
  void on_stream_chunk(std::string_view) override {}
  void on_stream_end(const std::optional<Error>&) override {}

 private:
  ~Renewal() = default;
  void end();

  Cache& cache_;
  const std::string key_;
  const KeptRequest request_;
  const CacheEntryPtr old_;
  const Inner inner_;  // holds the guard
  Lead lead_;
  CallHandle call_;
};

}  // namespace sojourn
