// What tests use of a built object: the notes in its file, read without loading it, and its symbols after dlopen.
//
// Thread: one. Owner: the test; entries are valid as long as the LoadedObject.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <sojourn/abi.h>

namespace sdk_test {

class LoadedObject {
 public:
  explicit LoadedObject(const std::string& path) : handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
  }
  LoadedObject(const LoadedObject&) = delete;
  LoadedObject& operator=(const LoadedObject&) = delete;
  ~LoadedObject() { ::dlclose(handle_); }

  // Throws when there is no such symbol.
  const sj_entry& entry(const std::string& ident) const {
    const void* found = ::dlsym(handle_, ("sojourn_entry_" + ident).c_str());
    if (found == nullptr) throw std::runtime_error("no entry " + ident);
    return *static_cast<const sj_entry*>(found);
  }
  // Null when the object has no hooks.
  const sj_module* module() const { return static_cast<const sj_module*>(::dlsym(handle_, SJ_MODULE_SYMBOL)); }

 private:
  void* handle_;
};

inline std::string bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

template <class T>
T read_at(const std::string& bytes, std::size_t offset) {
  if (offset + sizeof(T) > bytes.size()) throw std::runtime_error("the file ends early");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The texts of Sojourn's notes in a PT_NOTE segment, in order.
inline void append_notes(const std::string& bytes, std::size_t at, std::size_t end, std::vector<std::string>& out) {
  const auto padded = [](std::uint32_t size) { return (std::size_t{size} + 3) & ~std::size_t{3}; };
  while (at + sizeof(Elf64_Nhdr) <= end) {
    const auto header = read_at<Elf64_Nhdr>(bytes, at);
    const std::string owner = bytes.substr(at + sizeof header, header.n_namesz);
    const std::size_t text = at + sizeof header + padded(header.n_namesz);
    if (owner == std::string(SJ_NOTE_OWNER, sizeof SJ_NOTE_OWNER) && header.n_type == SJ_NOTE_TYPE) {
      out.push_back(bytes.substr(text, header.n_descsz));
    }
    at = text + padded(header.n_descsz);
  }
}

// All notes of the file, sorted: compilers write them in an order of their own.
inline std::vector<std::string> notes_of(const std::string& path) {
  const std::string bytes = bytes_of_file(path);
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_NOTE) continue;
    append_notes(bytes, segment.p_offset, segment.p_offset + segment.p_filesz, notes);
  }
  std::sort(notes.begin(), notes.end());
  return notes;
}

// The names in the dynamic symbol table that this object defines, with their bindings (STB_...).
struct Export {
  std::string name;
  int binding;
  bool operator==(const Export&) const = default;
};

inline std::vector<Export> exports_of(const std::string& path) {
  const std::string bytes = bytes_of_file(path);
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  std::vector<Export> exports;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto table = read_at<Elf64_Shdr>(bytes, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (table.sh_type != SHT_DYNSYM) continue;
    const auto strings = read_at<Elf64_Shdr>(bytes, header.e_shoff + table.sh_link * sizeof(Elf64_Shdr));
    for (std::size_t at = 0; at < table.sh_size; at += sizeof(Elf64_Sym)) {
      const auto symbol = read_at<Elf64_Sym>(bytes, table.sh_offset + at);
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name == 0) continue;
      exports.push_back({bytes.c_str() + strings.sh_offset + symbol.st_name, ELF64_ST_BIND(symbol.st_info)});
    }
  }
  return exports;
}

}  // namespace sdk_test
