// What the gateway and a template say to each other, one message per SOCK_SEQPACKET packet. The gateway distrusts the
// template's side as it distrusts an instance: user code runs there.
//
// The first message is kLoad; it is answered by kLoaded. Then any number of kFork, each answered by kForked and, when
// the child is gone, by kExit. The template ends at the end of file of this socket.
#pragma once

#include <cstdint>

namespace sojourn {

enum class TemplateMessage : std::uint32_t {
  kLoad = 1,    // -> LoadHead, text symbol, name, with, then env_count × (text key, text value), then fused_count ×
                // (text symbol, text name, text with), outermost first
  kLoaded = 2,  // <- LoadedHead, text reason
  kFork = 3,    // -> ForkHead, and three descriptors: channel, log pipe (write end), claim page
  kForked = 4,  // <- ForkedBody
  kExit = 5,    // <- ExitBody
  kOpened = 6,  // <- only the type: dlopen is done and INIT begins; each has a time limit of its own
};

// Bytes of a whole packet: `env` (32 KiB), `with` (64 KiB) and those of fused links (64 KiB), with room for names.
inline constexpr std::uint32_t kTemplateMessageMax = 192 * 1024;

struct LoadHead {
  TemplateMessage type = TemplateMessage::kLoad;
  std::uint32_t version;  // of the function
  std::uint32_t env_count;
  std::uint32_t one_shot;     // 1: isolation fresh
  std::uint32_t fused_count;  // objects beside the function's own
};

// How loading ended. Each failure but kOk refuses the deploy with `reason`, which begins with the name of the object
// where there are several.
enum class LoadOutcome : std::uint32_t {
  kOk = 0,
  kDlopenFailed = 1,   // reason: dlerror
  kNoEntry = 2,        // the note's symbol is not there, or its ABI is not ours
  kInitFailed = 3,     // reason: what SOJOURN_INIT threw
  kThreadStarted = 4,  // a constructor or INIT left a thread, which fork would lose
};

struct LoadedHead {
  TemplateMessage type = TemplateMessage::kLoaded;
  LoadOutcome outcome;
  std::uint32_t threads;    // alive after INIT
  std::uint32_t abi_minor;  // of the host table the template offers
  std::uint64_t load_ns;    // dlopen
  std::uint64_t init_ns;    // SOJOURN_INIT
};

struct ForkHead {
  TemplateMessage type = TemplateMessage::kFork;
  std::uint32_t serial;  // chosen by the gateway, named again in kForked and kExit
};

struct ForkedBody {
  TemplateMessage type = TemplateMessage::kForked;
  std::uint32_t serial;
  std::int32_t error;  // 0, or the errno of fork
};

struct ExitBody {
  TemplateMessage type = TemplateMessage::kExit;
  std::uint32_t serial;
  std::int32_t status;  // as waitpid gives it
};

}  // namespace sojourn
