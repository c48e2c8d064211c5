// bench-load asks a server the same thing again and again over keep-alive connections and counts what it gets.
//
// Closed loop (the default): each connection sends its next request when the reply to the last one is whole.
// Paced (--rate R): R requests a second at even times, whatever the server does. `latency` then counts from the moment
// at which a request was due, so that a server that stalls cannot hide it; `from_sent` from when it was sent, which
// leaves out how late this program itself woke up.
//
// Every reply is checked: its status, and its body against what is expected; with `--judge status` its status alone,
// for replies that differ. One thread, one epoll.
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <vector>

#include "bench/load/endpoint.h"
#include "bench/load/histogram.h"
#include "bench/load/reply_reader.h"
#include "bench/measure/arguments.h"
#include "bench/measure/clock.h"
#include "bench/measure/fail.h"

namespace bench {
namespace {

constexpr int kEventsMax = 256;  // taken from epoll at once

struct Plan {
  std::string request;   // its bytes
  std::string expected;  // body of a good reply
  int status = 200;
  bool any_body = false;   // whatever the body is, the reply is good
  Nanoseconds gap_ns = 0;  // between two requests; 0: closed loop
};

struct Tally {
  Histogram latency;    // from when it was due
  Histogram from_sent;  // the same in a closed loop
  std::uint64_t wrong_status = 0;
  std::uint64_t wrong_body = 0;
  std::uint64_t lost = 0;  // the connection ended, or the reply made no sense
  int first_wrong_status = 0;
};

// One keep-alive connection: idle, or with one request on its way.
class Connection {
 public:
  Connection(const Plan& plan, const std::string& address) : plan_(&plan), socket_(connect_to(address)) {
    must(fcntl(socket_.get(), F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  }

  int fd() const { return socket_.get(); }
  bool sending() const { return sent_ < plan_->request.size(); }

  void start(Nanoseconds due) {
    due_ = due;
    started_ = now_ns();
    sent_ = 0;
  }

  // Sends what the socket takes; false when the connection is gone.
  bool send_some() {
    while (sending()) {
      const std::string& request = plan_->request;
      const ssize_t taken = ::send(fd(), request.data() + sent_, request.size() - sent_, MSG_NOSIGNAL);
      if (taken < 0) return errno == EAGAIN;
      sent_ += static_cast<std::size_t>(taken);
    }
    return true;
  }

  enum class Progress { kWaiting, kDone, kLost };

  // Takes what has arrived, and judges the reply when it is whole.
  Progress receive(Tally& tally) {
    const std::span<char> room = reader_.room();
    const ssize_t got = ::recv(fd(), room.data(), room.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN ? Progress::kWaiting : Progress::kLost;
    reader_.added(static_cast<std::size_t>(got));
    const auto reply = reader_.whole();
    if (!reply) return reader_.broken() ? Progress::kLost : Progress::kWaiting;
    judge(*reply, tally);
    reader_.next();
    return Progress::kDone;
  }

 private:
  void judge(const Reply& reply, Tally& tally) const {
    const Nanoseconds now = now_ns();
    tally.latency.add(now - due_);
    tally.from_sent.add(now - started_);
    if (reply.status != plan_->status) {
      if (tally.wrong_status++ == 0) tally.first_wrong_status = reply.status;
    } else if (!plan_->any_body && reply.body != plan_->expected) {
      ++tally.wrong_body;
    }
  }

  const Plan* plan_;
  sojourn::UniqueFd socket_;
  ReplyReader reader_;
  std::size_t sent_ = 0;
  Nanoseconds due_ = 0;
  Nanoseconds started_ = 0;
};

class Load {
 public:
  Load(const Plan& plan, const std::string& address, long connections)
      : plan_(plan), epoll_(must(epoll_create1(EPOLL_CLOEXEC), "epoll")) {
    for (long i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(plan_, address));
      idle_.push_back(connections_.back().get());
      watch(EPOLL_CTL_ADD, connections_.back().get(), EPOLLIN);
    }
  }

  // Runs until `end`; requests then still under way are not counted.
  void run(Nanoseconds end) {
    if (plan_.gap_ns > 0) start_timer();
    const Nanoseconds begin = now_ns();
    next_due_ = begin + plan_.gap_ns;
    if (plan_.gap_ns == 0) {
      while (!idle_.empty()) send_next(begin);
    }
    epoll_event events[kEventsMax];
    while (now_ns() < end && tally_.lost < connections_.size()) {
      const int count = epoll_wait(epoll_.get(), events, kEventsMax, 100);
      for (int i = 0; i < count; ++i) on_event(events[i]);
    }
    seconds_ = static_cast<double>(now_ns() - begin) / 1e9;
  }

  void print() const {
    const auto requests = tally_.latency.count();
    std::printf(
        R"({"requests": %llu, "seconds": %.6f, "per_second": %.2f, "errors": %llu, "wrong_status": %llu, )"
        R"("first_wrong_status": %d, "wrong_body": %llu, "lost": %llu, "overdue": %zu, "latency": %s, "from_sent": %s})"
        "\n",
        static_cast<unsigned long long>(requests), seconds_, static_cast<double>(requests) / seconds_,
        static_cast<unsigned long long>(tally_.wrong_status + tally_.wrong_body + tally_.lost),
        static_cast<unsigned long long>(tally_.wrong_status), tally_.first_wrong_status,
        static_cast<unsigned long long>(tally_.wrong_body), static_cast<unsigned long long>(tally_.lost),
        overdue_.size(), tally_.latency.json().c_str(), tally_.from_sent.json().c_str());
  }

 private:
  void watch(int operation, Connection* connection, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = connection;
    must(epoll_ctl(epoll_.get(), operation, connection->fd(), &event), "epoll_ctl");
  }

  // The timer is the one watched descriptor without a connection. It fires exactly when a request is due, which a
  // time-out of epoll_wait (whole milliseconds) could not.
  void start_timer() {
    timer_.reset(must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd"));
    itimerspec every{};
    every.it_interval.tv_sec = plan_.gap_ns / 1'000'000'000;
    every.it_interval.tv_nsec = plan_.gap_ns % 1'000'000'000;
    every.it_value = every.it_interval;
    must(timerfd_settime(timer_.get(), 0, &every, nullptr), "timerfd_settime");
    epoll_event event{};
    event.events = EPOLLIN;
    must(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event), "epoll_ctl");
  }

  void on_event(const epoll_event& event) {
    auto* connection = static_cast<Connection*>(event.data.ptr);
    if (connection == nullptr) return on_timer();
    if ((event.events & EPOLLOUT) != 0) on_writable(connection);
    if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return;
    switch (connection->receive(tally_)) {
      case Connection::Progress::kWaiting:
        return;
      case Connection::Progress::kLost:
        return lose(connection);
      case Connection::Progress::kDone:
        break;
    }
    idle_.push_back(connection);
    if (plan_.gap_ns == 0) {
      send_next(now_ns());
    } else if (!overdue_.empty()) {
      const Nanoseconds due = overdue_.front();
      overdue_.pop_front();
      send_next(due);
    }
  }

  void on_timer() {
    std::uint64_t ticks = 0;
    if (::read(timer_.get(), &ticks, sizeof ticks) != static_cast<ssize_t>(sizeof ticks)) return;
    for (; ticks > 0; --ticks, next_due_ += plan_.gap_ns) {
      if (idle_.empty()) {
        overdue_.push_back(next_due_);
      } else {
        send_next(next_due_);
      }
    }
  }

  void send_next(Nanoseconds due) {
    Connection* connection = idle_.back();
    idle_.pop_back();
    connection->start(due);
    if (!connection->send_some()) return lose(connection);
    if (connection->sending()) watch(EPOLL_CTL_MOD, connection, EPOLLIN | EPOLLOUT);
  }

  void on_writable(Connection* connection) {
    if (!connection->send_some()) return lose(connection);
    if (!connection->sending()) watch(EPOLL_CTL_MOD, connection, EPOLLIN);
  }

  void lose(Connection* connection) {
    ++tally_.lost;
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection->fd(), nullptr);
  }

  const Plan& plan_;
  sojourn::UniqueFd epoll_;
  sojourn::UniqueFd timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  std::deque<Nanoseconds> overdue_;  // due, and no connection was free
  Nanoseconds next_due_ = 0;
  Tally tally_;
  double seconds_ = 0;
};

// JSON text of exactly `size` bytes.
std::string json_body(std::size_t size) {
  const std::string open = R"({"text": ")";
  const std::string close = "\"}";
  if (size < open.size() + close.size()) return std::string(size, '1');
  return open + std::string(size - open.size() - close.size(), 'x') + close;
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string address = arguments.required("address");
  const std::string path = arguments.text("path", "/");
  const std::string method = arguments.text("method", "GET");
  const auto body_size = static_cast<std::size_t>(arguments.number("body-size", 0));
  const long connections = arguments.number("connections", 1);
  const double seconds = arguments.real("seconds", 1);
  const double rate = arguments.real("rate", 0);

  Plan plan;
  plan.status = static_cast<int>(arguments.number("status", 200));
  const std::string body = json_body(body_size);
  plan.expected = arguments.text("expect", body);  // without it: an echo
  plan.any_body = arguments.text("judge", "body") == "status";
  plan.gap_ns = rate > 0 ? static_cast<Nanoseconds>(1e9 / rate) : 0;
  arguments.finish();
  plan.request = request_bytes(address, method, path, body.empty() ? "" : "Content-Type: application/json\r\n", body);

  auto load = std::make_unique<Load>(plan, address, connections);
  load->run(now_ns() + static_cast<Nanoseconds>(seconds * 1e9));
  load->print();
}
