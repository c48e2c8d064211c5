#include "runtime/pool/version_pool.h"

#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {
namespace {

InstanceProfile profile_of(const Version& version) {
  const FunctionConfig& config = version.config;
  const bool one_shot = config.isolation == Isolation::kFresh;
  std::string payload;
  PayloadWriter out(payload);
  ConfigHead head{};
  head.version = static_cast<std::uint32_t>(version.number);
  head.one_shot = one_shot ? 1 : 0;
  head.reply_limit = config.reply_limit;
  head.log_limit = config.log_limit;
  head.env_count = static_cast<std::uint32_t>(config.env.size());
  out.fixed(head);
  out.text(version.function);
  out.text(config.with);
  for (const auto& [key, value] : config.env) {
    out.text(key);
    out.text(value);
  }
  FrameHeader frame;
  frame.type = FrameType::kConfig;
  frame.length = static_cast<std::uint32_t>(payload.size());
  InstanceProfile profile;
  profile.config_frame.assign(reinterpret_cast<const char*>(&frame), sizeof frame);
  profile.config_frame += payload;
  profile.reply_limit = config.reply_limit;
  profile.log_limit = config.log_limit;
  profile.memory = config.memory;
  profile.one_shot = one_shot;
  for (const FusedObject& object : version.fused) profile.fused.push_back(object.use);
  return profile;
}

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

VersionPool::VersionPool(VersionPtr version, PoolWorld& world)
    : version_(std::move(version)),
      world_(world),
      profile_(profile_of(*version_)),
      number_(next_number()),
      nests_(version_->entry.kind == EntryKind::kDecorator || !version_->config.calls.empty()),
      home_(*this, world) {
  for (const auto& side : world.sides) loops_.push_back(std::make_unique<LoopPool>(*this, *side));
}

VersionPool::~VersionPool() = default;

void VersionPool::close() {
  loops_.clear();
  home_.close();
}

int VersionPool::instances_max() const {
  return version_->config.instances.max;
}

int VersionPool::spares_max() const {
  return profile_.one_shot ? instances_max() : 1;
}

void VersionPool::on_home(std::function<void(TemplateHome&)> work) {
  if (world_.home().on_loop_thread()) return work(home_);
  world_.home().post([self = shared_from_this(), work = std::move(work)] { work(self->home_); });
}

void VersionPool::on_side(std::size_t side, std::function<void(LoopPool&)> work) {
  world_.sides[side]->loop->post([self = shared_from_this(), side, work = std::move(work)] { work(self->at(side)); });
}

void VersionPool::on_all_sides(const std::function<void(LoopPool&)>& work) {
  for (std::size_t side = 0; side < loops_.size(); ++side) on_side(side, work);
}

}  // namespace sojourn
