#include "channel_end.h"
using namespace sojourn;
ACT(dribbled_frame) {
  FrameHeader header;
  header.type = FrameType::kReply;
  header.length = 1000;
  for (std::size_t i = 0; i < sizeof header; ++i) {
    put(reinterpret_cast<const char*>(&header) + i, 1);
    ::usleep(10000);
  }
  wait_to_be_killed();
}
