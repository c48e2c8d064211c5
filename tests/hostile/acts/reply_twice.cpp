#include "channel_end.h"
using namespace sojourn;
ACT(reply_twice) {
  say(call, "first");
  // The host refuses a second answer, so the second one goes past it, under the number of the next call.
  FrameHeader header;
  header.type = FrameType::kReply;
  header.call = 2;
  header.length = sizeof(ReplyHead) + 6;
  ReplyHead head{200, 0, 6};
  put(&header, sizeof header);
  put(&head, sizeof head);
  put("forged", 6);
}
