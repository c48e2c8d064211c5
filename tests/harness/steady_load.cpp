#include "tests/harness/steady_load.h"

#include <algorithm>

#include "tests/harness/raw_client.h"

namespace sojourn::test {

using Clock = std::chrono::steady_clock;

std::string LoadReport::failures_text() const {
  std::string text;
  for (const std::string& failure : failures) text += (text.empty() ? "" : " | ") + failure;
  return text;
}

std::chrono::microseconds LoadReport::percentile(double share) const {
  if (latencies.empty()) return std::chrono::microseconds(0);
  std::vector<std::chrono::microseconds> sorted = latencies;
  std::sort(sorted.begin(), sorted.end());
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

SteadyLoad::SteadyLoad(int port, std::string path, std::string expected, int per_second, int connections)
    : port_(port),
      request_("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
      expected_(std::move(expected)),
      interval_(1'000'000 / per_second * connections) {
  for (int i = 0; i < connections; ++i) threads_.emplace_back([this, i, connections] { run(i, connections); });
}

SteadyLoad::~SteadyLoad() {
  stop();
}

LoadReport SteadyLoad::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return peek();
}

LoadReport SteadyLoad::peek() {
  const std::lock_guard lock(mutex_);
  return report_;
}

void SteadyLoad::note(bool good, std::chrono::microseconds latency, const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++report_.sent;
  if (good) {
    report_.latencies.push_back(latency);
    return;
  }
  ++report_.failed;
  if (report_.failures.size() < 5) report_.failures.push_back(what);
}

void SteadyLoad::run(int connection, int connections) {
  RawClient client(port_);
  auto due = Clock::now() + interval_ * connection / connections;
  while (!stopping_) {
    std::this_thread::sleep_until(due);
    due = std::max(due + interval_, Clock::now() - std::chrono::seconds(1));
    const auto begin = Clock::now();
    if (!client.connected()) {
      note(false, {}, "connection refused");
      return;
    }
    const bool sent = client.send(request_);
    const auto response = sent ? client.read_response(std::chrono::seconds(10)) : std::nullopt;
    const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    if (!response) {
      note(false, latency, sent ? "no reply" : "cannot send");
      return;
    }
    const bool good = response->status == 200 && response->body.starts_with(expected_);
    note(good, latency, std::to_string(response->status) + " " + response->body.substr(0, 200));
  }
}

}  // namespace sojourn::test
