// A MetricsLook answers GET /metrics: it asks the journal and the dispatcher for their figures, then writes everything
// down. A journal that does not answer costs its own figures only.
//
// Thread: the exchange's loop.
// Owner:  the exchange.
#pragma once

#include "gateway/events/event_answer.h"
#include "gateway/events/event_figures.h"

namespace sojourn {

class MetricsLook final : public EventAnswer {
 public:
  using EventAnswer::EventAnswer;

  void on_request(Exchange& exchange) override;

 private:
  void on_figures(EventFigures figures);
};

}  // namespace sojourn
