#include "gateway/events/event_figures.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

std::string text_of(const EventFigures& figures) {
  PrometheusText text;
  write_events(text, figures);
  return text.take();
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("event figures: what was accepted is told by how it came, and zeros are there from the start") {
  EventFigures figures;
  figures.accepted[static_cast<std::size_t>(CameBy::kCall)] = 3;
  const std::string text = text_of(figures);
  CHECK(has_line(text, "sojourn_events_accepted_total{how=\"async\"} 3"));
  CHECK(has_line(text, "sojourn_events_accepted_total{how=\"events\"} 0"));
  CHECK(has_line(text, "sojourn_jobs_total{outcome=\"dead\",kind=\"crash\"} 0"));
}

TEST_CASE("event figures: a journal that is not open is a zero, and its own figures are left out") {
  EventFigures figures;
  CHECK(has_line(text_of(figures), "sojourn_journal_up 0"));
  CHECK(text_of(figures).find("sojourn_journal_bytes") == std::string::npos);
  figures.journal = JournalStats{};
  figures.journal->bytes = 4096;
  CHECK(has_line(text_of(figures), "sojourn_journal_up 1"));
  CHECK(has_line(text_of(figures), "sojourn_journal_bytes 4096"));
}

TEST_CASE("event figures: each lane tells its depth and the age of its oldest event") {
  EventFigures figures;
  figures.now = 10'000;
  figures.lanes.push_back({"queue:mail", 4, 0, 9'000, 7'500});
  const std::string text = text_of(figures);
  CHECK(text.find("sojourn_oldest_event_seconds{lane=\"queue:mail\"} 2.5") != std::string::npos);
  PrometheusText depths;
  depths.family("sojourn_queue_depth", "gauge", "what waits");
  write_lane_depths(depths, figures);
  CHECK(has_line(depths.take(), "sojourn_queue_depth{lane=\"queue:mail\"} 4"));
}

}  // namespace sojourn
