// A TemplateProcess is the gateway's end of one template: the process that has a version's code loaded and initialised
// and forks instances of it. It loads once, then forks on demand and reports each instance that ends. User code runs
// inside, so its messages are checked like an instance's, but they count for its own function only.
//
// Thread:  the home loop.
// Owner:   a TemplateHome. Dropping it closes the control socket, at which the template ends.
// Errors:  kRefused with one line that says why the version is not fit: a constructor that crashed, took too long or
//          left a thread, dlopen's words, what SOJOURN_INIT threw.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/loop/loop.h"
#include "runtime/sandbox/host/instance_ends.h"
#include "runtime/sandbox/host/line_cutter.h"
#include "runtime/sandbox/host/warden_link.h"
#include "runtime/sandbox/protocol/template_control.h"

namespace sojourn {

class TemplateListener {
 public:
  virtual void on_template_loaded(Result<LoadedHead> loaded) = 0;
  virtual void on_template_forked(std::uint32_t serial, std::int32_t error) = 0;
  virtual void on_template_exit(std::uint32_t serial, std::int32_t status) = 0;
  virtual void on_template_line(std::string_view text) = 0;
  // It broke the protocol or let a limit pass: the listener has it killed.
  virtual void on_template_fault(std::string_view what) = 0;
  virtual void on_template_end() = 0;  // end of file on the control socket

 protected:
  ~TemplateListener() = default;
};

class TemplateProcess {
 public:
  TemplateProcess(Loop& loop, std::uint64_t id, Adoption adoption, TemplateListener& listener);
  ~TemplateProcess();

  std::uint64_t id() const { return id_; }
  bool loaded() const { return state_ == State::kLoaded; }
  int forks() const { return forks_; }

  // `packet` is a kLoad message, whole. Answered by on_template_loaded, unless the template ends first.
  void load(const std::string& packet);
  // REQUIRES: loaded(). Answered by on_template_forked within kForkMax.
  void fork(std::uint32_t serial, FarEnds ends);

  // While it loads, the phase it was last seen in, for the reason of its end.
  Error load_fault(std::optional<int> wait_status) const;

  static constexpr auto kOpenMax = std::chrono::seconds(5);   // dlopen, where constructors run
  static constexpr auto kInitMax = std::chrono::seconds(30);  // SOJOURN_INIT
  static constexpr auto kForkMax = std::chrono::seconds(1);
  static constexpr std::size_t kLogReadMax = 64 * 1024;  // bytes a turn
  static constexpr std::size_t kLogMax = 256 * 1024;     // bytes of log over its life

 private:
  enum class State { kIdle, kOpening, kInitialising, kLoaded, kFailed };
  struct Fork {
    std::uint32_t serial;
    FarEnds ends;
  };
  struct Unanswered {
    std::uint32_t serial;
    MonotonicTime sent_at;
  };

  void on_control(int ready);
  void read_messages();
  void on_end_of_file();
  void on_message(std::string_view packet);
  void on_loaded(std::string_view packet);
  void on_forked(std::uint32_t serial, std::int32_t error);
  void send_forks();
  void watch_forks();
  void on_limit();
  void read_log();
  void fault(std::string_view what);

  Loop& loop_;
  const std::uint64_t id_;
  TemplateListener& listener_;
  UniqueFd control_;
  UniqueFd log_;
  std::optional<FdWatcher> control_watcher_;
  std::optional<FdWatcher> log_watcher_;
  Timer limit_;
  State state_ = State::kIdle;
  LineCutter lines_;
  std::size_t logged_ = 0;
  int forks_ = 0;
  std::deque<Fork> unsent_;
  std::deque<Unanswered> unanswered_;
};

}  // namespace sojourn
