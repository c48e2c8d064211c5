// What an instance of a function that names secrets gets beside its profile: the CONFIG frame with their values in it,
// and the redactor that keeps them out of what it says.
//
// Thread: any; it does not change after it was made.
// Owner:  a LoopPool, until a secret changes, and the instances that were given it.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/base/secret_text.h"
#include "runtime/sandbox/host/byte_buffer.h"
#include "runtime/sandbox/host/redactor.h"

namespace sojourn {

class InstanceSecrets {
 public:
  // `config_frame` is the profile's, which ends where the secrets begin.
  InstanceSecrets(std::string_view config_frame, const SecretTexts& secrets);
  ~InstanceSecrets();
  InstanceSecrets(const InstanceSecrets&) = delete;
  InstanceSecrets& operator=(const InstanceSecrets&) = delete;

  const ByteBuffer& config_frame() const { return config_frame_; }
  const Redactor& redactor() const { return redactor_; }

 private:
  ByteBuffer config_frame_;
  Redactor redactor_;
};
using InstanceSecretsPtr = std::shared_ptr<const InstanceSecrets>;

}  // namespace sojourn
