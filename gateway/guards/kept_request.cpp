#include "gateway/guards/kept_request.h"

namespace sojourn {
namespace {

std::size_t size_of(const RequestView& request) {
  std::size_t size = request.call_id.size() + request.traceparent.size() + request.method.size() + request.path.size() +
                     request.query.size() + request.remote.size() + request.body.size() + request.token.size() +
                     request.idempotency_key.size();
  for (const HeaderField& field : request.headers) size += field.name.size() + field.value.size();
  return size;
}

}  // namespace

KeptRequest::KeptRequest(const RequestView& request) : view_(request) {
  bytes_.reserve(size_of(request));
  headers_.reserve(request.headers.size());
  for (const HeaderField& field : request.headers) headers_.push_back({keep(field.name), keep(field.value)});
  view_.headers = headers_;
  for (std::string_view* text : {&view_.call_id, &view_.traceparent, &view_.method, &view_.path, &view_.query,
                                 &view_.remote, &view_.body, &view_.token, &view_.idempotency_key}) {
    *text = keep(*text);
  }
  view_.cause = nullptr;
  view_.emits_into = nullptr;
}

std::string_view KeptRequest::keep(std::string_view text) {
  const std::size_t at = bytes_.size();
  bytes_ += text;
  return {bytes_.data() + at, text.size()};
}

}  // namespace sojourn
