// The ConnectDoors are the gateway's side of /fn/connect in one template: who comes through one of its sockets is
// joined by the broker with what the manifest says of that name. A function can name nothing else: each socket has its
// one destination, and the asking socket takes names and no addresses.
//
//   /fn/connect/NAME   the stream itself; it ends at once when the destination cannot be had, and the log says why
//   /fn/connect/.ask   for host.connect: one byte of length and the name, in one piece; answered by a 32-bit 0 and then
//                      the stream, or by one of SJ_E... and the end
//
// Every failure is a line of the function's log, with the name, the destination and the reason.
//
// Bounds:  kConnectionsMax of a version at once; kOpeningMax being made for a template, others wait to be accepted;
//          kBurst accepted in kWindow; kAskingMax that have not said their name, for kAskMax each.
// Thread:  the home loop.
// Owner:   the template's Tenant: connections that were made live on without it, as long as their instance.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "loader/function_config.h"
#include "runtime/base/clock.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"
#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {

class VersionPool;
struct OpenResult;

// What the warden is to make for a function with `connect`. REQUIRES: it has some.
AdoptDoorsRequest doors_request(const FunctionConfig& config, std::uint64_t id);

class ConnectDoors {
 public:
  // `doors` are in the order of doors_request, the asking one first.
  ConnectDoors(VersionPool& pool, std::vector<UniqueFd> doors);

  static constexpr int kConnectionsMax = 256;
  static constexpr std::size_t kAskingMax = 64;
  static constexpr std::chrono::seconds kAskMax{5};
  static constexpr int kOpeningMax = 16;
  static constexpr int kBurst = 64;
  static constexpr std::chrono::milliseconds kWindow{50};

 private:
  struct Door {
    Door(Loop& loop, UniqueFd listening, std::string of)
        : socket(std::move(listening)), name(std::move(of)), watcher(loop, socket.get()) {}
    UniqueFd socket;
    std::string name;  // empty: the asking one
    FdWatcher watcher;
  };
  struct Asking {
    Asking(Loop& loop, UniqueFd from) : socket(std::move(from)), watcher(loop, socket.get()), limit(loop) {}
    UniqueFd socket;
    FdWatcher watcher;
    Timer limit;
  };
  enum class Answer { kNone, kCode };  // whether the other side waits for one

  void on_ready(Door& door);
  void begin_ask(UniqueFd socket);
  void on_asked(std::list<Asking>::iterator asking);
  void open(const std::string& name, UniqueFd socket, Answer answer);
  void on_opened();
  void pause(std::chrono::milliseconds time);
  void watch();
  bool may_accept() const { return !pause_.active() && opening_ < kOpeningMax; }

  VersionPool& pool_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::list<Asking> asking_;
  int opening_ = 0;
  int accepted_ = 0;  // since window_
  MonotonicTime window_{};
  Timer pause_;                                                                  // nobody is accepted meanwhile
  std::shared_ptr<ConnectDoors*> self_ = std::make_shared<ConnectDoors*>(this);  // for answers that come later
};

}  // namespace sojourn
