#include "channel_end.h"
using namespace sojourn;
ACT(frame_of_the_gateway) {
  FrameHeader header;
  header.type = FrameType::kCall;
  put(&header, sizeof header);
  wait_to_be_killed();
}
