// The number of a job says which run it belongs to: the jobs of a run stand together in their table, and no index is
// needed to find them.
#pragma once

#include <cstdint>

namespace sojourn {

inline constexpr std::int64_t kJobsOfRunMax = 1 << 20;  // that a run has in its life

// `index` is how many jobs the run has had before.
constexpr std::int64_t job_number(std::int64_t run, std::int64_t index) {
  return run * kJobsOfRunMax + index;
}

constexpr std::int64_t run_of_job(std::int64_t job) {
  return job / kJobsOfRunMax;
}

}  // namespace sojourn
