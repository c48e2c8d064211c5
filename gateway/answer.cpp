#include "gateway/answer.h"

#include <cassert>

#include "gateway/worker.h"

namespace sojourn {
namespace {

constexpr int kClientGone = 499;  // as others count it too; never sent

}  // namespace

Answer::Answer(Worker& worker, Exchange& exchange)
    : worker_(worker), exchange_(exchange), started_(std::chrono::steady_clock::now()) {}

Answer::~Answer() {
  if (done_) return;
  status_ = kClientGone;
  account({});
}

void Answer::is_call(const RouteEntryPtr& entry, int version) {
  function_ = entry;
  version_ = version;
}

void Answer::account(std::string_view error_code) {
  assert(!done_);
  done_ = true;
  const auto duration = std::chrono::steady_clock::now() - started_;
  if (function_) function_->metrics->record(worker_.index(), status_, duration);
  worker_.counters().count(status_);
  const RequestHead& head = exchange_.head();
  worker_.access_log().add({head.method, head.path, exchange_.remote(), exchange_.call_id(),
                            function_ ? std::string_view(function_->function->name) : std::string_view(), version_,
                            status_, bytes_, duration, error_code});
}

std::vector<HeaderField> Answer::with_added(std::span<const HeaderField> headers) const {
  std::vector<HeaderField> fields(added_);
  for (const HeaderField& field : headers) {
    if (!field.name.starts_with("access-control-")) fields.push_back(field);
  }
  return fields;
}

void Answer::reply(int status, std::span<const HeaderField> headers, std::string_view body,
                   std::string_view error_code) {
  status_ = status;
  bytes_ = body.size();
  account(error_code);
  if (added_.empty()) return exchange_.reply(status, headers, body);
  exchange_.reply(status, with_added(headers), body);
}

void Answer::fail(const Error& error, std::span<const HeaderField> more) {
  const ErrorCodeFacts& code = facts(error.code());
  status_ = code.http_status;
  account(code.name);
  if (added_.empty()) return exchange_.fail(error, more);
  exchange_.fail(error, with_added(more));
}

void Answer::begin(int status, std::span<const HeaderField> headers) {
  status_ = status;
  if (added_.empty()) return exchange_.begin(status, headers);
  exchange_.begin(status, with_added(headers));
}

void Answer::write(std::string_view chunk) {
  bytes_ += chunk.size();
  exchange_.write(chunk);
}

void Answer::end() {
  account({});
  exchange_.end();
}

void Answer::abort(std::string_view error_code) {
  account(error_code);
  exchange_.abort();
}

}  // namespace sojourn
