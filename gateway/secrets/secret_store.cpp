#include "gateway/secrets/secret_store.h"

#include <nlohmann/json.hpp>

#include "loader/names.h"
#include "runtime/base/durable_file.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/sealing.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kFileSizeMax = 2 * kSecretsMax * kSecretSizeMax;  // bytes
constexpr mode_t kPrivate = 0600;
constexpr mode_t kKeyMode = 0400;

SecretPtr make(std::string_view name, SecretText value, std::int64_t created_at, std::int64_t changed_at) {
  auto secret = std::make_shared<Secret>();
  secret->name = name;
  secret->fingerprint = Sha256::of(value.view());
  secret->value = std::move(value);
  secret->created_at = created_at;
  secret->changed_at = changed_at;
  return secret;
}

}  // namespace

Result<std::unique_ptr<SecretStore>> SecretStore::open(std::string directory, const Clock& clock) {
  std::unique_ptr<SecretStore> store(new SecretStore(std::move(directory), clock));
  auto content = read_file(store->file(), kFileSizeMax);
  if (!content.ok()) return content.error().at("secrets");
  if (Status ready = store->read_key(!content->missing); !ready.ok()) return ready.error().at("secrets");
  if (content->missing) return store;
  if (Status loaded = store->load(content->text); !loaded.ok()) return loaded.error().at("secrets");
  return store;
}

Status SecretStore::read_key(bool needed) {
  auto content = read_file(key_file(), 4096);
  if (!content.ok()) return content.error();
  if (content->missing && needed) {
    return Error(ErrorCode::kStoreUnavailable, key_file() + " is gone, and " + file() +
                                                   " opens with nothing else: bring the key back, or remove both to "
                                                   "begin without secrets");
  }
  if (content->missing) {
    key_ = make_seal_key();
    std::string hex = to_hex(key_.view()) + "\n";
    Status written = replace_file(key_file(), hex, kKeyMode);
    wipe(hex);
    return written;
  }
  std::string_view hex = content->text;
  while (hex.ends_with('\n')) hex.remove_suffix(1);
  auto key = from_hex(hex);
  const bool fits = key && key->size() == kSealKeySize;
  if (fits) key_ = SecretText(*key);
  if (key) wipe(*key);
  wipe(content->text);
  if (fits) return {};
  return Error(ErrorCode::kStoreUnavailable, key_file() + " is damaged: it has to hold 64 hex digits");
}

Status SecretStore::load(std::string_view text) {
  const Error damaged(ErrorCode::kStoreUnavailable, file() + " is damaged: bring back a copy, or remove it");
  try {
    std::vector<SecretPtr> secrets;
    const Json content = Json::parse(text);
    for (const Json& item : content.at("secrets")) {
      const auto name = item.at("name").get<std::string>();
      const auto sealed = from_base64(item.at("sealed").get<std::string>());
      if (!sealed) return damaged;
      auto value = open_sealed(key_.view(), name, *sealed);
      if (!value) {
        return Error(ErrorCode::kStoreUnavailable, file() + ": the secret `" + name + "` does not open with " +
                                                       key_file() +
                                                       ": one of the two is not the one that belongs here");
      }
      secrets.push_back(make(name, std::move(*value), item.at("createdAt").get<std::int64_t>(),
                             item.at("changedAt").get<std::int64_t>()));
    }
    const std::lock_guard lock(mutex_);
    table_ = std::make_shared<const SecretTable>(std::move(secrets));
    return {};
  } catch (const Json::exception&) {
    return damaged;
  }
}

Status SecretStore::save(std::vector<SecretPtr> secrets) {
  auto table = std::make_shared<const SecretTable>(std::move(secrets));
  Json list = Json::array();
  for (const SecretPtr& secret : table->all()) {
    list.push_back({{"name", secret->name},
                    {"createdAt", secret->created_at},
                    {"changedAt", secret->changed_at},
                    {"sealed", to_base64(seal(key_.view(), secret->name, secret->value.view()))}});
  }
  Status written = replace_file(file(), Json{{"format", 1}, {"secrets", list}}.dump(1) + "\n", kPrivate);
  if (!written.ok()) return written;
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
  return {};
}

Result<StoredSecret> SecretStore::set(std::string_view name, std::string_view value) {
  if (Status fits = check_name("secret", name); !fits.ok()) return fits.error().as(ErrorCode::kBadRequest);
  if (value.empty()) return Error(ErrorCode::kBadRequest, "the value is empty; it is the body of the request");
  if (value.size() > kSecretSizeMax) {
    return Error(ErrorCode::kBodyTooLarge, "the value has " + std::to_string(value.size()) +
                                               " bytes; the limit of a secret is " + std::to_string(kSecretSizeMax));
  }
  const SecretTablePtr before = table();
  const Secret* old = before->find(name);
  if (old == nullptr && before->all().size() >= kSecretsMax) {
    return Error(ErrorCode::kConflict, "there are " + std::to_string(kSecretsMax) + " secrets, the most there may be");
  }
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
  StoredSecret stored{make(name, SecretText(value), old != nullptr ? old->created_at : now, now), old == nullptr};
  std::vector<SecretPtr> secrets = before->all();
  std::erase_if(secrets, [&](const SecretPtr& one) { return one->name == name; });
  secrets.push_back(stored.secret);
  if (Status saved = save(std::move(secrets)); !saved.ok()) return saved.error();
  return stored;
}

Status SecretStore::remove(std::string_view name) {
  const SecretTablePtr before = table();
  if (before->find(name) == nullptr) {
    return Error(ErrorCode::kSecretNotFound, "there is no secret `" + std::string(name.substr(0, 64)) + "`");
  }
  std::vector<SecretPtr> secrets = before->all();
  std::erase_if(secrets, [&](const SecretPtr& one) { return one->name == name; });
  return save(std::move(secrets));
}

SecretTablePtr SecretStore::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

}  // namespace sojourn
