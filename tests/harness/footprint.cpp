#include "tests/harness/footprint.h"

#include <algorithm>
#include <sstream>

namespace sojourn::test {
namespace {

int entries(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::directory_iterator iterator(directory, error);
  if (error) return 0;
  return static_cast<int>(std::distance(begin(iterator), end(iterator)));
}

int cgroups_below(const std::filesystem::path& root) {
  std::error_code error;
  int count = 0;
  for (std::filesystem::recursive_directory_iterator it(root, error), last; !error && it != last; it.increment(error)) {
    if (!it->is_directory(error)) continue;
    if (it->path().string().find("sojourn") != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

std::string Footprint::text() const {
  std::ostringstream text;
  text << "processes " << processes << ", gateway descriptors " << gateway_descriptors << ", mounts " << host_mounts
       << ", cgroups " << cgroups << ", stems " << stems << ", gateway memory " << gateway_memory_kib << " KiB";
  return text.str();
}

Footprint footprint(const Server& server) {
  Footprint now;
  now.processes = static_cast<int>(server.descendants().size());
  for (pid_t pid : server.processes("__gateway")) {
    const std::filesystem::path proc = "/proc/" + std::to_string(pid);
    now.gateway_descriptors += entries(proc / "fd");
    std::istringstream status(read_file(proc / "status"));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) now.gateway_memory_kib += std::stol(line.substr(6));
    }
  }
  const std::string mounts = read_file("/proc/self/mounts");
  now.host_mounts = static_cast<int>(std::count(mounts.begin(), mounts.end(), '\n'));
  now.cgroups = cgroups_below("/sys/fs/cgroup");
  now.stems = entries(server.data() / "stems");
  return now;
}

}  // namespace sojourn::test
