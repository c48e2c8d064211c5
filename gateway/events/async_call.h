// An AsyncCall is one request that begins an asynchronous call: it keeps the whole request in the journal and answers
// 202 with the call's id when that is durable, or says why it is not. Nothing of the call is done here.
//
// Thread: the exchange's loop.
// Owner:  the exchange. Dropping it changes nothing: what was handed to the journal is done, or is not there.
#pragma once

#include "gateway/events/event_answer.h"
#include "gateway/function_call.h"
#include "runtime/base/result.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

class AsyncCall final : public EventAnswer {
 public:
  AsyncCall(Worker& worker, Exchange& exchange, FunctionCall::What what);

  void on_request(Exchange& exchange) override;

 private:
  StoredCall stored() const;
  void on_begun(Status begun);

  const FunctionCall::What what_;
  RequestHead head_;
};

// Ok for an http or https URL with a host, at most kCallbackUrlMax long; else kBadRequest.
Status check_callback(std::string_view url);

}  // namespace sojourn
