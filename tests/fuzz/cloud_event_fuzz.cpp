// The three forms of CloudEvents on any bytes: the first byte chooses the form; of the binary form each line is a field
// up to an empty one, and the rest is the body. What was read is whole, and is the same after every form.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "runtime/event/envelope/cloud_event.h"

namespace {

using namespace sojourn;

void require(bool holds) {
  if (!holds) std::abort();
}

// White space around JSON means nothing, and structured form does not keep it.
CloudEvent bare(CloudEvent event) {
  if (!is_json_media_type(event.attribute("datacontenttype"))) return event;
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = std::min(event.data.find_first_not_of(kSpace), event.data.size());
  event.data.erase(0, first);
  event.data.erase(event.data.find_last_not_of(kSpace) + 1);
  return event;
}

CloudEvent through_binary(const CloudEvent& event) {
  const EventFields sent = to_binary(event);
  std::vector<HeaderField> views;
  for (const auto& [name, value] : sent.fields) views.push_back({name, value});
  auto back = read_binary(views, event.data);
  require(back.ok());
  return std::move(*back);
}

void check(const CloudEvent& event) {
  require(check_event(event).ok());
  require(through_binary(event) == event);
  const auto structured = read_structured(to_structured(event));
  require(structured.ok() && bare(*structured) == bare(event));
  const auto batch = read_batched(to_batched(std::vector<CloudEvent>{event, event}));
  require(batch.ok() && batch->size() == 2 && bare((*batch)[1]) == bare(event));
}

Result<CloudEvent> read_as_binary(std::string_view text) {
  std::vector<HeaderField> fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(':'), line.size());
    fields.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  (void)event_form(fields);
  return read_binary(fields, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) {
    if (const auto event = read_structured(rest); event.ok()) check(*event);
  } else if (data[0] % 3 == 1) {
    if (const auto events = read_batched(rest); events.ok()) {
      for (const CloudEvent& event : *events) check(event);
    }
  } else if (const auto event = read_as_binary(rest); event.ok()) {
    check(*event);
  }
  return 0;
}
