#include "channel_end.h"
using namespace sojourn;
ACT(wrong_call_number) {
  FrameHeader header;
  header.type = FrameType::kReply;
  header.call = 0x7777777777ull;
  header.length = sizeof(ReplyHead);
  ReplyHead head{200, 0, 0};
  put(&header, sizeof header);
  put(&head, sizeof head);
  wait_to_be_killed();
}
