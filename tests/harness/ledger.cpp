#include "tests/harness/ledger.h"

#include <strings.h>
#include <utility>

#include "tests/harness/process.h"

namespace sojourn::test {

std::string Delivery::header(const std::string& name) const {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
    const char* const line = head.c_str() + at + 2;
    if (::strncasecmp(line, name.c_str(), name.size()) != 0 || line[name.size()] != ':') continue;
    const std::size_t begin = head.find_first_not_of(' ', at + 2 + name.size() + 1);
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  return {};
}

Ledger::Ledger(Answer answer)
    : answer_(std::move(answer)), server_([this](RawServer::Conversation& conversation) { serve(conversation); }) {}

void Ledger::serve(RawServer::Conversation& conversation) {
  for (;;) {
    const std::string request = conversation.read_request();
    if (request.empty()) return;
    const std::size_t end = request.find("\r\n\r\n");
    int status = 0;
    {
      const std::lock_guard lock(mutex_);
      deliveries_.push_back({request.substr(0, end + 2), request.substr(end + 4)});
      status = answer_(deliveries_.size());
    }
    const bool sent = conversation.send("HTTP/1.1 " + std::to_string(status) + " Noted\r\nContent-Length: 2\r\n\r\nok");
    if (!sent) return;
  }
}

std::vector<Delivery> Ledger::deliveries() const {
  const std::lock_guard lock(mutex_);
  return deliveries_;
}

std::size_t Ledger::size() const {
  const std::lock_guard lock(mutex_);
  return deliveries_.size();
}

std::map<std::string, std::size_t> Ledger::by(const std::string& header) const {
  std::map<std::string, std::size_t> counts;
  for (const Delivery& one : deliveries()) ++counts[one.header(header)];
  return counts;
}

std::map<std::string, std::size_t> Ledger::by_body() const {
  std::map<std::string, std::size_t> counts;
  for (const Delivery& one : deliveries()) ++counts[one.body];
  return counts;
}

bool Ledger::has(std::size_t deliveries, std::chrono::milliseconds patience) const {
  return eventually([&] { return size() >= deliveries; }, patience);
}

}  // namespace sojourn::test
