// A RawServer is a TCP server of the loopback that does with each connection what a script says, for what a decent
// server would never do: reply slowly, break off, send too much.
//
// Thread: the script runs on a thread of its own for each connection. Dropping the server ends what is under way.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sojourn::test {

class RawServer {
 public:
  class Conversation {
   public:
    // The next request, head and body by its Content-Length; empty when the peer has gone.
    std::string read_request();
    // False: the peer has gone.
    bool send(const std::string& bytes);
    void reset();  // closes with RST
    // Waits until the peer has gone, or the server is dropped.
    void wait_for_end();
    bool stopping() const { return server_.stopping_; }

   private:
    friend class RawServer;
    Conversation(int fd, RawServer& server) : fd_(fd), server_(server) {}
    bool fill();

    int fd_;
    RawServer& server_;
    std::string buffer_;
  };
  using Script = std::function<void(Conversation&)>;

  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }  // accepted so far

  // What its conversations have read so far, in that order.
  std::vector<std::string> requests() const;

  // Answers every request of a connection with this status and body.
  static Script answering(int status, std::string body);

 private:
  void accept_all();

  Script script_;
  int listening_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex guard_;
  std::vector<std::string> requests_;
  std::list<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace sojourn::test
