#include "loader/elf_image.h"

#include <algorithm>
#include <cstring>

namespace sojourn {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "Sojourn runs on x86_64 and aarch64"
#endif

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i386";
    case EM_ARM:
      return "32-bit arm";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return "machine " + std::to_string(machine);
  }
}

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

Status check_identity(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return refused("is not a 64-bit object");
  if (header.e_ident[EI_DATA] != ELFDATA2LSB) return refused("is not little-endian");
  if (header.e_ident[EI_VERSION] != EV_CURRENT) return refused("is of an unknown ELF version");
  if (header.e_machine != kMachine) {
    return refused("is built for " + machine_name(header.e_machine) + ", this host is " + machine_name(kMachine));
  }
  return {};
}

}  // namespace

Result<ElfImage> ElfImage::parse(std::string_view bytes) {
  if (bytes.empty()) return refused("is empty");
  if (!bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) return refused("is not an ELF file");
  ElfImage image;
  image.bytes_ = ByteReader(bytes);
  const auto header = image.bytes_.at<Elf64_Ehdr>(0);
  if (!header) return refused("ends inside its ELF header");
  image.header_ = *header;
  if (Status status = check_identity(*header); !status) return status.error();
  if (Status status = image.read_segments(); !status) return status.error();
  if (Status status = image.read_dynamic(); !status) return status.error();
  return image;
}

Status ElfImage::read_segments() {
  if (header_.e_phnum == 0) return {};
  if (header_.e_phentsize != sizeof(Elf64_Phdr)) return refused("has program headers of a wrong size");
  if (header_.e_phnum > kSegmentsMax) {
    return refused("has " + std::to_string(header_.e_phnum) + " program headers, the limit is " +
                   std::to_string(kSegmentsMax));
  }
  for (std::uint64_t i = 0; i < header_.e_phnum; ++i) {
    if (header_.e_phoff > bytes_.size()) return refused("ends before its program headers");
    const auto segment = bytes_.at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) return refused("ends inside its program headers");
    if (segment->p_type == PT_LOAD && !bytes_.slice(segment->p_offset, segment->p_filesz)) {
      return refused("is truncated: a segment reaches past its end");
    }
    segments_.push_back(*segment);
  }
  return {};
}

Status ElfImage::read_dynamic() {
  const Elf64_Phdr* segment = this->segment(PT_DYNAMIC);
  if (segment == nullptr) return {};
  const auto start = file_offset(segment->p_vaddr);
  if (!start) return refused("has a dynamic section outside its segments");
  for (std::uint64_t i = 0;; ++i) {
    if (i == kDynamicMax) {
      return refused("has more than " + std::to_string(kDynamicMax) + " dynamic entries");
    }
    const auto entry = bytes_.at<Elf64_Dyn>(*start + i * sizeof(Elf64_Dyn));
    if (!entry) return refused("has a dynamic section without an end");
    if (entry->d_tag == DT_NULL) break;
    dynamic_.push_back(*entry);
  }
  const auto strings = pointed_to(DT_STRTAB);
  const auto table = strings ? bytes_.slice(*strings, value(DT_STRSZ).value_or(0)) : std::nullopt;
  if (!table) return refused("has no usable dynamic string table");
  strings_ = ByteReader(*table);
  return {};
}

