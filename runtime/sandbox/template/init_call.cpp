#include "runtime/sandbox/template/init_call.h"

#include <algorithm>
#include <unistd.h>

#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {
namespace {

constexpr std::size_t kFailureTextMax = 4096;
constexpr std::size_t kLogLineMax = 16 * 1024;

std::string_view level_name(int level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  return kNames[std::clamp<int>(level, SJ_DEBUG, SJ_ERROR)];
}

}  // namespace

void InitCall::log(int level, sj_bytes text, sj_fields more) noexcept {
  std::string line(level_name(level));
  line.append(" ").append(view(text));
  for (std::size_t index = 0; index < more.count && line.size() < kLogLineMax; ++index)
    line.append(" ").append(view(more.items[index].name)).append("=").append(view(more.items[index].value));
  if (line.size() > kLogLineMax) line.resize(kLogLineMax);
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(kStemLogFd, line.data(), line.size());
}

int InitCall::fail(const sj_failure& failure) noexcept {
  failed_ = true;
  failure_ = view(failure.type);
  if (!failure_.empty()) failure_ += ": ";
  failure_.append(view(failure.message).substr(0, kFailureTextMax));
  return SJ_OK;
}

}  // namespace sojourn
