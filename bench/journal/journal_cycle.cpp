// bench-journal: cycles through the journal as the server has it, one thread that hands in and the writer's: accept a
// batch of events of 1 KiB (synced), lease them, complete each. With --backlog so many events wait before the first
// cycle and stay so many, the oldest being taken. Prints events a second, and the process's CPU time an event, that of
// accepting besides. With --cycles it does so many instead of going on for --seconds, for callgrind to count.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include "bench/measure/arguments.h"
#include "bench/measure/clock.h"
#include "bench/measure/fail.h"
#include "runtime/base/clock.h"
#include "runtime/crypto/random.h"
#include "runtime/event/journal/journal_writer.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace bench {
namespace {

using namespace sojourn;

constexpr std::size_t kDataBytes = 1024;
constexpr char kLane[] = "pipeline step";
constexpr std::size_t kWarmEvents = 600;  // until the log's file has the size at which it stays
constexpr long kLoadPiece = 1000;         // events that one piece of work accepts while the backlog is made

double cpu_us() {
  timespec time{};
  must(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), "clock_gettime");
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

Acceptance event(EpochMs now) {
  const std::string id = random_uuid();
  Acceptance acceptance;
  acceptance.event = {
      "/bench",    id, "com.example.bench", R"({"time":"2026-01-01T00:00:00Z"})", std::string(kDataBytes, 'x'),
      std::nullopt};
  acceptance.dedupe = {{std::string("e\0/bench\0", 9) + id, now + 72LL * 3'600'000}};
  acceptance.runs = {{ordered_uuid(),
                      "pipeline",
                      "pipeline pipeline@1 function@1",
                      "",
                      AfterFailure::kContinue,
                      {{"step", kLane, std::nullopt, now}}}};
  return acceptance;
}

class Cycle {
 public:
  explicit Cycle(const std::string& directory) {
    auto engine = SqliteEngine::open(directory + "/journal.db");
    if (!engine.ok()) fail(engine.error().text().c_str());
    writer_ = std::make_unique<JournalWriter>(std::move(*engine), Ballast(directory + "/ballast", 0));
  }

  void load(long backlog) {
    for (long done = 0; done < backlog; done += kLoadPiece) {
      submit(WorkKind::kAccepts,
             [now = wall_ms(), count = std::min(kLoadPiece, backlog - done)](JournalEngine& engine) {
               for (long i = 0; i < count; ++i) {
                 if (auto accepted = engine.accept(event(now), now); !accepted.ok()) return Status(accepted.error());
               }
               return Status();
             });
      await(1);
    }
  }

  double accepting_us() const { return accepting_us_; }  // CPU time so far
  void run(std::size_t batch) {
    const double began = cpu_us();
    for (std::size_t i = 0; i < batch; ++i) {
      submit(WorkKind::kAccepts, [accepted = event(wall_ms())](JournalEngine& engine) {
        return status_of(engine.accept(accepted, wall_ms()));
      });
    }
    await(batch);
    accepting_us_ += cpu_us() - began;
    std::vector<LeasedJob> jobs;
    submit(WorkKind::kNotes, [&jobs, batch](JournalEngine& engine) {
      auto leased = engine.lease(kLane, wall_ms(), batch);
      if (leased.ok()) jobs = std::move(*leased);
      return status_of(leased);
    });
    await(1);
    if (jobs.size() != batch) fail("fewer jobs were due than were accepted");
    for (const LeasedJob& job : jobs) {
      submit(WorkKind::kNotes, [job = job.job, token = job.token](JournalEngine& engine) {
        return status_of(engine.complete(job, token, {}, wall_ms()));
      });
    }
    await(batch);
  }

 private:
  template <class T>
  static Status status_of(const Result<T>& result) {
    return result.ok() ? Status() : Status(result.error());
  }
  void submit(WorkKind kind, JournalWriter::Work work) {
    const Status taken = writer_->submit(kind, std::move(work), [this](const Status& done) {
      if (!done.ok()) fail(done.error().text().c_str());
      answered_.release();
    });
    if (!taken.ok()) fail(taken.error().text().c_str());
  }
  void await(std::size_t answers) {
    for (std::size_t i = 0; i < answers; ++i) answered_.acquire();
  }

  std::counting_semaphore<> answered_{0};
  std::unique_ptr<JournalWriter> writer_;
  double accepting_us_ = 0;
};

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string directory = arguments.required("directory");
  const auto batch = static_cast<std::size_t>(arguments.number("batch", 100));
  const double seconds = arguments.real("seconds", 1);
  const long cycles = arguments.number("cycles", 0);
  const long backlog = arguments.number("backlog", 0);
  arguments.finish();

  Cycle cycle(directory);
  cycle.load(backlog);
  for (std::size_t i = 0; i < std::max<std::size_t>(3, kWarmEvents / batch); ++i) cycle.run(batch);
  const double cpu_before = cpu_us();
  const double accepting_before = cycle.accepting_us();
  const Nanoseconds began = now_ns();
  std::size_t events = 0;
  const auto goes_on = [&](long done) {
    return cycles > 0 ? done < cycles : static_cast<double>(now_ns() - began) < seconds * 1e9;
  };
  for (long done = 0; goes_on(done); ++done) {
    cycle.run(batch);
    events += batch;
  }
  const double taken = static_cast<double>(now_ns() - began) * 1e-9;
  std::printf("{\"per_second\": %.1f, \"cpu_us\": %.2f, \"accept_cpu_us\": %.2f, \"events\": %zu}\n",
              static_cast<double>(events) / taken, (cpu_us() - cpu_before) / static_cast<double>(events),
              (cycle.accepting_us() - accepting_before) / static_cast<double>(events), events);
}
