// The intake of objects: what happens to an upload between its last byte and the deployer. The bytes are made durable
// under their hash, then the ELF gate reads them; both block, so they are for libuv's pool.
//
// Thread: any; free functions.
// Errors: kRefused with the gate's reason, kStoreUnavailable and kBodyTooLarge from the store.
#pragma once

#include "loader/apply_plan.h"
#include "loader/artifact_store.h"
#include "loader/elf_gate.h"

namespace sojourn {

Result<InspectedArtifact> take_in(const ArtifactStore& store, const HostLibraries& libraries,
                                  ArtifactStore::Upload upload);

// The same for one that is stored already; kRefused when it is not.
Result<InspectedArtifact> inspect_stored(const ArtifactStore& store, const HostLibraries& libraries,
                                         const Digest& digest);

}  // namespace sojourn
