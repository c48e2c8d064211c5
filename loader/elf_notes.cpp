#include "loader/elf_notes.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include <sojourn/abi.h>
#include <sojourn/schema.h>

#include "loader/names.h"

namespace sojourn {
namespace {

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

struct Note {
  std::string_view owner;  // without its NUL
  std::uint32_t type;
  std::string_view content;
};

std::uint64_t padded(std::uint64_t size, std::uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

// Calls `visit` for each note in the bytes; stops at the first that does not fit.
void for_each_note(std::string_view bytes, std::uint64_t alignment, const std::function<void(const Note&)>& visit) {
  const ByteReader reader(bytes);
  std::uint64_t at = 0;
  while (const auto head = reader.at<Elf64_Nhdr>(at)) {
    const std::uint64_t owner_at = at + sizeof(Elf64_Nhdr);
    const auto owner = reader.slice(owner_at, head->n_namesz);
    if (!owner) return;
    const std::uint64_t content_at = at + padded(sizeof(Elf64_Nhdr) + head->n_namesz, alignment);
    const auto content = reader.slice(content_at, head->n_descsz);
    if (!content) return;
    visit({owner->substr(0, owner->find('\0')), head->n_type, *content});
    at = content_at + padded(head->n_descsz, alignment);
  }
}

void for_each_segment_note(const ElfImage& image, const std::function<void(const Note&)>& visit) {
  for (const Elf64_Phdr& segment : image.segments()) {
    if (segment.p_type != PT_NOTE) continue;
    const auto bytes = image.bytes().slice(segment.p_offset, segment.p_filesz);
    if (bytes) for_each_note(*bytes, segment.p_align == 8 ? 8 : 4, visit);
  }
}

void for_each_section_note(const ElfImage& image, const std::function<void(const Note&)>& visit) {
  const Elf64_Ehdr& header = image.header();
  const ByteReader& file = image.bytes();
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > file.size()) return;
  const auto section = [&](std::uint64_t i) { return file.at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr)); };
  const auto names = section(header.e_shstrndx);
  const auto name_table = names ? file.slice(names->sh_offset, names->sh_size) : std::nullopt;
  if (!name_table) return;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto candidate = section(i);
    if (!candidate) return;
    if (ByteReader(*name_table).text(candidate->sh_name) != std::string_view(SJ_NOTE_SECTION)) continue;
    const auto bytes = file.slice(candidate->sh_offset, candidate->sh_size);
    if (bytes) for_each_note(*bytes, 4, visit);
  }
}

std::vector<std::string_view> sojourn_note_texts(const ElfImage& image) {
  std::vector<std::string_view> texts;
  const auto collect = [&](const Note& note) {
    const bool ours = note.owner == SJ_NOTE_OWNER && note.type == SJ_NOTE_TYPE;
    if (ours && texts.size() <= 2 * kEntriesMax) texts.push_back(note.content);
  };
  for_each_segment_note(image, collect);
  if (texts.empty()) for_each_section_note(image, collect);
  return texts;
}

std::map<std::string_view, std::string_view> key_values(std::string_view text) {
  std::map<std::string_view, std::string_view> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    constexpr std::string_view kWith = "with=";
    if (text.starts_with(kWith)) {
      values.emplace("with", text.substr(kWith.size()));
      break;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) values.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return values;
}

// What an error may quote of a note: printable, and short.
std::string in_quotes(std::string_view text) {
  std::string out = "`";
  for (char c : text.substr(0, 64)) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out + "`";
}

Result<std::uint32_t> parse_abi(std::string_view text) {
  std::uint32_t major = 0;
  // A minor may follow the major; it only ever adds what a reader may skip.
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), major);
  const bool whole = failed == std::errc{} && (end == text.data() + text.size() || *end == '.');
  if (!whole) return refused("its Sojourn note has no readable `abi`: " + in_quotes(text));
  if (major != SJ_ABI_MAJOR) {
    return refused("needs Sojourn ABI " + std::to_string(major) + ", this host speaks " + std::to_string(SJ_ABI_MAJOR));
  }
  return major;
}

Result<EntryKind> parse_kind(std::string_view text) {
  if (text == "function") return EntryKind::kFunction;
  if (text == "decorator") return EntryKind::kDecorator;
  if (text == "handler") return EntryKind::kHandler;
  return refused("its Sojourn note has an unknown `kind`: " + in_quotes(text));
}

bool is_symbol(std::string_view text) {
  const auto part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '$';
  };
  return !text.empty() && text.size() <= 1024 && std::all_of(text.begin(), text.end(), part);
}

