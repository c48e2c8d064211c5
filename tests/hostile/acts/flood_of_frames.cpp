#include "channel_end.h"
using namespace sojourn;
ACT(flood_of_frames) {
  // Log frames without end, as fast as the channel takes them.
  FrameHeader header;
  header.type = FrameType::kLog;
  header.length = sizeof(LogHead) + 4;
  LogHead head{1, 0, 0};
  const unsigned int empty = 0;
  for (;;) {
    put(&header, sizeof header);
    put(&head, sizeof head);
    put(&empty, sizeof empty);
  }
}
