#include "runtime/outgoing/http_client.h"

#include <deque>
#include <map>

#include "runtime/base/address_rules.h"
#include "runtime/outgoing/curl_driver.h"
#include "runtime/outgoing/transfer.h"

namespace sojourn {

class HttpClient::Impl {
 public:
  Impl(Loop& loop, PrivateAddresses addresses, std::string trusted)
      : loop_(loop),
        addresses_(addresses),
        trusted_(std::move(trusted)),
        driver_(loop, [this](CURL* easy, CURLcode code) { on_end(Transfer::of(easy), code); }),
        delivery_(loop) {}

  ~Impl() {
    for (const auto& [number, transfer] : transfers_) driver_.remove(transfer->easy());
  }

  std::uint64_t send(OutgoingRequest request, Done done) {
    const std::uint64_t number = ++last_number_;
    if (transfers_.size() + lookups_left() >= kSendsMax) {
      finish(number, std::move(done),
             Error(ErrorCode::kNoCapacity, std::to_string(kSendsMax) + " requests are under way, the most at once"));
      return number;
    }
    const bool reaches_far = request.is_private && addresses_ == PrivateAddresses::kPermitted;
    auto transfer = std::make_unique<Transfer>(number, std::move(request),
                                               reaches_far ? Reach::kPrivate : Reach::kPublic, std::move(done));
    Status started = transfer->start(trusted_);
    if (started.ok() && !driver_.add(transfer->easy())) {
      started = Error(ErrorCode::kNoCapacity, "no memory for a request");
    }
    if (!started.ok()) {
      finish(number, transfer->take_done(), started.error());
    } else {
      transfers_.emplace(number, std::move(transfer));
    }
    return number;
  }

  void cancel(std::uint64_t number) {
    std::erase_if(finished_, [number](const Finished& one) { return one.number == number; });
    const auto found = transfers_.find(number);
    if (found == transfers_.end()) return;
    note_lookup(*found->second);
    driver_.remove(found->second->easy());
    transfers_.erase(found);
  }

 private:
  struct Finished {
    std::uint64_t number;
    Done done;
    Result<OutgoingReply> result;
  };

  void on_end(Transfer& transfer, CURLcode code) {
    note_lookup(transfer);
    finish(transfer.number(), transfer.take_done(), transfer.end(code));
    transfers_.erase(transfer.number());
  }

  // libcurl has called us, or who sends: what is done is told in a turn of its own.
  void finish(std::uint64_t number, Done done, Result<OutgoingReply> result) {
    finished_.push_back({number, std::move(done), std::move(result)});
    if (!delivery_.active()) delivery_.start(std::chrono::milliseconds(0), [this] { deliver(); });
  }

  void deliver() {
    const std::weak_ptr<int> alive = alive_;
    for (std::size_t left = finished_.size(); left > 0 && !finished_.empty(); --left) {
      Finished one = std::move(finished_.front());
      finished_.pop_front();
      one.done(std::move(one.result));
      if (alive.expired()) return;
    }
    if (!finished_.empty()) delivery_.start(std::chrono::milliseconds(0), [this] { deliver(); });
  }

  void note_lookup(const Transfer& transfer) {
    if (transfer.is_looking_up()) lookups_.push_back(loop_.now() + kLookupMax);
  }

  std::size_t lookups_left() {
    while (!lookups_.empty() && lookups_.front() <= loop_.now()) lookups_.pop_front();
    return lookups_.size();
  }

  Loop& loop_;
  const PrivateAddresses addresses_;
  const std::string trusted_;
  CurlDriver driver_;
  std::map<std::uint64_t, std::unique_ptr<Transfer>> transfers_;
  std::uint64_t last_number_ = 0;
  std::deque<MonotonicTime> lookups_;  // until when each one that nobody waits for may go on
  std::deque<Finished> finished_;
  Timer delivery_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

HttpClient::HttpClient(Loop& loop, PrivateAddresses addresses, std::string trusted)
    : impl_(std::make_unique<Impl>(loop, addresses, std::move(trusted))) {}
HttpClient::~HttpClient() = default;

std::uint64_t HttpClient::send(OutgoingRequest request, Done done) {
  return impl_->send(std::move(request), std::move(done));
}

void HttpClient::cancel(std::uint64_t number) {
  impl_->cancel(number);
}

}  // namespace sojourn
