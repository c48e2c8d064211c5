// The warden's loop: one epoll over the link, the stems' reports and their ends.
//
// Order within a turn: everything the link says first, kills at once and adoptions after them; then what stems say;
// then, when nothing is asked, stems are made ahead.
//
// Thread: the process's only thread. Nothing here waits but epoll_wait.
// Owner:  run_warden.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "runtime/base/log.h"
#include "runtime/sandbox/warden/link_output.h"
#include "runtime/sandbox/warden/stem_table.h"

namespace sojourn {

class WardenLoop {
 public:
  WardenLoop(UniqueFd link, StemTable& stems, int stems_ahead, std::uint64_t walls, const Log& log);

  // Until the link ends; then ends every template and returns when all are reaped. A first stem that fails ends it too,
  // with the reason: what this host lacks it lacks for every stem.
  Status run();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Source : std::uint32_t { kLink, kReport, kEnd };

  Status open();
  void watch(int fd, Source source, std::uint32_t slot, int operation);  // EPOLL_CTL_ADD or _MOD
  int timeout_ms() const;
  void turn();
  void on_event(Source source, std::uint32_t slot, std::uint32_t events);
  void read_link();
  void on_message(const char* bytes, std::size_t size);
  void on_kill(const KillRequest& request);
  void on_report(Stem& stem);
  void on_end(Stem& stem);
  void serve_waiting();
  void on_adopt(const AdoptRequest& request);
  bool hand_over(const AdoptionRequest& request);
  void refuse(std::uint64_t id, const StepError& failed);
  void stem_failed(const StepError& failed);
  void start_stems();
  std::size_t missing(StemKind kind) const;
  void say_hello();
  void give_up(const StepError& failed);
  void watch_link_output();
  Status end_all();

  UniqueFd link_;
  StemTable& stems_;
  const std::size_t stems_ahead_;
  const Log& log_;
  LinkOutput output_;
  UniqueFd epoll_;
  bool link_open_ = true;
  Status refusal_;  // why no sandbox can be made here
  bool said_hello_ = false;
  bool watching_output_ = false;
  std::uint64_t walls_;
  std::uint32_t landlock_abi_ = 0;
  std::deque<AdoptionRequest> waiting_;  // for a stem, at most kWaitingMax
  std::vector<AdoptMoreRequest> more_;   // of one adoption that is to follow, at most kAdoptMoreMax
  AdoptDoorsRequest doors_{};            // likewise
  bool connecting_asked_ = false;        // a function with `connect` was here
  StepError last_failure_;               // of making a stem; ok once one stood since
  Clock::time_point retry_at_{};         // no stem is started before
  std::chrono::milliseconds backoff_{0};
  Clock::time_point last_asked_{};  // when the link last said something
};

}  // namespace sojourn
