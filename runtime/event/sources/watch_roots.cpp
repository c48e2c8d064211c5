#include "runtime/event/sources/watch_roots.h"

#include <algorithm>
#include <filesystem>

namespace sojourn {
namespace {

// As it is written, without dots and doubled slashes.
std::string plain(const std::string& path) {
  std::string result = std::filesystem::path(path).lexically_normal().string();
  while (result.size() > 1 && result.ends_with('/')) result.pop_back();
  return result;
}

}  // namespace

bool is_below(std::string_view path, std::string_view root) {
  return path == root || (path.starts_with(root) && (root.ends_with('/') || path[root.size()] == '/'));
}

WatchRoots::WatchRoots(const std::vector<std::string>& roots) {
  for (const std::string& root : roots) {
    if (root.starts_with('/')) roots_.push_back(plain(root));
  }
}

bool WatchRoots::name(const std::string& path) const {
  const std::string wanted = plain(path);
  return std::any_of(roots_.begin(), roots_.end(), [&](const std::string& root) { return is_below(wanted, root); });
}

bool WatchRoots::hold(const std::string& real) const {
  return std::any_of(roots_.begin(), roots_.end(), [&](const std::string& root) {
    std::error_code is_missing;
    const std::filesystem::path now = std::filesystem::canonical(root, is_missing);
    return !is_missing && is_below(real, now.string());
  });
}

std::string WatchRoots::refusal() const {
  std::string named;
  for (const std::string& root : roots_) named += (named.empty() ? "" : ", ") + root;
  return "files triggers may watch only below directories that the server was given with `sojourn serve --files "
         "DIR`, " +
         (named.empty() ? "and it was given none" : "which are: " + named);
}

}  // namespace sojourn
