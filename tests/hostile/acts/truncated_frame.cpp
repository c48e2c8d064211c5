#include "channel_end.h"
using namespace sojourn;
ACT(truncated_frame) {
  FrameHeader header;
  header.type = FrameType::kReply;
  header.length = 1000;
  put(&header, sizeof header);
  ::_exit(0);
}
