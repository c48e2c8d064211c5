#include "channel_end.h"
using namespace sojourn;
ACT(oversized_frame) {
  FrameHeader header;
  header.type = FrameType::kReply;
  header.length = 0xFFFFFFFFu;
  put(&header, sizeof header);
  wait_to_be_killed();
}
