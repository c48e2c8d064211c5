// A RawClient is one TCP connection to the loopback that sends bytes as they are, for what a stock client would never
// send, and reads replies.
//
// Thread: one at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace sojourn::test {

class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  bool send(const std::string& bytes);
  void finish_sending();  // half-close
  void reset();           // closes with RST

  struct Response {
    int status = 0;
    std::string head;
    std::string body;
  };
  // One reply with a Content-Length or chunked body; nullopt when the connection ended, or time is over, before it.
  std::optional<Response> read_response(std::chrono::milliseconds patience = std::chrono::seconds(5));
  // Everything until the peer closes; nullopt when it did not within `patience`.
  std::optional<std::string> read_to_end(std::chrono::milliseconds patience = std::chrono::seconds(5));

 private:
  bool fill(std::chrono::steady_clock::time_point until);

  int fd_ = -1;
  std::string buffer_;
};

}  // namespace sojourn::test
