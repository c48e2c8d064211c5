#include "tests/harness/family.h"

#include <algorithm>
#include <sstream>
#include <string>

namespace sojourn::test {

// /proc/PID/stat: the parent is the second field after the last ')'.
pid_t parent_of(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t close = stat.rfind(')');
  if (close == std::string::npos) return -1;
  std::istringstream fields(stat.substr(close + 1));
  char state = 0;
  pid_t parent = -1;
  fields >> state >> parent;
  return state == 'Z' ? -1 : parent;
}

Family family_of(const Server& server) {
  Family family;
  family.wardens = server.processes("__warden");
  family.gateways = server.processes("__gateway");
  const std::vector<pid_t> all = server.processes("template");
  for (const pid_t pid : all) {
    const bool is_instance = std::find(all.begin(), all.end(), parent_of(pid)) != all.end();
    (is_instance ? family.instances : family.templates).push_back(pid);
  }
  return family;
}

}  // namespace sojourn::test
