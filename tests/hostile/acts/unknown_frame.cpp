#include "channel_end.h"
using namespace sojourn;
ACT(unknown_frame) {
  FrameHeader header;
  header.type = static_cast<FrameType>(200);
  put(&header, sizeof header);
  wait_to_be_killed();
}