const Elf64_Phdr* ElfImage::segment(std::uint32_t type) const {
  const auto found = std::find_if(segments_.begin(), segments_.end(), [&](const auto& s) { return s.p_type == type; });
  return found == segments_.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> ElfImage::file_offset(std::uint64_t address) const {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t inside = address - segment.p_vaddr;
    if (inside < segment.p_filesz) return segment.p_offset + inside;  // both lie in the file: no wrap
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ElfImage::value(std::int64_t tag) const {
  for (const Elf64_Dyn& entry : dynamic_) {
    if (entry.d_tag == tag) return entry.d_un.d_val;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ElfImage::pointed_to(std::int64_t tag) const {
  const auto address = value(tag);
  return address ? file_offset(*address) : std::nullopt;
}

std::optional<std::string_view> ElfImage::string_at(std::uint64_t offset) const {
  return strings_.text(offset);
}

std::vector<std::string_view> ElfImage::texts(std::int64_t tag) const {
  std::vector<std::string_view> found;
  for (const Elf64_Dyn& entry : dynamic_) {
    if (entry.d_tag != tag) continue;
    if (const auto text = string_at(entry.d_un.d_val)) found.push_back(*text);
  }
  return found;
}

std::optional<std::uint64_t> ElfImage::gnu_hash_symbol_count(std::uint64_t table) const {
  struct Head {
    std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
  };
  const auto head = bytes_.at<Head>(table);
  if (!head) return std::nullopt;
  const std::uint64_t buckets = table + sizeof(Head) + std::uint64_t{head->bloom_words} * 8;
  const std::uint64_t chains = buckets + std::uint64_t{head->buckets} * 4;
  std::uint32_t last = 0;
  for (std::uint64_t i = 0; i < head->buckets; ++i) {
    const auto first = bytes_.at<std::uint32_t>(buckets + i * 4);
    if (!first) return std::nullopt;
    last = std::max(last, *first);
  }
  if (last < head->first_symbol) return head->first_symbol;
  for (std::uint64_t symbol = last;; ++symbol) {  // the chain's last hash has its lowest bit set
    const auto hash = bytes_.at<std::uint32_t>(chains + (symbol - head->first_symbol) * 4);
    if (!hash) return std::nullopt;
    if (*hash & 1) return symbol + 1;
  }
}

std::optional<std::uint64_t> ElfImage::symbol_count() const {
  if (const auto table = pointed_to(DT_GNU_HASH)) return gnu_hash_symbol_count(*table);
  if (const auto table = pointed_to(DT_HASH)) {
    const auto chains = bytes_.at<std::uint32_t>(*table + 4);
    if (chains) return *chains;
  }
  return std::nullopt;
}

Status ElfImage::each_definition(const std::function<void(const Elf64_Sym&)>& visit) const {
  const auto table = pointed_to(DT_SYMTAB);
  const auto count = symbol_count();
  if (!table || !count) return refused("has no usable dynamic symbol table");
  for (std::uint64_t i = 1; i < *count; ++i) {
    const auto symbol = bytes_.at<Elf64_Sym>(*table + i * sizeof(Elf64_Sym));
    if (!symbol) return refused("ends inside its dynamic symbol table");
    if (symbol->st_shndx != SHN_UNDEF) visit(*symbol);
  }
  return {};
}

Result<std::set<std::string, std::less<>>> ElfImage::exported(const std::set<std::string, std::less<>>& wanted) const {
  std::set<std::string, std::less<>> found;
  const Status read = each_definition([&](const Elf64_Sym& symbol) {
    const auto binding = ELF64_ST_BIND(symbol.st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    const bool global = binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE;
    const bool visible = visibility == STV_DEFAULT || visibility == STV_PROTECTED;
    if (!global || !visible) return;
    const auto name = string_at(symbol.st_name);
    if (name && wanted.contains(*name)) found.emplace(*name);
  });
  if (!read) return read.error();
  return found;
}

Result<std::string_view> ElfImage::unique_symbol() const {
  std::string_view found;
  const Status read = each_definition([&](const Elf64_Sym& symbol) {
    if (ELF64_ST_BIND(symbol.st_info) != STB_GNU_UNIQUE || !found.empty()) return;
    found = string_at(symbol.st_name).value_or("?");
    if (found.empty()) found = "?";
  });
  if (!read) return read.error();
  return found;
}

std::vector<ElfImage::VersionNeed> ElfImage::needed_versions() const {
  std::vector<VersionNeed> found;
  auto file = pointed_to(DT_VERNEED);
  for (std::size_t files = 0; file && files < kVersionsMax; ++files) {
    const auto need = bytes_.at<Elf64_Verneed>(*file);
    if (!need) break;
    const auto library = string_at(need->vn_file);
    std::uint64_t at = *file + need->vn_aux;
    for (std::uint32_t i = 0; i < need->vn_cnt && found.size() < kVersionsMax; ++i) {
      const auto version = bytes_.at<Elf64_Vernaux>(at);
      if (!version) break;
      const auto name = string_at(version->vna_name);
      const bool weak = version->vna_flags & VER_FLG_WEAK;
      if (library && name && !weak) found.push_back({*library, *name});
      if (version->vna_next == 0) break;
      at += version->vna_next;
    }
    if (need->vn_next == 0) break;
    *file += need->vn_next;
  }
  return found;
}

std::vector<std::string_view> ElfImage::defined_versions() const {
  std::vector<std::string_view> found;
  auto at = pointed_to(DT_VERDEF);
  while (at && found.size() < kVersionsMax) {
    const auto definition = bytes_.at<Elf64_Verdef>(*at);
    if (!definition) break;
    const auto name = bytes_.at<Elf64_Verdaux>(*at + definition->vd_aux);
    const auto text = name ? string_at(name->vda_name) : std::nullopt;
    if (text && !(definition->vd_flags & VER_FLG_BASE)) found.push_back(*text);
    if (definition->vd_next == 0) break;
    *at += definition->vd_next;
  }
  return found;
}

}  // namespace sojourn
