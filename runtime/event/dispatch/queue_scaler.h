// The QueueScaler says how many workers a queue should have: enough for what arrives, and so many more that what has
// piled up is gone within the drain time.
//
//   workers = arrival rate x service time / target utilisation + backlog x service time / drain time, in [1, most]
//
// Thread: one; pure, told the time.
#pragma once

#include <chrono>
#include <cstddef>

#include "runtime/event/journal/records.h"

namespace sojourn {

struct QueueFigures {
  double arrivals_per_second = 0;
  double service_seconds = 0;  // of one item
  std::size_t backlog = 0;     // items that wait
  int workers = 1;
};

class QueueScaler {
 public:
  static constexpr double kTargetUtilisation = 0.8;
  static constexpr double kDrainSeconds = 30;
  // Averages reach two thirds of a step within this time.
  static constexpr double kMemorySeconds = 10;

  // The queue as it is now: how many items were ever taken from it, and how many wait.
  void look(EpochMs now, std::size_t taken, std::size_t backlog);
  void served(std::chrono::milliseconds took);

  int workers(int most) const;
  QueueFigures figures(int most) const;

 private:
  double arrivals_per_second_ = 0;
  double service_seconds_ = 0;
  std::size_t backlog_ = 0;
  std::size_t arrived_ = 0;  // taken and waiting, at the last look
  EpochMs looked_ = 0;
};

}  // namespace sojourn
