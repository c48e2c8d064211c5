#include "channel_end.h"
using namespace sojourn;
ACT(flood_of_events) {
  // Events without end, numbered in turn, and no answer is ever read.
  FrameHeader header;
  header.type = FrameType::kEmit;
  header.call = 1;
  header.length = sizeof(EmitHead) + 4 + 4 + 4 + 4 + 1000;
  struct {
    EmitHead head{0, 1, 0};
    unsigned int queue = 0;
    unsigned int name = 4;
    char type[4] = {'t', 'y', 'p', 'e'};
    unsigned int size = 1000;
    char value[1000];
  } event;
  static_assert(sizeof event == sizeof(EmitHead) + 4 + 4 + 4 + 4 + 1000);
  memset(event.value, 'x', sizeof event.value);
  for (header.stream = 1;; ++header.stream) {
    put(&header, sizeof header);
    put(&event, sizeof event);
  }
}
