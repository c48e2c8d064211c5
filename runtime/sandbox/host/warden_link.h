// The WardenLink is the gateway's end of the socket to the warden, who makes templates, kills and reaps. Messages have
// a fixed size; the warden answers each adoption once and reports each death once.
//
// Thread:  the home loop.
// Owner:   Runtime. on_died and on_end are set before attach().
// Errors:  an adoption without a warden, or whose warden goes, fails with kNoCapacity: it is worth trying again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"
#include "runtime/sandbox/host/passed_fds.h"
#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {

// A stem that was given an artifact: nothing of it is loaded yet.
struct Adoption {
  UniqueFd control;             // SOCK_SEQPACKET
  UniqueFd log;                 // read end
  std::vector<UniqueFd> doors;  // listening sockets: of kAskDoor, then of each name that was asked for; or none
  std::int32_t pid = 0;         // as the warden sees it
};

class WardenLink {
 public:
  using Adopted = std::function<void(Result<Adoption>)>;

  explicit WardenLink(Loop& loop) : loop_(loop) {}
  ~WardenLink();

  // Replaces the link; what was asked of the former warden fails.
  void attach(UniqueFd link);
  bool attached() const { return static_cast<bool>(link_); }

  // `more` are the objects of fused links, at most kAdoptMoreMax; `doors` what it may connect to, or nullptr. `adopted`
  // is called in a later turn, exactly once.
  void adopt(const AdoptRequest& request, std::span<const AdoptMoreRequest> more, const AdoptDoorsRequest* doors,
             Adopted adopted);
  // An instance by its pid, or with 0 the whole template.
  void kill(std::uint64_t template_id, std::int32_t pid);

  std::function<void(const WardenHello&)> on_hello;
  std::function<void(const DiedReport&)> on_died;
  std::function<void()> on_end;  // the warden is gone, and with it every template

  static constexpr std::size_t kUnsentMax = 4096;  // messages

 private:
  void send(const void* message, std::size_t size);
  void flush();
  void on_ready(int ready);
  bool read_one();
  void on_message(const char* bytes, std::size_t size, PassedFds passed);
  void on_adopt_reply(const AdoptReply& reply, UniqueFd control, UniqueFd log);
  void end();

  Loop& loop_;
  UniqueFd link_;
  std::optional<FdWatcher> watcher_;
  std::unordered_map<std::uint64_t, Adopted> adopting_;
  DoorsReply doors_head_{};
  std::vector<UniqueFd> doors_;  // of the kAdopted that follows
  std::deque<std::string> unsent_;
};

}  // namespace sojourn
