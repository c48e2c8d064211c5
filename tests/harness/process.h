// A child process of a test: started with arguments, its output gathered, ended by pid and never by name.
//
// Thread: one at a time. Dropping a Process that still runs kills it and waits.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sojourn::test {

struct ProcessOptions {
  std::vector<std::pair<std::string, std::string>> env;  // added to the test's own
  std::string input;                                     // for standard input
  std::filesystem::path directory;                       // to start in; empty: here
  std::optional<uid_t> uid;                              // run as this user and group
};

struct Finished {
  int status = -1;     // exit code, or 128 + signal
  std::string output;  // standard output
  std::string errors;  // standard error
};

class Process {
 public:
  explicit Process(std::vector<std::string> command, ProcessOptions options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  // Waits until the process ends, or kills it when `patience` is over (status 128 + 9).
  Finished wait(std::chrono::milliseconds patience);
  // Waits for a line on standard output that begins with `prefix`; nullopt when the process ended or time is over.
  std::optional<std::string> wait_for_line(const std::string& prefix, std::chrono::milliseconds patience);
  std::string output() const;
  std::string errors() const;

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  bool ended_ = false;
  std::filesystem::path directory_;  // of the two output files
};

// Starts, waits at most `patience`, and gives what came.
Finished run(std::vector<std::string> command, ProcessOptions options = {},
             std::chrono::milliseconds patience = std::chrono::seconds(30));

// A directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);

// Polls until `condition` holds; false when it did not within `patience`.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds patience);

void sleep_for(std::chrono::milliseconds time);

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace sojourn::test
