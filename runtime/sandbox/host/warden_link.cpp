#include "runtime/sandbox/host/warden_link.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/sandbox/host/passed_fds.h"

namespace sojourn {
namespace {

constexpr int kMessagesPerTurn = 64;

Error no_warden() {
  return Error(ErrorCode::kNoCapacity, "the process that makes sandboxes is being started again");
}

}  // namespace

WardenLink::~WardenLink() = default;

void WardenLink::attach(UniqueFd link) {
  if (link_) end();
  link_ = std::move(link);
  watcher_.emplace(loop_, link_.get());
  watcher_->watch(FdWatcher::kReadable, [this](int ready) { on_ready(ready); });
}

void WardenLink::adopt(const AdoptRequest& request, std::span<const AdoptMoreRequest> more,
                       const AdoptDoorsRequest* doors, Adopted adopted) {
  if (!link_) {
    loop_.at_turn_end([adopted = std::move(adopted)] { adopted(no_warden()); });
    return;
  }
  adopting_.emplace(request.id, std::move(adopted));
  for (const AdoptMoreRequest& object : more) send(&object, sizeof object);
  if (doors != nullptr) send(doors, sizeof *doors);
  send(&request, sizeof request);
}

void WardenLink::kill(std::uint64_t template_id, std::int32_t pid) {
  KillRequest request{};
  request.type = WardenMessageType::kKill;
  request.pid = pid;
  request.id = template_id;
  if (link_) send(&request, sizeof request);
}

void WardenLink::send(const void* message, std::size_t size) {
  // A warden that leaves thousands of messages unread is not coming back: its end of file will be.
  if (unsent_.size() >= kUnsentMax) return;
  unsent_.emplace_back(static_cast<const char*>(message), size);
  flush();
}

void WardenLink::flush() {
  while (!unsent_.empty()) {
    if (!send_packet(link_.get(), unsent_.front().data(), unsent_.front().size(), nullptr, 0)) break;
    unsent_.pop_front();
  }
  watcher_->watch(unsent_.empty() ? FdWatcher::kReadable : FdWatcher::kReadable | FdWatcher::kWritable);
}

void WardenLink::on_ready(int ready) {
  if ((ready & FdWatcher::kWritable) != 0 && !unsent_.empty()) flush();
  if ((ready & FdWatcher::kReadable) == 0) return;
  for (int i = 0; i < kMessagesPerTurn && link_; ++i) {
    if (!read_one()) return;
  }
}

bool WardenLink::read_one() {
  alignas(8) std::array<char, kWardenMessageMax> bytes;
  PassedFds passed;
  const ssize_t count = receive_packet(link_.get(), bytes.data(), bytes.size(), passed);
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) {
    end();
    return false;
  }
  on_message(bytes.data(), static_cast<std::size_t>(count), std::move(passed));
  return true;
}

void WardenLink::on_message(const char* bytes, std::size_t size, PassedFds passed) {
  WardenMessageType type{};
  if (size < sizeof type) return;
  std::memcpy(&type, bytes, sizeof type);
  if (type == WardenMessageType::kHello && size >= sizeof(WardenHello)) {
    WardenHello hello;
    std::memcpy(&hello, bytes, sizeof hello);
    if (on_hello) on_hello(hello);
  } else if ((type == WardenMessageType::kAdopted || type == WardenMessageType::kRefused) &&
             size >= sizeof(AdoptReply)) {
    AdoptReply reply;
    std::memcpy(&reply, bytes, sizeof reply);
    on_adopt_reply(reply, std::move(passed.fds[0]), std::move(passed.fds[1]));
  } else if (type == WardenMessageType::kDoors && size >= sizeof(DoorsReply)) {
    std::memcpy(&doors_head_, bytes, sizeof doors_head_);
    doors_.clear();
    for (std::size_t index = 0; index < passed.count; ++index) doors_.push_back(std::move(passed.fds[index]));
  } else if (type == WardenMessageType::kDied && size >= sizeof(DiedReport)) {
    DiedReport report;
    std::memcpy(&report, bytes, sizeof report);
    if (on_died) on_died(report);
  }
}

void WardenLink::on_adopt_reply(const AdoptReply& reply, UniqueFd control, UniqueFd log) {
  const auto found = adopting_.find(reply.id);
  std::vector<UniqueFd> doors = std::exchange(doors_, {});
  if (doors_head_.id != reply.id) doors.clear();
  if (found == adopting_.end()) return;
  const Adopted adopted = std::move(found->second);
  adopting_.erase(found);
  if (reply.type == WardenMessageType::kAdopted && control && log) {
    adopted(Adoption{std::move(control), std::move(log), std::move(doors), reply.pid});
    return;
  }
  const std::string_view step(reply.step.data(), ::strnlen(reply.step.data(), reply.step.size()));
  adopted(system_error(step, reply.error, ErrorCode::kNoCapacity).at("a sandbox could not be made"));
}

void WardenLink::end() {
  watcher_.reset();
  link_.reset();
  unsent_.clear();
  for (auto& [id, adopted] : std::exchange(adopting_, {})) adopted(no_warden());
  if (on_end) on_end();
}

}  // namespace sojourn
