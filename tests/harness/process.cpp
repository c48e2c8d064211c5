#include "tests/harness/process.h"

#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sojourn::test {
namespace {

int exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void become(uid_t uid) {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0) ::_exit(126);
}

int open_or_exit(const char* path, int flags) {
  const int fd = ::open(path, flags, 0600);
  if (fd < 0) ::_exit(125);
  return fd;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "sojourn-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
  // A server started as root runs its gateway as another user, who must be able to walk through to the data below.
  std::filesystem::permissions(path_, std::filesystem::perms(0711));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

void sleep_for(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

Process::Process(std::vector<std::string> command, ProcessOptions options) {
  std::string name = (std::filesystem::temp_directory_path() / "sojourn-out-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  directory_ = name;
  write_file(directory_ / "in", options.input);
  const std::string in = directory_ / "in";
  const std::string out = directory_ / "out";
  const std::string err = directory_ / "err";
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    ::dup2(open_or_exit(in.c_str(), O_RDONLY), 0);
    ::dup2(open_or_exit(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC), 1);
    ::dup2(open_or_exit(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC), 2);
    for (const auto& [key, value] : options.env) ::setenv(key.c_str(), value.c_str(), 1);
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(124);
    if (options.uid) become(*options.uid);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
}

Process::~Process() {
  if (running()) {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool Process::running() {
  if (ended_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  ended_ = true;
  status_ = exit_code(status);
  return false;
}

void Process::signal(int number) const {
  if (!ended_) ::kill(pid_, number);
}

Finished Process::wait(std::chrono::milliseconds patience) {
  if (!eventually([this] { return !running(); }, patience)) {
    signal(SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    status_ = exit_code(status);
  }
  return {status_, output(), errors()};
}

std::optional<std::string> Process::wait_for_line(const std::string& prefix, std::chrono::milliseconds patience) {
  std::optional<std::string> found;
  eventually(
      [&] {
        const bool alive = running();
        std::istringstream lines(output());
        for (std::string line; std::getline(lines, line);) {
          if (line.starts_with(prefix) && !lines.eof()) found = line;
        }
        return found.has_value() || !alive;
      },
      patience);
  return found;
}

std::string Process::output() const {
  return read_file(directory_ / "out");
}
std::string Process::errors() const {
  return read_file(directory_ / "err");
}

Finished run(std::vector<std::string> command, ProcessOptions options, std::chrono::milliseconds patience) {
  Process process(std::move(command), std::move(options));
  return process.wait(patience);
}

}  // namespace sojourn::test
