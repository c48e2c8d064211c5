#include "runtime/sandbox/policy/seccomp_load.h"

#include <cerrno>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sojourn {

StepError map_filters(int fd, FilterPrograms* programs) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return step_failed(Step::kReadFilters);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < sizeof(FilterFileHead)) return {Step::kReadFilters, EINVAL};
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (start == MAP_FAILED) return step_failed(Step::kReadFilters);

  const auto* const head = static_cast<const FilterFileHead*>(start);
  const std::size_t first = head->template_instructions;
  const std::size_t second = head->instance_instructions;
  const std::size_t names = head->names;
  if (first > kFilterInstructionsMax || second > kFilterInstructionsMax || names > kFatalNamesMax ||
      size != sizeof *head + (first + second) * sizeof(sock_filter) + names * sizeof(FatalCallName))
    return {Step::kReadFilters, EINVAL};
  auto* const instructions = reinterpret_cast<sock_filter*>(static_cast<char*>(start) + sizeof *head);
  programs->for_template = {static_cast<unsigned short>(first), instructions};
  programs->for_instance = {static_cast<unsigned short>(second), instructions + first};
  programs->names = reinterpret_cast<const FatalCallName*>(instructions + first + second);
  programs->name_count = names;
  return {};
}

StepError install_filter(const sock_fprog& program, Step step) {
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? StepError{} : step_failed(step);
}

}  // namespace sojourn
