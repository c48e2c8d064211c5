#include "channel_end.h"
using namespace sojourn;
ACT(close_channel_and_live) {
  ::close(channel_descriptor());
  wait_to_be_killed();
}
