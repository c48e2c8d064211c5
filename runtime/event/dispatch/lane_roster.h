// The LaneRoster knows the lanes that jobs wait in: when something in each is due, how many of it are under way, and
// how many may be. It says from which lanes to lease now, and when to look again; a slow lane delays only itself.
//
//   wake(lane, due) ... choose(now) -> lease so many from these lanes -> leased(lane, asked, got) ... ended(lane)
//
// What is under way in all lanes together is bounded; when that is short, lanes that are due share what there is, and
// those that were served longest ago come first.
//
// Thread: one; pure, no clock of its own.
// Bound:  kDuesMax points in time are noted per lane.
//
// A lane may hold due times that the roster has not heard of: there were too many, the journal was there before, or it
// has told of the first of several. So whenever a lane had less than was asked for, a survey of the journal is wanted,
// which says when the next of each is due.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/event/journal/records.h"

namespace sojourn {

struct LaneShare {
  std::string lane;
  std::size_t most = 0;
};

class LaneRoster {
 public:
  static constexpr int kLimitUnknown = 1;  // attempts at once in a lane of which no job was seen
  static constexpr std::size_t kDuesMax = 1024;
  static constexpr EpochMs kPauseMin = 50;  // milliseconds; doubles up to
  static constexpr EpochMs kPauseMax = 5'000;

  explicit LaneRoster(std::size_t under_way_max) : under_way_max_(under_way_max) {}

  // Something in the lane is ready from `due` on.
  void wake(std::string_view lane, EpochMs due);
  // What the journal says of its lanes.
  void survey(const std::vector<LaneView>& lanes);
  void set_limit(std::string_view lane, int limit);
  // What the lane's jobs are sent to was busy: nothing of it is leased for a while, longer each time in a row.
  void was_busy(std::string_view lane, EpochMs now);
  void was_free(std::string_view lane);
  // Nothing of it is leased until all lanes are opened: there is nobody who would take it.
  void park(std::string_view lane);
  void open_parked();

  // What to lease now; these are asked for until leased() says what came.
  std::vector<LaneShare> choose(EpochMs now);
  void leased(std::string_view lane, std::size_t asked, std::size_t got, EpochMs now);
  void ended(std::string_view lane);

  // When choose() will have something to say, as far as the roster knows; nothing: not before something else happens.
  std::optional<EpochMs> next_due() const;
  // A lane had less than was asked for since the last one.
  bool wants_survey() const { return wants_survey_; }

  std::size_t under_way() const { return under_way_; }
  std::size_t under_way(std::string_view lane) const;
  int limit(std::string_view lane) const;
  std::size_t lanes() const { return lanes_.size(); }
  // Lanes in which nothing is due or under way are forgotten, with their limits.
  void forget_idle();

 private:
  struct Row {
    std::set<EpochMs> dues;
    std::size_t under_way = 0;
    std::size_t asked = 0;
    int limit = kLimitUnknown;
    EpochMs pause = 0;  // the last one since it was free
    EpochMs paused_until = 0;
    std::uint64_t served = 0;  // grows from choose to choose
    bool is_parked = false;
    std::optional<EpochMs> indexed;  // as it stands in due_
  };
  using Rows = std::map<std::string, Row, std::less<>>;

  Rows::iterator find_or_add(std::string_view lane);
  static std::size_t room(const Row& lane);
  void index(Rows::iterator lane);

  Rows lanes_;
  std::set<std::pair<EpochMs, std::string_view>> due_;  // lanes that have room, by when they may be leased from
  std::size_t under_way_max_;
  std::size_t under_way_ = 0;  // and asked for
  std::uint64_t served_ = 0;
  bool wants_survey_ = false;
};

}  // namespace sojourn
