#include "loader/elf_gate.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include <sojourn/abi.h>

#include "loader/elf_image.h"
#include "loader/elf_notes.h"
#include "loader/names.h"

namespace sojourn {
namespace {

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

// What an error may quote of the file: printable, and short.
std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 128)) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out;
}

Status check_type(const ElfImage& image) {
  const auto type = image.header().e_type;
  if (type == ET_REL) return refused("is an object file; link it with -shared");
  if (type != ET_DYN) return refused("is not a shared object; link it with -shared");
  if (image.segment(PT_INTERP) != nullptr)
    return refused("is a program (it names an interpreter); link it with -shared");
  if (!image.is_dynamic()) return refused("has no dynamic section; link it with -shared");
  if (image.value(DT_FLAGS_1).value_or(0) & DF_1_PIE) return refused("is a program (PIE); link it with -shared");
  return {};
}

Status check_memory(const ElfImage& image) {
  const Elf64_Phdr* stack = image.segment(PT_GNU_STACK);
  if (stack == nullptr) {
    return refused("does not say that its stack is not executable (no PT_GNU_STACK); link it with -z noexecstack");
  }
  if (stack->p_flags & PF_X) return refused("asks for an executable stack; link it with -z noexecstack");
  for (const Elf64_Phdr& segment : image.segments()) {
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) && (segment.p_flags & PF_X)) {
      return refused("has a segment that is both writable and executable");
    }
  }
  const bool text_relocations = image.value(DT_TEXTREL) || (image.value(DT_FLAGS).value_or(0) & DF_TEXTREL);
  if (text_relocations) return refused("has text relocations; compile every part of it with -fPIC");
  return {};
}

Status check_search_path(const ElfImage& image, std::int64_t tag, std::string_view tag_name,
                         const HostLibraries& libraries) {
  for (std::string_view list : image.texts(tag)) {
    while (true) {
      const std::string_view directory = list.substr(0, list.find(':'));
      if (!libraries.shows(directory)) {
        return refused("has " + std::string(tag_name) + " `" + shown(directory) +
                       "`, which a sandbox does not see; link it without -rpath");
      }
      if (directory.size() == list.size()) break;
      list.remove_prefix(directory.size() + 1);
    }
  }
  return {};
}

Status check_search_paths(const ElfImage& image, const HostLibraries& libraries) {
  if (Status status = check_search_path(image, DT_RPATH, "RPATH", libraries); !status) return status;
  if (Status status = check_search_path(image, DT_RUNPATH, "RUNPATH", libraries); !status) return status;
  struct Tag {
    std::int64_t tag;
    std::string_view name;
  };
  for (const Tag& tag : {Tag{DT_AUDIT, "DT_AUDIT"}, Tag{DT_DEPAUDIT, "DT_DEPAUDIT"}, Tag{DT_FILTER, "DT_FILTER"},
                         Tag{DT_AUXILIARY, "DT_AUXILIARY"}}) {
    if (image.value(tag.tag)) return refused("has " + std::string(tag.name) + ", which would load another object");
  }
  return {};
}

// Splits GLIBC_2.36 into GLIBC and {2, 36}.
struct SymbolVersion {
  std::string_view family;
  std::vector<unsigned> numbers;

  static SymbolVersion of(std::string_view text) {
    SymbolVersion version;
    const std::size_t underscore = text.rfind('_');
    if (underscore == std::string_view::npos) return {text, {}};
    version.family = text.substr(0, underscore);
    std::string_view rest = text.substr(underscore + 1);
    while (!rest.empty()) {
      unsigned number = 0;
      const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
      if (failed != std::errc{}) return {text, {}};
      version.numbers.push_back(number);
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      if (!rest.empty()) rest.remove_prefix(1);
    }
    return version;
  }
};

// The newest version of the same family that the library has, or empty.
std::string newest_like(std::string_view wanted, const std::vector<std::string>& versions) {
  const SymbolVersion family = SymbolVersion::of(wanted);
  std::string newest;
  std::vector<unsigned> newest_numbers;
  for (const std::string& candidate : versions) {
    const SymbolVersion version = SymbolVersion::of(candidate);
    if (version.numbers.empty() || version.family != family.family || version.numbers < newest_numbers) continue;
    newest = candidate;
    newest_numbers = version.numbers;
  }
  return newest;
}

Status check_library(const std::string& name, const HostLibraries& libraries) {
  if (name.find('/') != std::string::npos) return refused("needs `" + shown(name) + "`, a path; a sandbox sees none");
  if (libraries.find(name) == nullptr) {
    return refused("needs " + shown(name) +
                   ", which is not in this host's library directories; install it there or link it statically");
  }
  return {};
}

