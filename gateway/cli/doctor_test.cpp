#include "gateway/cli/doctor.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <unistd.h>

#include "gateway/cli/doctor_surroundings.h"

namespace sojourn::cli {
namespace {

const Finding* finding(const std::vector<Finding>& all, std::string_view what) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Finding& each) { return each.what == what; });
  return found == all.end() ? nullptr : &*found;
}

TEST_CASE("doctor: every wall that a server may lack has a finding, and what is not well has advice") {
  const std::vector<Finding> findings = examine_host("/tmp");
  for (const char* what : {"kernel",
                           "started as",
                           "user namespace",
                           "pid namespace",
                           "mount namespace",
                           "network namespace",
                           "ipc namespace",
                           "uts namespace",
                           "cgroup namespace",
                           "mount calls",
                           "seccomp filter",
                           "Landlock",
                           "pidfd",
                           "cgroup memory",
                           "cgroup pids",
                           "cgroup cpu",
                           "Yama ptrace_scope",
                           "core_pattern",
                           "speculation control",
                           "processor weaknesses",
                           "data directory",
                           "SQLite"}) {
    CAPTURE(std::string(what));
    const Finding* const one = finding(findings, what);
    REQUIRE(one != nullptr);
    CHECK_FALSE(one->found.empty());
    CHECK((one->health == Health::kGood) == one->advice.empty());
  }
}

TEST_CASE("doctor: file systems have names, and one without a name has its number") {
  CHECK(file_system_name(0xEF53) == "ext4");
  CHECK(file_system_name(0x01021994) == "tmpfs");
  CHECK(file_system_name(0x6969) == "NFS");
  CHECK(file_system_name(0x1234) == "a file system of type 0x1234");
}

TEST_CASE("doctor: weaknesses of the processor are those that the kernel calls vulnerable") {
  const std::filesystem::path place =
      std::filesystem::temp_directory_path() / ("doctor-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(place);
  std::ofstream(place / "spectre_v2") << "Mitigation: Retpolines\n";
  std::ofstream(place / "mds") << "Vulnerable: Clear CPU buffers attempted, no microcode\n";
  std::ofstream(place / "l1tf") << "Not affected\n";
  std::ofstream(place / "gds") << "Vulnerable\n";
  CHECK(open_weaknesses(place) == std::vector<std::string>{"gds", "mds"});
  std::filesystem::remove_all(place);
  CHECK(open_weaknesses(place).empty());
}

TEST_CASE("doctor: versions of SQLite are compared by number") {
  CHECK(has_reset_bug("3.40.1"));
  CHECK(has_reset_bug("3.51.2"));
  CHECK_FALSE(has_reset_bug("3.51.3"));
  CHECK_FALSE(has_reset_bug("3.52.0"));
  CHECK_FALSE(has_reset_bug("4.0"));
}

}  // namespace
}  // namespace sojourn::cli
