// For tests: a real warden in a child process, and the smallest gateway that can use it. Everything waits at most
// kPatience and then fails the test.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/protocol/template_control.h"
#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {

inline constexpr std::chrono::milliseconds kPatience{10'000};

struct TestReply {
  bool failed = false;  // an ERROR came
  int status = 0;
  std::uint32_t flags = 0;
  std::int64_t retry_ms = 0;
  std::string type;
  std::string headers;           // "name=value " each
  std::string body;              // or the error's message
  std::vector<std::string> log;  // lines of LOG frames before it, "level text key=value"
  std::uint32_t log_dropped = 0;
  std::uint32_t trailers = 0;
};

struct TestConfig {
  bool one_shot = false;
  std::uint64_t reply_limit = 6u << 20;
  std::uint64_t log_limit = 64u << 10;
};

class TestInstance {
 public:
  TestInstance(TestInstance&&) = default;

  // HELLO, CONFIG, READY. The reason of a START that failed, or empty.
  std::string start(const TestConfig& config = {});
  TestReply call(std::string_view path, std::string_view query = {}, std::string_view body = {});
  std::uint64_t send_call(std::string_view path, std::string_view query = {}, std::string_view body = {});
  void send_frame(FrameType type, std::uint64_t call, std::string_view payload = {}, std::uint32_t stream = 0,
                  std::uint16_t flags = 0);
  struct Received {
    FrameHeader header;
    std::string payload;
  };
  std::optional<Received> read_frame();  // nullopt: the channel ended
  // nullopt: the channel ended.
  std::optional<TestReply> next_reply();
  bool recall(std::uint64_t call);
  void give_credit(std::uint64_t call, std::uint32_t bytes);
  bool ended();            // waits for the end of the channel
  std::string read_log();  // what is in the log pipe until its end or until it is empty

  UniqueFd channel;
  UniqueFd log;
  ClaimPage* claims = nullptr;
  pid_t pid = 0;  // as the kernel says with HELLO
  std::uint32_t serial = 0;
  bool automatic_credit = true;

 private:
  friend class TestTemplate;
  TestInstance() = default;

  std::uint64_t next_call_ = 1;
  std::string input_;
};

// A fused link as LOAD names it; its name there is "link@" and its number from 1.
struct TestLink {
  std::string symbol;
  std::string with;
};

class TestTemplate {
 public:
  // Sends LOAD and waits for LOADED; nullopt: the control socket ended first.
  struct Loaded {
    LoadedHead head;
    std::string reason;
  };
  std::optional<Loaded> load(std::string_view symbol, const std::vector<TestLink>& fused = {});
  void send_load(std::string_view symbol, const std::vector<TestLink>& fused = {});
  std::optional<Loaded> await_loaded();
  TestInstance fork();
  // The next EXIT: serial and wait status.
  std::optional<ExitBody> next_exit();
  std::string read_log();

  std::uint64_t id = 0;
  pid_t pid = 0;
  UniqueFd control;
  UniqueFd log;

 private:
  std::optional<std::string> read_packet();
  std::uint32_t next_serial_ = 1;
  std::vector<ExitBody> exits_;
};

struct TestLimits {
  std::uint64_t memory = 128u << 20;
  std::uint64_t tmp = 16u << 20;
  std::uint32_t instances_max = 8;
  std::uint32_t threads = 8;
};

enum class TestUser { kSelf, kNobody };

class WardenFixture {
 public:
  // `artifacts` is where the warden is told to look for them, in `data`.
  explicit WardenFixture(TestUser as = TestUser::kSelf, std::string artifacts = "artifacts");
  ~WardenFixture();
  WardenFixture(const WardenFixture&) = delete;
  WardenFixture& operator=(const WardenFixture&) = delete;

  // Stores the object and asks for a sandbox with it. `refusal` gets the reply when there is none.
  std::optional<TestTemplate> adopt(const std::string& object, const TestLimits& limits = {},
                                    AdoptReply* refusal = nullptr);
  // The same with the objects of fused links, outermost first; one that was named before comes from a copy.
  std::optional<TestTemplate> adopt_chain(const std::string& object, const std::vector<std::string>& fused,
                                          AdoptReply* refusal = nullptr);
  void kill(std::uint64_t id, pid_t pid = 0);
  DiedReport next_died();
  // Closes the link and waits for the warden; its wait status.
  int stop();
  void kill_warden();
  void start_again();  // another warden on the same directories

  std::string store(const std::string& object, std::uint32_t copy = 0);  // the path in the store
  void send_message(const void* message, std::size_t size);
  int stems() const;  // directories under stems/

  std::string cgroup_name() const;  // of the group that this warden makes its own in

  WardenHello hello{};
  TestUser user;
  std::string artifacts_name;
  std::string data;
  pid_t pid = -1;
  UniqueFd link;

 private:
  void start();
  std::optional<TestTemplate> await_adopted(AdoptReply* refusal);
  AdoptRequest adopt_request(const std::string& path, const TestLimits& limits);
  std::optional<std::string> read_message(UniqueFd* first, UniqueFd* second);
  std::uint64_t next_id_ = 1;
  std::vector<DiedReport> died_;
  std::map<std::string, struct stat> identities_;  // by path in the store
};

// How many directories of this name there are below /sys/fs/cgroup.
int cgroups_named(const std::string& name);

// Waits until the condition holds; false after kPatience.
bool eventually(const std::function<bool()>& holds);

}  // namespace sojourn