Status check_versions(const ElfImage& image, const HostLibraries& libraries) {
  for (const auto& need : image.needed_versions()) {
    const auto library = libraries.find(need.library);
    if (library == nullptr)
      return refused("needs " + shown(need.version) + " from " + shown(need.library) +
                     ", which this host does not have");
    const auto& versions = library->versions;
    if (std::find(versions.begin(), versions.end(), need.version) != versions.end()) continue;
    const std::string newest = newest_like(need.version, versions);
    return refused("needs " + shown(need.version) + " from " + shown(need.library) + ", this host has " +
                   (newest.empty() ? "none of its kind" : "up to " + shown(newest)));
  }
  return {};
}

Status read_needed(const ElfImage& image, const HostLibraries& libraries, ObjectFacts& facts) {
  const auto names = image.texts(DT_NEEDED);
  if (names.size() > kNeededMax) {
    return refused("needs " + std::to_string(names.size()) + " libraries, the limit is " + std::to_string(kNeededMax));
  }
  for (std::string_view library : names) {
    facts.needed.emplace_back(library);
    if (Status status = check_library(facts.needed.back(), libraries); !status) return status;
  }
  return check_versions(image, libraries);
}

Status read_entries(const ElfImage& image, ObjectFacts& facts) {
  auto entries = read_entry_notes(image);
  if (!entries) return entries.error();
  facts.entries = std::move(*entries);
  std::set<std::string, std::less<>> wanted{SJ_MODULE_SYMBOL};
  for (const EntryNote& entry : facts.entries) wanted.insert(entry.symbol);
  const auto exported = image.exported(wanted);
  if (!exported) return exported.error();
  for (const EntryNote& entry : facts.entries) {
    if (!exported->contains(entry.symbol)) {
      return refused("does not export `" + shown(entry.symbol) + "`, the symbol that its note gives for `" +
                     entry.name + "`");
    }
  }
  facts.has_module = exported->contains(std::string_view(SJ_MODULE_SYMBOL));
  const auto unique = image.unique_symbol();
  if (!unique) return unique.error();
  facts.unique_symbol = shown(*unique);
  return {};
}

Result<ObjectFacts> inspect(std::string_view bytes, const HostLibraries& libraries) {
  const auto image = ElfImage::parse(bytes);
  if (!image) return image.error();
  if (Status status = check_type(*image); !status) return status.error();
  ObjectFacts facts;
  if (Status status = read_entries(*image, facts); !status) return status.error();
  if (Status status = check_memory(*image); !status) return status.error();
  if (Status status = check_search_paths(*image, libraries); !status) return status.error();
  if (Status status = read_needed(*image, libraries, facts); !status) return status.error();
  facts.build_id = read_build_id(*image);
  return facts;
}

std::string entry_names(const ObjectFacts& facts) {
  std::string names;
  for (const EntryNote& entry : facts.entries) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

}  // namespace

std::string_view name(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFunction:
      return "function";
    case EntryKind::kDecorator:
      return "decorator";
    case EntryKind::kHandler:
      return "handler";
  }
  return "function";
}

Result<ObjectFacts> inspect_object(std::string_view bytes, const HostLibraries& libraries) {
  auto facts = inspect(bytes, libraries);
  if (!facts) return facts.error().at("elf");
  return facts;
}

Result<EntryNote> select_entry(const ObjectFacts& facts, std::string_view entry) {
  const EntryNote* chosen = nullptr;
  std::vector<std::string_view> names;
  for (const EntryNote& note : facts.entries) {
    names.push_back(note.name);
    if (note.name == entry || (entry.empty() && facts.entries.size() == 1)) chosen = &note;
  }
  if (chosen == nullptr && entry.empty()) {
    return refused("the object holds several functions; say which with `entry`: " + entry_names(facts));
  }
  if (chosen == nullptr) {
    return refused("the object holds no function `" + shown(entry) + "`, it has: " + entry_names(facts) +
                   did_you_mean(entry, names));
  }
  return *chosen;
}

std::string found_summary(const ObjectFacts& facts) {
  std::string text;
  for (const EntryNote& entry : facts.entries) {
    if (!text.empty()) text += ", ";
    text += name(entry.kind);
    text += " " + entry.name;
  }
  if (!facts.entries.empty()) text += ", ABI " + std::to_string(facts.entries.front().abi_major);
  if (facts.has_module) text += ", with start-up code";
  text += facts.needed.empty() ? ", needs no library" : ", needs";
  for (const std::string& library : facts.needed) text += " " + library;
  if (!facts.build_id.empty()) text += ", build id " + facts.build_id.substr(0, 12);
  return text;
}

}  // namespace sojourn
