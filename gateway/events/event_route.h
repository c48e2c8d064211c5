// The doors through which anybody with the scope `publish` hands in events: POST /events takes CloudEvents in any of
// their three forms, POST /queues/NAME these or any body at all, which then becomes the data of an event. The answer is
// 202 once everything that was sent is durable; of a batch that is all of it or nothing.
//
// Thread: the worker's loop.
// Bound:  kPublishedBytesMax per request, kBatchEventsMax events.
#pragma once

#include <memory>
#include <string_view>

#include "gateway/http/exchange.h"

namespace sojourn {

class Worker;

inline constexpr std::size_t kPublishedBytesMax = 6u << 20;

// What Router::route returns for such a target; it has replied itself when that is null. An empty queue: the bus.
std::unique_ptr<Responder> route_publish(Worker& worker, Exchange& exchange);
std::unique_ptr<Responder> route_enqueue(Worker& worker, Exchange& exchange, std::string_view queue);

}  // namespace sojourn
