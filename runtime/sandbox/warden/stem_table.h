// The warden's stems and templates by slot: makes them, follows their first words, reaps them, and cleans up after
// them. Slots are small numbers, reused lowest first; a slot names a template's directory, its cgroup and its uid.
//
// Thread: the warden's only thread. Nothing here waits.
// Owner:  the warden.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/log.h"
#include "runtime/sandbox/policy/cgroup.h"
#include "runtime/sandbox/protocol/warden_message.h"
#include "runtime/sandbox/template/stem_report.h"
#include "runtime/sandbox/warden/artifact_links.h"
#include "runtime/sandbox/warden/stem.h"
#include "runtime/sandbox/warden/stem_directories.h"

namespace sojourn {

inline constexpr std::uint32_t kTemplatesMax = 4096;
inline constexpr std::chrono::seconds kRisingMax{10};

// A kAdopt with the kAdoptMore that came before it.
struct AdoptionRequest {
  AdoptRequest main{};
  AdoptDoorsRequest doors{};           // count 0: none
  std::vector<AdoptMoreRequest> more;  // by index, without a gap
};

inline StemKind kind_of(const AdoptionRequest& request) {
  return request.doors.count > 0 ? StemKind::kConnecting : StemKind::kClosed;
}

class StemTable {
 public:
  StemTable(StemRecipe recipe, StemDirectories directories, ArtifactLinks artifacts, CgroupTree cgroups)
      : recipe_(recipe),
        directories_(std::move(directories)),
        artifacts_(std::move(artifacts)),
        cgroups_(std::move(cgroups)) {}

  // Starts one more stem. Its slot, or the step that failed.
  StepError start(StemKind kind, Stem** started);
  // Reads what a stem says: its report, later that it has loaded. nullopt: nothing new about its walls.
  std::optional<StemReport> read_report(Stem& stem);
  // Gives the oldest ready stem of the kind that it takes these artifacts and limits. nullptr when none is ready; else
  // see `failed`: a stem that could not be limited is killed.
  Stem* adopt(const AdoptionRequest& request, StepError* failed);
  // Whether the process has ended; then `status` is as waitpid gives it.
  bool has_ended(Stem& stem, int* status);
  // How often the kernel killed in its cgroup for memory.
  std::uint64_t oom_kills(const Stem& stem) const { return cgroups_.oom_kills(stem.slot); }
  // Forgets a stem that has ended.
  void remove(Stem& stem);

  void kill(Stem& stem);
  void kill_instance(Stem& stem, pid_t pid);
  void kill_all();
  // The first stem that is rising for longer than kRisingMax, or nullptr.
  Stem* late();

  Stem* by_slot(std::uint32_t slot);
  Stem* by_id(std::uint64_t id);
  std::size_t count(Stem::State state, StemKind kind) const;
  std::size_t rising() const;
  bool empty() const { return stems_.empty(); }

 private:
  StepError raise(Stem& stem);
  StepError give(Stem& stem, const AdoptionRequest& request);
  StepError limit(Stem& stem, const AdoptRequest& request);

  const StemRecipe recipe_;
  StemDirectories directories_;
  ArtifactLinks artifacts_;
  CgroupTree cgroups_;
  std::map<std::uint32_t, std::unique_ptr<Stem>> stems_;
  std::map<std::uint64_t, std::uint32_t> slots_by_id_;
};

}  // namespace sojourn
