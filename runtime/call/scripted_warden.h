// The other side of the wall, played by a script: one process that answers as warden and as template, and forks real
// processes that answer as instances. Tests of the gateway's side use it to have any behaviour inside the sandbox,
// hostile ones too, without the sandbox.
//
// Thread: the test's. The process is forked by the constructor; scripts run in it and in its children.
// Owner:  the test. Dropping it kills the process and with it every instance.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/protocol/payload.h"
#include "runtime/sandbox/protocol/template_control.h"
#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {

struct ScriptedCall {
  FrameHeader frame{};
  CallHead head{};
  std::string call_id, method, path, query, body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// An instance's end, in its own process. Reads block; the end of the channel ends the process.
class ScriptedInstance {
 public:
  ScriptedInstance(int channel, int log, ClaimPage* claims) : channel_(channel), log_(log), claims_(claims) {}

  void hello();
  void ready(std::string_view failed = {});
  void start();              // hello, CONFIG, ready
  ScriptedCall next_call();  // reads calls until one can be claimed
  bool claim(const ScriptedCall& call);
  ScriptedCall read_call();  // unclaimed
  void reply(const ScriptedCall& call, std::string_view body, int status = 200,
             std::vector<std::pair<std::string, std::string>> headers = {});
  void send(FrameType type, std::uint64_t call, std::string_view payload, std::uint16_t flags = 0);
  void write_raw(std::string_view bytes);
  void write_log(std::string_view bytes);
  bool read_frame(FrameHeader& header, std::string& payload);
  int channel() const { return channel_; }
  const std::string& config() const { return config_; }

 private:
  void read_all(char* bytes, std::size_t size);

  int channel_;
  int log_;
  ClaimPage* claims_;
  std::string config_;
};

// A kReply payload.
std::string reply_payload(int status, std::string_view body,
                          const std::vector<std::pair<std::string, std::string>>& headers = {},
                          std::optional<std::uint64_t> body_size = {});

struct SandboxScript {
  enum class Load { kAnswers, kNeverAnswers, kCrashes };

  std::function<void(ScriptedInstance&)> instance;
  Load load = Load::kAnswers;
  LoadOutcome outcome = LoadOutcome::kOk;
  std::string reason;
  int adoption_error = 0;  // errno of a refused adoption
  bool deaf_to_kills = false;
};

class ScriptedWarden {
 public:
  explicit ScriptedWarden(SandboxScript script);
  ~ScriptedWarden();
  ScriptedWarden(const ScriptedWarden&) = delete;
  ScriptedWarden& operator=(const ScriptedWarden&) = delete;

  UniqueFd take_link() { return std::move(link_); }
  void die();

 private:
  UniqueFd link_;
  int pid_ = 0;
};

}  // namespace sojourn
