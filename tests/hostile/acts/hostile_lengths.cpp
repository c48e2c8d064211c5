#include "channel_end.h"
using namespace sojourn;
ACT(hostile_lengths) {
  // A well-framed reply whose inner lengths reach far beyond it.
  FrameHeader header;
  header.type = FrameType::kReply;
  ReplyHead head{200, 0xFFFFFFFFu, ~0ull};
  const unsigned int length = 0xFFFFFFF0u;
  header.length = sizeof head + sizeof length;
  put(&header, sizeof header);
  put(&head, sizeof head);
  put(&length, sizeof length);
  wait_to_be_killed();
}
