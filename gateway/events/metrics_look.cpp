#include "gateway/events/metrics_look.h"

#include <array>

#include "gateway/events/event_desk.h"
#include "gateway/metrics.h"
#include "gateway/prometheus_text.h"

namespace sojourn {

void MetricsLook::on_request(Exchange&) {
  worker().site().events->figures(worker().loop(), later(&MetricsLook::on_figures));
}

void MetricsLook::on_figures(EventFigures figures) {
  const std::array<HeaderField, 2> fields = {HeaderField{"content-type", kPrometheusType},
                                             {"cache-control", "no-store"}};
  answer().reply(200, fields, render_metrics(worker(), figures));
}

}  // namespace sojourn
