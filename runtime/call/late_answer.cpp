#include "runtime/call/late_answer.h"

#include "runtime/call/call_side.h"
#include "runtime/call/chain_run.h"

namespace sojourn {

void LateAnswer::begin(ChainRun& run, Caller& caller) {
  run_ = &run;
  run_->hold();
  run_->answered();
  caller_ = &caller;
  held_ = true;
  told_ = false;
  failure_.reset();
  side_.loop().at_turn_end([this] { tell(); });
}

void LateAnswer::reply(ChainRun& run, const ReplyView& reply, Caller& caller) {
  begin(run, caller);
  status_ = reply.status;
  text_.clear();
  sizes_.clear();
  for (const HeaderField& field : reply.headers) {
    for (const std::string_view part : {field.name, field.value}) {
      text_ += part;
      sizes_.push_back(part.size());
    }
  }
  text_ += reply.body;
}

void LateAnswer::fail(ChainRun& run, CallFailure failure, Caller& caller) {
  begin(run, caller);
  failure_ = std::move(failure);
}

void LateAnswer::tell() {
  Caller* const caller = std::exchange(caller_, nullptr);
  ChainRun* const run = std::exchange(run_, nullptr);
  if (caller != nullptr && failure_) {
    caller->on_failure(*failure_, run->times());
  } else if (caller != nullptr) {
    std::string_view rest = text_;
    const auto next = [&](std::size_t size) {
      const std::string_view part = rest.substr(0, size);
      rest.remove_prefix(size);
      return part;
    };
    fields_.clear();
    for (std::size_t i = 0; i + 1 < sizes_.size(); i += 2) {
      const std::string_view name = next(sizes_[i]);
      fields_.push_back({name, next(sizes_[i + 1])});
    }
    caller->on_reply({status_, fields_, rest}, run->times());
  }
  run->release();
  told_ = true;
  if (!held_) side_.give_back(*this);
}

void LateAnswer::drop() {
  held_ = false;
  caller_ = nullptr;
  if (told_) side_.give_back(*this);
}

}  // namespace sojourn
