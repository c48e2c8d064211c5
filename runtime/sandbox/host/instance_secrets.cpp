#include "runtime/sandbox/host/instance_secrets.h"

#include <cassert>
#include <cstring>

#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {
namespace {

void add_text(ByteBuffer& frame, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  frame.append({reinterpret_cast<const char*>(&size), sizeof size});
  frame.append(text);
}

}  // namespace

InstanceSecrets::InstanceSecrets(std::string_view config_frame, const SecretTexts& secrets) : redactor_(secrets) {
  std::size_t size = config_frame.size();
  for (const auto& [name, value] : secrets) size += 2 * sizeof(std::uint32_t) + name.size() + value.view().size();
  config_frame_.expect(size);  // so that no copy is left behind while it grows
  config_frame_.append(config_frame);
  for (const auto& [name, value] : secrets) {
    add_text(config_frame_, name);
    add_text(config_frame_, value.view());
  }
  const auto length = static_cast<std::uint32_t>(size - sizeof(FrameHeader));
  const auto count = static_cast<std::uint32_t>(secrets.size());
  assert(config_frame_.size() == size && length <= kFramePayloadMax);
  std::memcpy(config_frame_.data() + offsetof(FrameHeader, length), &length, sizeof length);
  std::memcpy(config_frame_.data() + sizeof(FrameHeader) + offsetof(ConfigHead, secret_count), &count, sizeof count);
}

InstanceSecrets::~InstanceSecrets() {
  ::explicit_bzero(config_frame_.data(), config_frame_.size());
}

}  // namespace sojourn
