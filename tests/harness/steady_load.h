// SteadyLoad sends one GET at a time, at a fixed rate, from a thread of its own, over keep-alive connections of its own
// socket code, and remembers every failure and every latency: the innocent neighbour of a hostile function, or the user
// who must not notice a redeploy.
//
// Thread: made and asked by one thread. Dropping it stops it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sojourn::test {

struct LoadReport {
  int sent = 0;
  int failed = 0;
  std::vector<std::string> failures;                 // the first few, in words
  std::vector<std::chrono::microseconds> latencies;  // of the good ones
  std::chrono::microseconds percentile(double share) const;
  std::string failures_text() const;  // for a test's message
};

class SteadyLoad {
 public:
  // `expected`: what the body must begin with. Several connections share the rate, each sending in turn.
  SteadyLoad(int port, std::string path, std::string expected, int per_second, int connections = 1);
  ~SteadyLoad();
  SteadyLoad(const SteadyLoad&) = delete;
  SteadyLoad& operator=(const SteadyLoad&) = delete;

  LoadReport stop();  // ends the load and gives what was seen
  LoadReport peek();  // what was seen so far

 private:
  void run(int connection, int connections);
  void note(bool good, std::chrono::microseconds latency, const std::string& what);

  int port_;
  std::string request_;
  std::string expected_;
  std::chrono::microseconds interval_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  LoadReport report_;
  std::vector<std::thread> threads_;
};

}  // namespace sojourn::test
