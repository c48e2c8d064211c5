// The runtime with a real warden, real templates and real functions behind all walls. For tests.
#pragma once

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/call/runtime_stage.h"
#include "runtime/crypto/sha256.h"
#include "runtime/sandbox/warden/warden.h"

namespace sojourn {

// Where the build put the objects of testdata/.
std::string test_objects_directory();

// A warden of its own on a directory of its own.
class RealWarden {
 public:
  explicit RealWarden(std::string data) {
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    link_.reset(pair[0]);
    pid_ = ::fork();
    if (pid_ == 0) {
      WardenOptions options;
      options.link = pair[1];
      options.log_level = LogLevel::kError;
      options.artifacts_directory = data + "/artifacts";
      options.stems_directory = data + "/stems";
      ::_exit(run_warden(options));
    }
    ::close(pair[1]);
  }
  ~RealWarden() {
    link_.reset();
    stop(SIGTERM);
  }
  UniqueFd take_link() { return std::move(link_); }
  void stop(int signal) {
    if (pid_ == 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  UniqueFd link_;
  pid_t pid_ = 0;
};

class RealStage : public RuntimeStage {
 public:
  // `adjust` changes the options before the runtime is made with them.
  explicit RealStage(const std::function<void(RuntimeOptions&)>& adjust = {}) {
    std::string pattern = (std::filesystem::temp_directory_path() / "sojourn-runtime-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    data_ = pattern;
    ::chmod(data_.c_str(), 0711);
    ::mkdir((data_ + "/artifacts").c_str(), 0711);
    warden_ = std::make_unique<RealWarden>(data_);
    RuntimeOptions options;
    options.artifact = [this](const Digest& digest) { return identity(path_of(digest)); };
    options.artifact_copy = [this](const Digest& digest, std::uint32_t copy) {
      const std::string path = path_of(digest) + "." + std::to_string(copy);
      if (!std::filesystem::exists(path)) std::filesystem::copy_file(path_of(digest), path);
      return identity(path);
    };
    options.on_log = [this](const FunctionLogLine& line) {
      lines.push_back(std::string(line.call_id) + "|" + std::string(line.stream) + "|" + std::string(line.text));
    };
    if (adjust) adjust(options);
    runtime = std::make_unique<Runtime>(std::vector<Loop*>{&loop}, log, std::move(options));
    runtime->attach_warden(warden_->take_link());
  }
  ~RealStage() {
    callers.clear();
    runtime.reset();
    warden_.reset();
    std::filesystem::remove_all(data_);
  }

  std::shared_ptr<Version> version_of(const std::string& object, const std::string& symbol) {
    std::ifstream file(test_objects_directory() + "/" + object + ".so", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    REQUIRE_FALSE(bytes.empty());
    auto made = version(object);
    made->artifact.digest = Sha256::of(bytes);
    made->artifact.size = bytes.size();
    made->entry.symbol = symbol;
    const std::string path = path_of(made->artifact.digest);
    ::mkdir(std::filesystem::path(path).parent_path().c_str(), 0711);
    // Once: truncating a file that is mapped takes its private pages along, the relocated ones too.
    if (!std::filesystem::exists(path)) std::ofstream(path, std::ios::binary) << bytes;
    ::chmod(path.c_str(), 0444);
    return made;
  }
  std::shared_ptr<Version> acts() { return version_of("call-test-acts", "sojourn_entry_acts"); }

  std::string outcome_of(const VersionPtr& target, std::string path, std::string body = {}) {
    NotedCaller& caller = call(target, std::move(path), std::move(body));
    run_until([&] { return caller.done(); });
    return caller.outcome();
  }
  void restart_warden() {
    warden_->stop(SIGKILL);
    warden_ = std::make_unique<RealWarden>(data_);
    runtime->attach_warden(warden_->take_link());
  }

 private:
  std::string path_of(const Digest& digest) const {
    return data_ + "/artifacts/" + digest.hex().substr(0, 2) + "/" + digest.hex();
  }
  static Result<FileIdentity> identity(const std::string& path) {
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0) return system_error("stat", errno);
    return FileIdentity{file.st_dev, file.st_ino, static_cast<std::uint64_t>(file.st_size),
                        file.st_ctim.tv_sec * 1'000'000'000 + file.st_ctim.tv_nsec};
  }

  std::string data_;
  std::unique_ptr<RealWarden> warden_;
};

}  // namespace sojourn
