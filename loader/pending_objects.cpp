#include "loader/pending_objects.h"

#include <cstring>

namespace sojourn {
namespace {

constexpr int kBeforeAllOthers = 1000;  // priority; libgit2's own backends have 1 and 2

}  // namespace

PendingObjects::PendingObjects() : git_odb_backend() {
  ::git_odb_init_backend(this, GIT_ODB_BACKEND_VERSION);
  write = on_write;
  read = on_read;
  read_header = on_read_header;
  exists = on_exists;
  free = on_free;
}

PendingObjects* PendingObjects::add_to(git_odb* database) {
  auto* made = new PendingObjects;
  if (::git_odb_add_backend(database, made, kBeforeAllOthers) == 0) return made;
  delete made;
  return nullptr;
}

void PendingObjects::clear() {
  objects_.clear();
  ids_.clear();
}

const PendingObjects::Object* PendingObjects::find(const git_oid* id) const {
  const auto found = objects_.find(*id);
  return found == objects_.end() ? nullptr : &found->second;
}

int PendingObjects::on_write(git_odb_backend* backend, const git_oid* id, const void* content, std::size_t size,
                             git_object_t type) noexcept {
  PendingObjects& pending = self(backend);
  const std::string_view bytes(static_cast<const char*>(content), size);
  const bool fresh = pending.objects_.try_emplace(*id, Object{type, std::string(bytes)}).second;
  if (fresh) pending.ids_.push_back(*id);
  return 0;
}

int PendingObjects::on_read(void** content, std::size_t* size, git_object_t* type, git_odb_backend* backend,
                            const git_oid* id) noexcept {
  const Object* object = self(backend).find(id);
  if (object == nullptr) return GIT_ENOTFOUND;
  const std::size_t length = object->content.size();
  *content = ::git_odb_backend_data_alloc(backend, length + 1);
  if (*content == nullptr) return GIT_ERROR;
  std::memcpy(*content, object->content.c_str(), length + 1);
  *size = length;
  *type = object->type;
  return 0;
}

int PendingObjects::on_read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                                   const git_oid* id) noexcept {
  const Object* object = self(backend).find(id);
  if (object == nullptr) return GIT_ENOTFOUND;
  *size = object->content.size();
  *type = object->type;
  return 0;
}

int PendingObjects::on_exists(git_odb_backend* backend, const git_oid* id) noexcept {
  return self(backend).find(id) != nullptr ? 1 : 0;
}

void PendingObjects::on_free(git_odb_backend* backend) noexcept {
  delete &self(backend);
}

}  // namespace sojourn
