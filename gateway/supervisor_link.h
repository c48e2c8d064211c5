// The link between the supervisor and its gateway: a SOCK_SEQPACKET pair that carries one-byte messages, and with some
// of them one descriptor. The supervisor makes the pair, keeps one end and gives the gateway the other.
//
//   supervisor -> gateway   'W' + descriptor   a new warden answers at the other end of this descriptor
//   supervisor -> gateway   'B' + descriptor   a new broker answers there
//   gateway -> supervisor   'R'                the gateway answers requests; sent once
//
// The end of file says to either side that the other process is gone; a gateway whose supervisor is gone drains.
//
// Thread: any; free functions over a descriptor that the caller owns.
#pragma once

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

enum class LinkMessage : char {
  kWarden = 'W',
  kBroker = 'B',
  kReady = 'R',
  kClosed = 0,   // nothing was sent: the other side is gone
  kNothing = 1,  // nothing was sent: a non-blocking socket has no message
};

struct LinkPacket {
  LinkMessage message = LinkMessage::kClosed;
  UniqueFd descriptor;  // with kWarden and kBroker
};

// Sends one message, with `descriptor` unless it is negative; the caller keeps its own copy of it.
Status send_link_message(int socket, LinkMessage message, int descriptor = -1);

// Takes one message. Waits for it when the socket is blocking. Unknown messages are an error.
Result<LinkPacket> receive_link_message(int socket);

}  // namespace sojourn
