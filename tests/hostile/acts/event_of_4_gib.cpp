#include "channel_end.h"
using namespace sojourn;
ACT(event_of_4_gib) {
  // Announces data that nobody has memory for, and then says nothing of it.
  FrameHeader header;
  header.type = FrameType::kEmit;
  header.flags = kBodyFollows;
  header.call = 1;
  header.stream = 1;
  const EmitHead head{4ull << 30, 0xFFFFFFFF, 0};
  const unsigned int queue = 0;
  header.length = sizeof head + sizeof queue;
  put(&header, sizeof header);
  put(&head, sizeof head);
  put(&queue, sizeof queue);
  wait_to_be_killed();
}
