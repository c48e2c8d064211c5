#include "act.h"
// Its manifest names neither an event nor a queue.
ACT(emit_not_allowed) {
  const sj_field type = {{"type", 4}, {"io.sojourn.function.succeeded", 29}};
  const sj_fields attributes = {&type, 1};
  const sj_bytes queue = {"anything", 8};
  const sj_bytes data = {"{}", 2};
  const int emitted = act_host->emit(call, attributes, data);
  const int queued = act_host->enqueue(call, queue, attributes, data);
  say(call, "%d %d", emitted, queued);
}
