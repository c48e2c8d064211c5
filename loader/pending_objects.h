// PendingObjects is an object database backend in memory: it takes every object that libgit2 writes and keeps it until
// all of a commit's objects are there to go to disk together, as one pack.
//
// Thread:    the repository's one thread.
// Ownership: the object database owns it, as libgit2 wants it; the pointer lives as long as the database.
#pragma once

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <map>
#include <string>
#include <vector>

namespace sojourn {

class PendingObjects : private git_odb_backend {
 public:
  // Puts a new one before the database's other backends. Null when libgit2 refuses.
  static PendingObjects* add_to(git_odb* database);

  const std::vector<git_oid>& ids() const { return ids_; }  // in the order they were written
  void clear();

 private:
  struct Object {
    git_object_t type;
    std::string content;
  };
  struct Less {
    bool operator()(const git_oid& a, const git_oid& b) const { return ::git_oid_cmp(&a, &b) < 0; }
  };

  PendingObjects();
  static PendingObjects& self(git_odb_backend* backend) { return *static_cast<PendingObjects*>(backend); }
  const Object* find(const git_oid* id) const;

  static int on_write(git_odb_backend* backend, const git_oid* id, const void* content, std::size_t size,
                      git_object_t type) noexcept;
  static int on_read(void** content, std::size_t* size, git_object_t* type, git_odb_backend* backend,
                     const git_oid* id) noexcept;
  static int on_read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                            const git_oid* id) noexcept;
  static int on_exists(git_odb_backend* backend, const git_oid* id) noexcept;
  static void on_free(git_odb_backend* backend) noexcept;

  std::map<git_oid, Object, Less> objects_;
  std::vector<git_oid> ids_;
};

}  // namespace sojourn
