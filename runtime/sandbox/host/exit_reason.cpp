#include "runtime/sandbox/host/exit_reason.h"

#include <csignal>
#include <cstring>
#include <sys/wait.h>

#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {

std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (unit < 3 && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kUnits[unit]);
}

std::string signal_text(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

Error exit_reason(std::optional<int> wait_status, std::uint64_t memory) {
  if (!wait_status) return Error(ErrorCode::kFunctionCrashed, "the function's process ended before it replied");
  const int status = *wait_status;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGSYS) {
      return Error(ErrorCode::kForbiddenSyscall, "the function made a system call that the sandbox forbids (SIGSYS)");
    }
    if (signal == SIGKILL) {
      return Error(ErrorCode::kOutOfMemory,
                   "the function was killed (SIGKILL), as happens when memory runs out: its limit is " +
                       size_text(memory) + " (memory)");
    }
    return Error(ErrorCode::kFunctionCrashed, "the function crashed: " + signal_text(signal));
  }
  if (WIFEXITED(status)) {
    return Error(ErrorCode::kFunctionExited,
                 "the function called exit(" + std::to_string(WEXITSTATUS(status)) + ") before it replied");
  }
  return Error(ErrorCode::kFunctionCrashed, "the function's process ended before it replied");
}

Error in_link(const Error& reason, std::uint32_t link, const std::vector<std::string>& fused) {
  if (fused.empty() || link == 0 || link > fused.size() + 1) return reason;
  const std::string where = link > fused.size() ? "in the function itself" : "in its fused link " + fused[link - 1];
  return Error(reason.code(), reason.text() + " (" + where + ")");
}

Error thrown_reason(std::uint32_t marks, std::string_view type, const ThrownLimits& limits) {
  if ((marks & kErrorOutOfMemory) != 0 || type.find("bad_alloc") != std::string_view::npos) {
    return Error(ErrorCode::kOutOfMemory,
                 "the function ran out of memory: its limit is " + size_text(limits.memory) + " (memory)");
  }
  if ((marks & kErrorReplyLimit) != 0) {
    return Error(ErrorCode::kBrokenReply,
                 "the reply is longer than its limit of " + size_text(limits.reply) + " (replyLimit)");
  }
  if ((marks & kErrorNoReply) != 0) {
    return Error(ErrorCode::kFunctionThrew, "the function returned and had not answered, or not to the end");
  }
  return Error(ErrorCode::kFunctionThrew, "the function threw an exception; its log has the type and the message");
}

Error load_exit_reason(std::optional<int> wait_status) {
  const auto refused = [](std::string text) { return Error(ErrorCode::kRefused, std::move(text)); };
  if (!wait_status) return refused("the constructor ended the process");
  if (WIFSIGNALED(*wait_status)) {
    const int signal = WTERMSIG(*wait_status);
    if (signal == SIGSYS) return refused("the constructor made a system call that the sandbox forbids (SIGSYS)");
    return refused("the constructor crashed (" + signal_text(signal) + ")");
  }
  return refused("the constructor called exit(" + std::to_string(WEXITSTATUS(*wait_status)) + ")");
}

}  // namespace sojourn
