#include "gateway/hooks/refusal_log.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

std::string content(int fd) {
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_CUR)), '\0');
  REQUIRE(::pread(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return text;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("refusal log: one line per hook and second, which says how many were not written") {
  const UniqueFd file(::memfd_create("log", MFD_CLOEXEC));
  const Log log(file.get(), LogLevel::kInfo);
  RefusalLog refusals;
  const MonotonicTime start{};
  for (int i = 0; i < 1000; ++i) {
    refusals.add(log, "/pay", "does not fit", "10.0.0.7", start + std::chrono::microseconds(i));
  }
  refusals.add(log, "/other", "no signature", "10.0.0.7", start);
  CHECK(lines(content(file.get())) == 2);
  refusals.add(log, "/pay", "does not fit", "10.0.0.7", start + std::chrono::seconds(1));
  const std::string text = content(file.get());
  CHECK(lines(text) == 3);
  CHECK(text.find(R"("hook":"/pay")") != std::string::npos);
  CHECK(text.find(R"("refusedSinceLastLine":"999")") != std::string::npos);
}

}  // namespace sojourn
