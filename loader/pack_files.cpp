#include "loader/pack_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>

#include "loader/git_handles.h"

namespace sojourn {
namespace {

namespace fs = std::filesystem;

struct Pack {
  fs::path index;
  std::uint32_t objects = 0;
};

// The last word of an index's fan-out table is the number of its objects.
std::uint32_t object_count(const fs::path& index) {
  constexpr std::streamoff kLastFanOut = 8 + 255 * 4;
  std::array<unsigned char, 4> word{};
  std::ifstream file(index, std::ios::binary);
  file.seekg(kLastFanOut);
  file.read(reinterpret_cast<char*>(word.data()), word.size());
  return std::uint32_t{word[0]} << 24 | std::uint32_t{word[1]} << 16 | std::uint32_t{word[2]} << 8 | word[3];
}

Result<std::vector<Pack>> list_packs(const std::string& directory) {
  std::vector<Pack> packs;
  std::error_code failed;
  fs::directory_iterator entry(fs::path(directory) / "objects" / "pack", failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    if (entry->path().extension() == ".idx") packs.push_back({entry->path(), object_count(entry->path())});
  }
  if (failed) return system_error("list the packs", failed.value(), ErrorCode::kStoreUnavailable);
  std::sort(packs.begin(), packs.end(), [](const Pack& a, const Pack& b) { return a.objects < b.objects; });
  return packs;
}

// How many of the packs, smallest first, to merge: up to the first that is twice all before it.
std::size_t merge_size(const std::vector<Pack>& packs) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (i > 1 && packs[i].objects > 2 * sum) return i;
    sum += packs[i].objects;
  }
  return packs.size();
}

Status collect_ids(const Pack& pack, std::vector<git_oid>& ids) {
  git_odb* raw = nullptr;
  if (const int code = ::git_odb_new(&raw); code != 0) return git_failure("open a pack", code);
  const GitOdb database(raw);
  git_odb_backend* backend = nullptr;
  int code = ::git_odb_backend_one_pack(&backend, pack.index.c_str());
  if (code == 0) code = ::git_odb_add_backend(raw, backend, 1);
  const auto collect = [](const git_oid* id, void* into) {
    static_cast<std::vector<git_oid>*>(into)->push_back(*id);
    return 0;
  };
  if (code == 0) code = ::git_odb_foreach(raw, collect, &ids);
  if (code != 0) return git_failure("read pack " + pack.index.filename().string(), code);
  return {};
}

}  // namespace

Status write_pack(git_repository* repository, const std::vector<git_oid>& ids) {
  git_packbuilder* raw = nullptr;
  if (const int code = ::git_packbuilder_new(&raw, repository); code != 0) return git_failure("begin a pack", code);
  const GitPackBuilder builder(raw);
  ::git_packbuilder_set_threads(raw, 1);
  for (const git_oid& id : ids) {
    if (const int code = ::git_packbuilder_insert(raw, &id, nullptr); code != 0)
      return git_failure("fill a pack", code);
  }
  const int code = ::git_packbuilder_write(raw, nullptr, 0, nullptr, nullptr);
  if (code != 0) return git_failure("write a pack", code);
  return {};
}

Result<std::size_t> count_packs(const std::string& directory) {
  auto packs = list_packs(directory);
  if (!packs) return packs.error();
  return packs->size();
}

Result<bool> merge_packs(git_repository* repository, const std::string& directory) {
  auto packs = list_packs(directory);
  if (!packs) return packs.error();
  if (packs->size() <= kPacksMax) return false;
  packs->resize(merge_size(*packs));
  std::vector<git_oid> ids;
  for (const Pack& pack : *packs) {
    if (Status status = collect_ids(pack, ids); !status) return status.error();
  }
  if (Status status = write_pack(repository, ids); !status) return status.error();
  for (const Pack& pack : *packs) {
    // The index first: without it nobody looks for the pack. What stays after a crash is only spare.
    std::error_code ignored;
    fs::remove(pack.index, ignored);
    fs::remove(fs::path(pack.index).replace_extension(".pack"), ignored);
  }
  return true;
}

}  // namespace sojourn
