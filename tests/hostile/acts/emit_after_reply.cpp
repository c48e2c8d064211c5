#include "channel_end.h"
using namespace sojourn;
ACT(emit_after_reply) {
  say(call, "first");
  const sj_field type = {{"type", 4}, {"t", 1}};
  const int refused = act_host->emit(call, {&type, 1}, {nullptr, 0});
  if (refused != SJ_EINVAL) wait_to_be_killed();
  // The host refuses it, so it goes past the host, under the number of the next call.
  FrameHeader header;
  header.type = FrameType::kEmit;
  header.call = 2;
  header.stream = 1;
  header.length = sizeof(EmitHead) + 4;
  const EmitHead head{0, 0, 0};
  put(&header, sizeof header);
  put(&head, sizeof head);
  put("\0\0\0\0", 4);
}
