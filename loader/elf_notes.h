// The notes in which an object describes itself: which functions it holds, under which symbols, for which ABI.
//
// They are found through the PT_NOTE segments; when those hold none, through the section .note.sojourn, for linkers
// that left it out of the segments. The text of a note is lines of key=value; keys this version does not know are
// skipped, so that later SDKs can say more. `with`, a JSON Schema, comes last and may have several lines. It may also
// stand in a note of its own, which names its entry by `symbol` and has no `kind`.
//
// Thread: any; pure functions on borrowed bytes.
#pragma once

#include <string>
#include <vector>

#include "loader/artifact.h"
#include "loader/elf_image.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kEntriesMax = 64;          // functions in one object
inline constexpr std::size_t kNoteTextMax = 64u << 10;  // bytes of one note
inline constexpr std::size_t kWithDepthMax = 64;        // nesting of a schema

// Every Sojourn note, at least one, by name. kRefused when there is none, when one cannot be read, names an ABI major
// that this host does not speak, or repeats a name.
Result<std::vector<EntryNote>> read_entry_notes(const ElfImage& image);

// The GNU build id in hex, or empty.
std::string read_build_id(const ElfImage& image);

// Reads the text of one note that describes an entry.
Result<EntryNote> parse_entry_note(std::string_view text);

}  // namespace sojourn
