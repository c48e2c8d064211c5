#include "runtime/event/journal/journal.h"

#include <cerrno>
#include <sys/stat.h>

#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

constexpr std::uint64_t kBallastBytes = 16u << 20;

}  // namespace

bool is_plain_no(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCallNotFound:
    case ErrorCode::kRunNotFound:
    case ErrorCode::kEventNotFound:
    case ErrorCode::kLetterNotFound:
    case ErrorCode::kCallIdTaken:
      return true;
    default:
      return false;
  }
}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& directory, RetentionOptions retention) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error(directory, errno, ErrorCode::kStoreUnavailable);
  }
  auto payloads = PayloadStore::open(directory + "/payloads");
  if (!payloads) return payloads.error();
  auto engine = SqliteEngine::open(directory + "/journal.db");
  if (!engine) return engine.error();
  return std::unique_ptr<Journal>(new Journal(std::move(*payloads), std::move(*engine),
                                              Ballast(directory + "/journal.ballast", kBallastBytes), retention));
}

Journal::Journal(PayloadStore payloads, std::unique_ptr<JournalEngine> engine, Ballast ballast,
                 RetentionOptions retention)
    : payloads_(std::make_shared<PayloadStore>(std::move(payloads))),
      retention_(*payloads_, retention),
      writer_(std::make_unique<JournalWriter>(std::move(engine), std::move(ballast))) {}

void Journal::on_woken(std::function<void(std::vector<LaneWake>)> woken) {
  writer_->on_woken(std::move(woken));
}

}  // namespace sojourn
