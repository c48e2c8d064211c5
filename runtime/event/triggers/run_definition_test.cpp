#include "runtime/event/triggers/run_definition.h"

#include <doctest/doctest.h>

using namespace sojourn;

TEST_CASE("run definition: each kind is read as it was written") {
  const RunDefinition pipeline{RunKind::kPipeline, "new-user", 3, {{"enrich", 7}, {"crm", 2}}};
  CHECK(pipeline.to_text() == "pipeline new-user@3 crm@2 enrich@7");
  const RunDefinition definitions[] = {pipeline,
                                       {RunKind::kPipeline, "p", 1, {}},
                                       {RunKind::kTrigger, "api", 12, {}},
                                       {RunKind::kCall, "api", 2147483647, {}},
                                       {RunKind::kQueue, "mails", 0, {}}};
  for (const RunDefinition& one : definitions) {
    CAPTURE(one.to_text());
    CHECK(RunDefinition::parse(one.to_text()) == one);
  }
}

TEST_CASE("run definition: what is not one of ours is none") {
  for (const char* text :
       {"", "pipeline", "pipeline p", "pipeline p@", "pipeline p@0", "pipeline p@-1", "pipeline p@1x", "pipeline @1",
        "pipeline p@1 f", "call f@1 g@1", "queue", "queue a b", "queue a@1", "step p@1", "pipeline p@99999999999"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(RunDefinition::parse(text).has_value());
  }
}

TEST_CASE("lane: each kind is read as it was written") {
  CHECK(step_lane("new-user", "enrich") == "step:new-user/enrich");
  CHECK(Lane::parse(step_lane("p", "s")) == Lane{LaneKind::kStep, "p", "s"});
  CHECK(Lane::parse(call_lane("f")) == Lane{LaneKind::kCall, "f", ""});
  CHECK(Lane::parse(callback_lane("f")) == Lane{LaneKind::kCallback, "f", ""});
  CHECK(Lane::parse(queue_lane("q")) == Lane{LaneKind::kQueue, "q", ""});
  CHECK(queue_lane("q").starts_with(kQueueLanePrefix));
  for (const char* text : {"", "step", "step:", "step:p", "step:p/", "step:/s", "call:", "lane:x"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(Lane::parse(text).has_value());
  }
}
