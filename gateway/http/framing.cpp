#include "gateway/http/framing.h"

namespace sojourn {
namespace {

const llhttp_settings_t& settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t settings;
    ::llhttp_settings_init(&settings);
    settings.on_body = [](llhttp_t* parser, const char* at, size_t size) {
      static_cast<Framing::Sink*>(parser->data)->on_body_bytes({at, size});
      return 0;
    };
    settings.on_message_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
    return settings;
  }();
  return kSettings;
}

}  // namespace

Framing::Framing(Sink& sink) : sink_(sink) {
  ::llhttp_init(&parser_, HTTP_REQUEST, &settings());
  parser_.data = &sink_;
}

Framing::Progress Framing::begin(std::string_view head) {
  ::llhttp_reset(&parser_);
  return feed(head);
}

Framing::Progress Framing::feed(std::string_view bytes) {
  const llhttp_errno_t error = ::llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (error == HPE_OK) return Progress::kMore;
  if (error != HPE_PAUSED) return Progress::kBroken;
  return ::llhttp_get_error_pos(&parser_) == bytes.data() + bytes.size() ? Progress::kComplete : Progress::kBroken;
}

std::string_view Framing::reason() const {
  const char* reason = ::llhttp_get_error_reason(&parser_);
  return reason == nullptr || *reason == '\0' ? "the message does not end where its head says" : reason;
}

}  // namespace sojourn
