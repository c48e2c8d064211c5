#include "runtime/event/dispatch/queue_batch.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace sojourn;

namespace {

std::vector<StepJob> items_of(const std::vector<std::size_t>& sizes) {
  std::vector<StepJob> items;
  for (const std::size_t size : sizes) {
    CloudEvent& event = items.emplace_back().event;
    event.id = std::to_string(items.size());
    event.source = "/s";
    event.type = "t";
    event.data.assign(size, 'x');
    event.attributes["datacontenttype"] = "text/plain";
  }
  return items;
}

std::size_t bytes_of(std::span<const StepJob> items) {
  std::vector<CloudEvent> events;
  for (const StepJob& item : items) events.push_back(item.event);
  return to_batched(events).size();
}

}  // namespace

TEST_CASE("queue batch: it has as many items as are wanted, when they are short") {
  const auto items = items_of({1, 2, 3});
  CHECK(batch_size(items, 2, 1'000'000) == 2);
  CHECK(batch_size(items, 9, 1'000'000) == 3);
}

TEST_CASE("queue batch: it ends before the item with which it would be too long, to the byte") {
  const auto items = items_of({1000, 1000, 1000, 1000});
  const std::size_t three = bytes_of(std::span(items).first(3));
  CHECK(batch_size(items, 4, three) == 3);
  CHECK(batch_size(items, 4, three - 1) == 2);
}

TEST_CASE("queue batch: an item that is too long by itself is a batch of its own") {
  const auto items = items_of({5000, 10, 10});
  CHECK(batch_size(items, 3, 100) == 1);
  CHECK(batch_size(std::span(items).subspan(1), 3, 100'000) == 2);
}
