#include "tests/power_cut/sender.h"

#include <atomic>
#include <fcntl.h>
#include <fstream>
#include <future>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "runtime/base/unique_fd.h"
#include "runtime/event/journal/journal_writer.h"
#include "runtime/event/journal/long_data.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

constexpr int kThreads = 8;
constexpr int kLongEvery = 40;     // each so many-th event has data that goes to the payload store
constexpr int kCompleteEvery = 4;  // after each so many-th a job is leased and completed

class Sending {
 public:
  Sending(const std::string& directory, const std::string& ledger, int first, Durability durability)
      : payloads_(PayloadStore::open(directory + "/payloads")),
        ledger_(::open(ledger.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
        next_(first) {
    auto engine = SqliteEngine::open(directory + "/journal.db", durability);
    if (!engine.ok() || !payloads_.ok()) ::_exit(1);
    writer_ = std::make_unique<JournalWriter>(std::move(*engine), Ballast(directory + "/ballast", 0));
  }

  // Until it is killed, or the disk is gone.
  void run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([this] {
        while (send(next_.fetch_add(1))) {
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  bool send(int number) {
    const Status accepted = work(WorkKind::kAccepts, [&](JournalEngine& engine) -> Status {
      Acceptance acceptance = Sender::acceptance(number);
      if (Status kept = keep_long_data(*payloads_, acceptance); !kept.ok()) return kept;
      auto taken = engine.accept(acceptance, 0);
      return taken.ok() ? Status() : Status(taken.error());
    });
    if (!accepted.ok()) return false;
    const std::string line = std::to_string(number) + "\n";
    if (::write(ledger_.get(), line.data(), line.size()) < 0) return false;
    return number % kCompleteEvery != 0 || complete_one();
  }
  bool complete_one() {
    return work(WorkKind::kNotes,
                [](JournalEngine& engine) -> Status {
                  auto jobs = engine.lease("l", 0, 1);
                  if (!jobs.ok()) return jobs.error();
                  if (jobs->empty()) return {};
                  auto completed = engine.complete(jobs->front().job, jobs->front().token, {}, 1);
                  return completed.ok() ? Status() : Status(completed.error());
                })
        .ok();
  }
  Status work(WorkKind kind, JournalWriter::Work work) {
    std::promise<Status> answer;
    const Status taken =
        writer_->submit(kind, std::move(work), [&](Status status) { answer.set_value(std::move(status)); });
    return taken.ok() ? answer.get_future().get() : taken;
  }

  Result<PayloadStore> payloads_;
  UniqueFd ledger_;
  std::atomic<int> next_;
  std::unique_ptr<JournalWriter> writer_;
};

}  // namespace

Sender::Sender(const std::string& directory, const std::string& ledger, int first, Durability durability) {
  process_ = ::fork();
  if (process_ != 0) return;
  Sending(directory, ledger, first, durability).run();
  ::_exit(0);
}

void Sender::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::vector<int> Sender::acknowledged(const std::string& ledger) {
  std::vector<int> numbers;
  std::ifstream file(ledger);
  for (int number = 0; file >> number;) numbers.push_back(number);
  return numbers;
}

Acceptance Sender::acceptance(int number) {
  const std::string id = std::to_string(number);
  const std::size_t size =
      number % kLongEvery == 0 ? kInlineDataMax + 100 : 200 + static_cast<std::size_t>(number % 900);
  Acceptance acceptance;
  acceptance.event = {"power-cut", id, "t", "{}", id + std::string(size, static_cast<char>('a' + number % 26)),
                      std::nullopt};
  acceptance.dedupe = {{"e " + id, 1'000'000}};
  acceptance.runs = {{run_id(number), "p", "d", "", AfterFailure::kContinue, {{"step", "l", std::nullopt, 0}}}};
  return acceptance;
}

}  // namespace sojourn
