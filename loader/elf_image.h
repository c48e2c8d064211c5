// ElfImage is a 64-bit little-endian ELF file of this machine, read on bytes alone: its segments, its dynamic
// section, and what that section points to. It knows the format and has no opinion; elf_gate has the opinions.
//
// Addresses in the file are translated through its PT_LOAD segments, as the dynamic loader would, and every read
// goes through a ByteReader: a damaged or hostile file gives an error or less information, never a crash.
// Counts that the file states are bounded by kSegmentsMax, kDynamicMax and kVersionsMax.
//
// Thread:    any; immutable once parsed.
// Ownership: borrows the bytes; every string_view it returns points into them.
#pragma once

#include <cstdint>
#include <elf.h>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "loader/byte_reader.h"
#include "runtime/base/result.h"

namespace sojourn {

class ElfImage {
 public:
  static constexpr std::size_t kSegmentsMax = 128;
  static constexpr std::size_t kDynamicMax = 4096;   // entries of the dynamic section
  static constexpr std::size_t kVersionsMax = 4096;  // symbol versions needed or defined

  // A version of a library that the object was linked against.
  struct VersionNeed {
    std::string_view library;
    std::string_view version;
  };

  // kRefused, with what is wrong, for anything but an ELF file of this machine whose headers are whole.
  static Result<ElfImage> parse(std::string_view bytes);

  const ByteReader& bytes() const { return bytes_; }
  const Elf64_Ehdr& header() const { return header_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  const Elf64_Phdr* segment(std::uint32_t type) const;  // the first of that type, or null

  bool is_dynamic() const { return !dynamic_.empty(); }
  std::optional<std::uint64_t> value(std::int64_t tag) const;   // of the first entry with that tag
  std::vector<std::string_view> texts(std::int64_t tag) const;  // of every entry whose value is a string's offset
  // Those of `wanted` that the object defines and exports. An error when it has no usable symbol table.
  Result<std::set<std::string, std::less<>>> exported(const std::set<std::string, std::less<>>& wanted) const;
  // The name of a symbol that the object defines as STB_GNU_UNIQUE, or empty when there is none.
  Result<std::string_view> unique_symbol() const;
  std::vector<VersionNeed> needed_versions() const;  // without weak ones
  std::vector<std::string_view> defined_versions() const;

 private:
  Status read_segments();
  Status read_dynamic();
  std::optional<std::uint64_t> file_offset(std::uint64_t address) const;
  std::optional<std::uint64_t> pointed_to(std::int64_t tag) const;  // the file offset that an address entry means
  std::optional<std::string_view> string_at(std::uint64_t offset) const;
  Status each_definition(const std::function<void(const Elf64_Sym&)>& visit) const;  // of the dynamic symbol table
  std::optional<std::uint64_t> symbol_count() const;
  std::optional<std::uint64_t> gnu_hash_symbol_count(std::uint64_t table) const;

  ByteReader bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Dyn> dynamic_;
  ByteReader strings_;
};

}  // namespace sojourn
