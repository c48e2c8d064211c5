// A Ledger is an HTTP server outside of the product that notes what is delivered to it: the other side of `post` steps
// and callbacks, against which a test counts what was promised.
//
// Thread: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/raw_server.h"
#include "tests/harness/server.h"

namespace sojourn::test {

struct Delivery {
  std::string head;  // request line and fields
  std::string body;

  // The first field of that name in any case; empty when there is none.
  std::string header(const std::string& name) const;
};

class Ledger {
 public:
  // What the n-th delivery, from 1, is answered.
  using Answer = std::function<int(std::size_t)>;

  explicit Ledger(Answer answer = [](std::size_t) { return 200; });

  std::string url(const std::string& path = "/") const { return server_.url(path); }
  std::vector<Delivery> deliveries() const;
  std::size_t size() const;
  // How often each came, by the value of this field.
  std::map<std::string, std::size_t> by(const std::string& header) const;
  std::map<std::string, std::size_t> by_body() const;
  // Whether as many came within that time.
  bool has(std::size_t deliveries, std::chrono::milliseconds patience) const;

 private:
  void serve(RawServer::Conversation& conversation);

  const Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Delivery> deliveries_;
  RawServer server_;
};

}  // namespace sojourn::test
