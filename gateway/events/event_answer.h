// A reply that waits for the journal: who it is for, and the way back to it from work that ends later.
//
// Thread: the exchange's loop.
// Owner:  the exchange, as Responder.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/answer.h"
#include "gateway/worker.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

class EventAnswer : public Responder {
 public:
  EventAnswer(Worker& worker, Exchange& exchange)
      : answer_(worker, exchange), self_(std::make_shared<EventAnswer*>(this)) {}
  ~EventAnswer() override { *self_ = nullptr; }

  Answer& answer() { return answer_; }
  Worker& worker() { return answer_.worker(); }
  Exchange& exchange() { return answer_.exchange(); }

  // A callback for the same loop that finds this responder again, or finds that nobody waits any more.
  template <class Self, class... Arguments>
  auto later(void (Self::*method)(Arguments...)) {
    return [self = self_, method](auto&&... values) {
      if (*self != nullptr) (static_cast<Self*>(*self)->*method)(std::forward<decltype(values)>(values)...);
    };
  }

 private:
  Answer answer_;
  std::shared_ptr<EventAnswer*> self_;  // what it points to is read and cleared on the loop only
};

// Says of a request that all of it had been accepted before, with first_of() what came first.
inline constexpr std::string_view kDuplicateField = "x-sojourn-duplicate";
// The run that was begun when it came first, or where none was the event's number.
std::string first_of(const Accepted& known);

// Replies with JSON, and with an error as the API does: what is temporary says when to come again, and 401 how to ask.
void reply_json(Answer& answer, int status, const nlohmann::ordered_json& body, std::span<const HeaderField> more = {});
void refuse(Answer& answer, const Error& error);

}  // namespace sojourn