bool is_shallow(std::string_view json) {
  std::size_t depth = 0;
  for (char c : json) {  // brackets inside strings count too: stricter, and far from any real configuration
    if ((c == '{' || c == '[') && ++depth > kWithDepthMax) return false;
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return true;
}

// The schema in as few bytes as it takes, so that two ways to write it are the same.
Result<std::string> parse_schema(std::string_view text) {
  if (text.empty()) return std::string();
  const auto schema = is_shallow(text) ? nlohmann::json::parse(text, nullptr, false)
                                       : nlohmann::json(nlohmann::json::value_t::discarded);
  if (schema.is_discarded()) return refused("its Sojourn note has a `with` that is not JSON");
  if (const auto fault = schema_fault(schema)) {
    return refused("its Sojourn note has a `with` that is no schema: " +
                   (fault->pointer.empty() ? "it" : fault->pointer) + ": " + fault->text);
  }
  return schema.dump();
}

Status check_note_size(std::string_view text) {
  if (text.size() <= kNoteTextMax) return {};
  return refused("has a Sojourn note of more than " + std::to_string(kNoteTextMax) + " bytes");
}

std::string_view without_end(std::string_view text) {
  return text.substr(0, text.find('\0'));
}

// Whether the note only adds a schema to an entry that another one describes.
bool is_addition(std::string_view text) {
  const auto values = key_values(without_end(text));
  return values.contains("with") && values.contains("symbol") && !values.contains("kind");
}

Status add_schema(std::string_view text, std::vector<EntryNote>& entries) {
  text = without_end(text);
  if (Status status = check_note_size(text); !status) return status.error();
  auto values = key_values(text);
  const auto whose = [&](const EntryNote& entry) { return entry.symbol == values["symbol"]; };
  const auto entry = std::find_if(entries.begin(), entries.end(), whose);
  if (entry == entries.end()) {
    return refused("has a `with` for " + in_quotes(values["symbol"]) + ", which is no entry of it");
  }
  if (!entry->with.empty()) return refused("has two `with` for `" + entry->name + "`");
  auto schema = parse_schema(values["with"]);
  if (!schema.ok()) return schema.error();
  entry->with = std::move(*schema);
  return {};
}

}  // namespace

Result<EntryNote> parse_entry_note(std::string_view text) {
  text = without_end(text);
  if (Status status = check_note_size(text); !status) return status.error();
  auto values = key_values(text);
  auto abi = parse_abi(values["abi"]);
  if (!abi) return abi.error();
  auto kind = parse_kind(values["kind"]);
  if (!kind) return kind.error();
  EntryNote note;
  note.abi_major = *abi;
  note.kind = *kind;
  note.name = name_from_identifier(values["name"]);
  if (!is_name(note.name)) {
    return refused("its Sojourn note has a name that cannot be one: " + in_quotes(values["name"]) + " (" +
                   "lower-case letters, digits and dashes, 63 at most; SOJOURN_FUNCTION_NAMED gives another)");
  }
  note.symbol = values["symbol"];
  if (!is_symbol(note.symbol)) return refused("its Sojourn note has no readable `symbol`: " + in_quotes(note.symbol));
  auto schema = parse_schema(values["with"]);
  if (!schema.ok()) return schema.error();
  note.with = std::move(*schema);
  return note;
}

Result<std::vector<EntryNote>> read_entry_notes(const ElfImage& image) {
  const auto texts = sojourn_note_texts(image);
  if (texts.empty()) return refused("has no Sojourn note; write SOJOURN_FUNCTION(name) in a source of it");
  const auto additions = std::count_if(texts.begin(), texts.end(), is_addition);
  if (texts.size() - static_cast<std::size_t>(additions) > kEntriesMax) {
    return refused("holds more than " + std::to_string(kEntriesMax) + " functions, the limit of one object");
  }
  std::vector<EntryNote> entries;
  for (std::string_view text : texts) {
    if (is_addition(text)) continue;
    auto entry = parse_entry_note(text);
    if (!entry) return entry.error();
    const auto same = [&](const EntryNote& other) { return other.name == entry->name; };
    if (std::any_of(entries.begin(), entries.end(), same)) {
      return refused("holds two functions named `" + entry->name + "`");
    }
    entries.push_back(std::move(*entry));
  }
  for (std::string_view text : texts) {
    if (!is_addition(text)) continue;
    if (Status status = add_schema(text, entries); !status) return status.error();
  }
  // Compilers do not keep the order of the sources; nobody should see theirs.
  std::sort(entries.begin(), entries.end(), [](const EntryNote& a, const EntryNote& b) { return a.name < b.name; });
  return entries;
}

std::string read_build_id(const ElfImage& image) {
  std::string hex;
  for_each_segment_note(image, [&](const Note& note) {
    constexpr std::size_t kBuildIdMax = 64;
    if (note.owner != "GNU" || note.type != NT_GNU_BUILD_ID || !hex.empty() || note.content.size() > kBuildIdMax)
      return;
    constexpr char kDigits[] = "0123456789abcdef";
    for (char c : note.content) {
      const auto byte = static_cast<unsigned char>(c);
      hex += kDigits[byte >> 4];
      hex += kDigits[byte & 15];
    }
  });
  return hex;
}

}  // namespace sojourn
