#include "loader/pack_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <unistd.h>

#include "loader/git_handles.h"
#include "loader/sync_path.h"

namespace sojourn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPackDirectory = "/objects/pack";
constexpr const char* kMergeDirectory = "/sojourn-merge";  // for a pack that is not yet on disk

Error disk_error(std::string_view what, const std::error_code& failed) {
  return system_error(what, failed.value(), ErrorCode::kStoreUnavailable);
}

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
  fs::directory_iterator entry(directory + kPackDirectory, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    if (entry->path().extension() == ".idx") packs.push_back({entry->path(), object_count(entry->path())});
  }
  if (failed) return disk_error("list the packs", failed);
  std::sort(packs.begin(), packs.end(), [](const Pack& a, const Pack& b) { return a.objects < b.objects; });
  return packs;
}

bool is_among(const Pack& pack, const std::vector<std::string>& paths) {
  const std::string path = fs::path(pack.index).replace_extension().string();
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

// How many of the packs, smallest first, to merge: all that are `wanted`, and on from there up to the first that is
// twice as large as all before it.
std::size_t merge_size(const std::vector<Pack>& packs, const std::vector<std::string>& wanted) {
  std::size_t least = 0;
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (is_among(packs[i], wanted)) least = i + 1;
  }
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (i >= least && packs[i].objects > 2 * sum) return i;
    sum += packs[i].objects;
  }
  return packs.size();
}

// Writes a pack and its index into any directory; not synced.
Result<std::string> write_pack_files(const std::string& pack_directory, std::string_view pack) {
  git_indexer* raw = nullptr;
  int code = ::git_indexer_new(&raw, pack_directory.c_str(), 0, nullptr, nullptr);
  if (code != 0) return git_failure("begin a pack file", code);
  const GitIndexer indexer(raw);
  git_indexer_progress progress{};
  code = ::git_indexer_append(raw, pack.data(), pack.size(), &progress);
  if (code == 0) code = ::git_indexer_commit(raw, &progress);
  if (code != 0) return git_failure("write a pack file", code);
  return pack_directory + "/pack-" + ::git_indexer_name(raw);
}

// Writes a pack so that it stands among the others only once it is on disk. Returns its path without its ending.
Result<std::string> place_synced_pack(const std::string& directory, std::string_view pack) {
  std::error_code failed;
  const std::string aside = directory + kMergeDirectory;
  fs::remove_all(aside, failed);
  if (fs::create_directory(aside, failed); failed) return disk_error("make " + aside, failed);
  const auto written = write_pack_files(aside, pack);
  if (!written) return written.error();
  const std::string place = directory + kPackDirectory + "/" + fs::path(*written).filename().string();
  for (const char* ending : {".pack", ".idx"}) {  // whoever sees the index finds the pack
    if (Status status = sync_path(*written + ending); !status) return status.error();
    if (fs::rename(*written + ending, place + ending, failed); failed) return disk_error("place a pack", failed);
  }
  if (Status status = sync_path(directory + kPackDirectory); !status) return status.error();
  return place;
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

Result<std::string> make_pack(git_repository* repository, const std::vector<git_oid>& ids) {
  git_packbuilder* raw = nullptr;
  if (const int code = ::git_packbuilder_new(&raw, repository); code != 0) return git_failure("begin a pack", code);
  const GitPackBuilder builder(raw);
  ::git_packbuilder_set_threads(raw, 1);
  for (const git_oid& id : ids) {
    if (const int code = ::git_packbuilder_insert(raw, &id, nullptr); code != 0)
      return git_failure("fill a pack", code);
  }
  git_buf buffer{};
  const int code = ::git_packbuilder_write_buf(&buffer, raw);
  std::string pack = code == 0 ? std::string(buffer.ptr, buffer.size) : std::string();
  ::git_buf_dispose(&buffer);
  if (code != 0) return git_failure("make a pack", code);
  return pack;
}

Result<std::string> install_pack(const std::string& directory, std::string_view pack) {
  return write_pack_files(directory + kPackDirectory, pack);
}

void remove_pack(const std::string& path) {
  // The index first: without it nobody looks for the pack. What stays after a crash is only spare.
  for (const char* ending : {".idx", ".pack"}) ::unlink((path + ending).c_str());
}

void remove_unfinished_packs(const std::string& directory) {
  std::error_code ignored;
  fs::remove_all(directory + kMergeDirectory, ignored);
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(directory + kPackDirectory, ignored)) {
    if (!entry.path().filename().string().starts_with("pack-")) unfinished.push_back(entry.path());
  }
  for (const fs::path& path : unfinished) fs::remove(path, ignored);
}

Result<std::size_t> count_packs(const std::string& directory) {
  auto packs = list_packs(directory);
  if (!packs) return packs.error();
  return packs->size();
}

Result<bool> settle_packs(git_repository* repository, const std::string& directory,
                          const std::vector<std::string>& unsynced) {
  if (unsynced.empty()) return false;
  auto packs = list_packs(directory);
  if (!packs) return packs.error();
  packs->resize(merge_size(*packs, unsynced));
  std::vector<git_oid> ids;
  for (const Pack& pack : *packs) {
    if (Status status = collect_ids(pack, ids); !status) return status.error();
  }
  const auto merged = make_pack(repository, ids);
  if (!merged) return merged.error();
  const auto path = place_synced_pack(directory, *merged);
  if (!path) return path.error();
  for (const Pack& pack : *packs) {
    const std::string old = fs::path(pack.index).replace_extension().string();
    if (old != *path) remove_pack(old);
  }
  return true;
}

}  // namespace sojourn
