// A ConnectionQuota counts the connections of a process, all and by address, so that neither a crowd nor one client
// can take every descriptor. The loops of a process share one.
//
// Thread: any.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sojourn {

class ConnectionQuota {
 public:
  enum class Answer { kAdmitted, kTooManyConnections, kTooManyOfAddress };

  // Counts the connection when it is admitted; `leave` undoes that, once.
  Answer enter(const std::string& address, int connections_max, int per_address_max);
  void leave(const std::string& address);

 private:
  std::mutex mutex_;
  int connections_ = 0;
  std::unordered_map<std::string, int> by_address_;
};

}  // namespace sojourn
