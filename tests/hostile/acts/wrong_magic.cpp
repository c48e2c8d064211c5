#include "channel_end.h"
using namespace sojourn;
ACT(wrong_magic) {
  FrameHeader header;
  header.magic = 0x1234;
  header.type = FrameType::kReply;
  put(&header, sizeof header);
  wait_to_be_killed();
}
