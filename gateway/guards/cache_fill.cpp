#include "gateway/guards/cache_fill.h"

#include <utility>

#include "gateway/guards/cache_reply.h"
#include "runtime/loop/loop.h"

namespace sojourn {

CacheQuestion::CacheQuestion(const RequestView& request, const CacheEntry* old) : view_(request) {
  for (const HeaderField& field : request.headers) {
    if (field.name != "if-none-match" && field.name != "if-modified-since") headers_.push_back(field);
  }
  const bool confirms = old != nullptr && !old->is_note();
  if (confirms && !old->entity_tag().empty()) headers_.push_back({"if-none-match", old->entity_tag()});
  if (confirms && !old->last_modified().empty()) headers_.push_back({"if-modified-since", old->last_modified()});
  view_.headers = headers_;
}

Cache::Fill::Fill(Cache& cache, std::string key, const RequestView& request, CacheEntryPtr old, Flight flight,
                  const Inner& inner, Caller& caller)
    : Passage(inner, caller), cache_(cache), key_(std::move(key)), request_(request), old_(std::move(old)) {
  if (flight == Flight::kLeads) lead_.emplace(cache_, key_);
}

CallHandle Cache::Fill::begin() {
  const CacheQuestion question(request_.view(), old_.get());
  return Passage::begin(question.view());
}

void Cache::Fill::land(CacheWake how) {
  if (lead_) lead_->finish(how);
}

void Cache::Fill::answer(const CacheEntry& entry, std::string_view word, const CallTimes& times) {
  CacheReply head(word);
  Passage::on_reply(head.of(entry, request_.view(), inner_.loop().now()), times);
}

// Answers with the old entry in the place of a failure, where it may.
bool Cache::Fill::stands_in(int status) {
  if (!old_ || status < 500) return false;
  return may_stand_in(*old_, cache_control_of(request_.view().headers), inner_.loop().now());
}

void Cache::Fill::on_reply(const ReplyView& reply, const CallTimes& times) {
  const CacheEntryPtr keep = old_;
  if (stands_in(reply.status)) {
    land(CacheWake::kSettled);
    cache_.count(Decision::kStaleHit);
    return answer(*keep, "hit; fwd=stale; fwd-status=" + std::to_string(reply.status), times);
  }
  const Settled settled = cache_.settle(key_, request_.view(), old_, reply, inner_.loop().now());
  land(CacheWake::kSettled);
  if (settled.entry) return answer(*settled.entry, "fwd=stale; fwd-status=304", times);
  const std::string_view why = old_ ? "fwd=stale" : "fwd=uri-miss";
  CacheReply head(settled.stored ? std::string(why) + "; stored" : std::string(why));
  Passage::on_reply(head.of(reply, request_.view()), times);
}

void Cache::Fill::on_failure(const CallFailure& failure, const CallTimes& times) {
  land(CacheWake::kSettled);
  const CacheEntryPtr keep = old_;
  if (!stands_in(facts(failure.code).http_status)) return Passage::on_failure(failure, times);
  cache_.count(Decision::kStaleHit);
  answer(*keep, "hit; fwd=stale", times);
}

void Cache::Fill::on_stream_begin(const ReplyView& head, const CallTimes& times) {
  cache_.note_uncacheable(key_, request_.view(), inner_.loop().now());
  land(CacheWake::kSettled);
  Passage::on_stream_begin(head, times);
}

Cache::Renewal::Renewal(Cache& cache, std::string key, const RequestView& request, CacheEntryPtr old,
                        const Inner& inner)
    : cache_(cache), key_(std::move(key)), request_(request), old_(std::move(old)), inner_(inner), lead_(cache, key_) {}

void Cache::Renewal::begin() {
  const CacheQuestion question(request_.view(), old_.get());
  call_ = inner_(question.view(), *this);
}

void Cache::Renewal::on_reply(const ReplyView& reply, const CallTimes&) {
  if (reply.status < 500) cache_.settle(key_, request_.view(), old_, reply, inner_.loop().now());
  end();
}

void Cache::Renewal::on_stream_begin(const ReplyView&, const CallTimes&) {
  end();
}

void Cache::Renewal::end() {
  lead_.finish(CacheWake::kSettled);
  delete this;
}

}  // namespace sojourn
