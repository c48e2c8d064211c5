#include "loader/elf_gate.h"

#include <cstring>
#include <doctest/doctest.h>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <random>

#include "loader/elf_notes.h"

namespace sojourn {
namespace {

std::string path_of(const std::string& name) {
  return std::string(SOJOURN_LOADER_TESTDATA) + "/" + name;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string object(const std::string& name) {
  return read_file(path_of(name + ".so"));
}

const HostLibraries& host() {
  static const HostLibraries libraries;
  return libraries;
}

HostLibraries host_with(const std::string& extra) {
  auto directories = host().directories();
  directories.insert(directories.begin(), path_of(extra));
  return HostLibraries(directories);
}

std::string refusal(std::string_view bytes, const HostLibraries& libraries = host()) {
  const auto facts = inspect_object(bytes, libraries);
  if (facts.ok()) return "let through: " + found_summary(*facts);
  CHECK(facts.error().code() == ErrorCode::kRefused);
  CHECK(facts.error().text().find('\n') == std::string::npos);
  return facts.error().text();
}

template <class T>
T* at(std::string& bytes, std::size_t offset) {
  return reinterpret_cast<T*>(bytes.data() + offset);
}

Elf64_Ehdr* header(std::string& bytes) {
  return at<Elf64_Ehdr>(bytes, 0);
}

Elf64_Phdr* segment(std::string& bytes, std::uint32_t type, std::size_t skip = 0) {
  for (std::size_t i = 0; i < header(bytes)->e_phnum; ++i) {
    auto* found = at<Elf64_Phdr>(bytes, header(bytes)->e_phoff + i * sizeof(Elf64_Phdr));
    if (found->p_type == type && skip-- == 0) return found;
  }
  return nullptr;
}

void replace_all(std::string& bytes, std::string_view from, std::string_view to) {
  REQUIRE(from.size() == to.size());
  std::size_t count = 0;
  for (std::size_t i = bytes.find(from); i != std::string::npos; i = bytes.find(from, i + 1), ++count) {
    bytes.replace(i, from.size(), to);
  }
  REQUIRE(count > 0);
}

}  // namespace

TEST_CASE("elf: a good object is let through, and what it is gets said") {
  const auto facts = inspect_object(object("good"), host());
  REQUIRE_MESSAGE(facts.ok(), facts.error().text());
  REQUIRE(facts->entries.size() == 1);
  CHECK(facts->entries[0].abi_major == 1);
  CHECK(facts->entries[0].kind == EntryKind::kFunction);
  CHECK(facts->entries[0].name == "word-count");
  CHECK(facts->entries[0].symbol == "sojourn_entry_word_count");
  CHECK_FALSE(facts->has_module);
  CHECK(facts->needed == std::vector<std::string>{"libc.so.6"});
  CHECK(facts->build_id.size() == 40);
  CHECK(found_summary(*facts) ==
        "function word-count, ABI 1, needs libc.so.6, build id " + facts->build_id.substr(0, 12));
}

TEST_CASE("elf: an object with a module, with two functions, with a SysV hash table") {
  CHECK(inspect_object(object("module"), host())->has_module);
  const auto two = inspect_object(object("two"), host());
  REQUIRE(two.ok());
  REQUIRE(two->entries.size() == 2);
  CHECK(two->entries[0].with == R"({"type":"object"})");
  CHECK(inspect_object(object("sysv_hash"), host()).ok());
}

TEST_CASE("elf: what is not an object of this machine") {
  CHECK(refusal("") == "elf: is empty");
  CHECK(refusal("#!/bin/sh\n") == "elf: is not an ELF file");
  CHECK(refusal("\x7F"
                "ELF") == "elf: ends inside its ELF header");
  std::string bytes = object("good");
  header(bytes)->e_machine = EM_RISCV;
  CHECK(refusal(bytes).starts_with("elf: is built for riscv, this host is "));
  header(bytes)->e_ident[EI_DATA] = ELFDATA2MSB;
  CHECK(refusal(bytes) == "elf: is not little-endian");
  header(bytes)->e_ident[EI_CLASS] = ELFCLASS32;
  CHECK(refusal(bytes) == "elf: is not a 64-bit object");
}

TEST_CASE("elf: programs and object files are not shared objects") {
  CHECK(refusal(read_file(path_of("program"))) == "elf: is a program (it names an interpreter); link it with -shared");
  std::string bytes = object("good");
  header(bytes)->e_type = ET_REL;
  CHECK(refusal(bytes) == "elf: is an object file; link it with -shared");
  header(bytes)->e_type = ET_EXEC;
  CHECK(refusal(bytes) == "elf: is not a shared object; link it with -shared");
}

TEST_CASE("elf: the note must be there, readable, and of an ABI this host speaks") {
  CHECK(refusal(object("no_note")) == "elf: has no Sojourn note; write SOJOURN_FUNCTION(name) in a source of it");
  CHECK(refusal(object("wrong_abi")) == "elf: needs Sojourn ABI 7, this host speaks 1");
  CHECK(refusal(object("wrong_kind")) == "elf: its Sojourn note has an unknown `kind`: `daemon`");
  CHECK(refusal(object("wrong_name")).starts_with("elf: its Sojourn note has a name that cannot be one: `Word.Count`"));
  CHECK(refusal(object("same_name")) == "elf: holds two functions named `word-count`");
}

TEST_CASE("elf: the note's symbol must be exported") {
  CHECK(refusal(object("wrong_symbol")) ==
        "elf: does not export `sojourn_entry_missing`, the symbol that its note gives for `word-count`");
  CHECK(refusal(object("hidden_symbol")).starts_with("elf: does not export `sojourn_entry_word_count`"));
}

TEST_CASE("elf: the note is found through its section when no segment holds it") {
  std::string bytes = object("good");
  for (std::size_t i = 0; auto* note = segment(bytes, PT_NOTE, i); ++i) note->p_filesz = 0;
  const auto facts = inspect_object(bytes, host());
  REQUIRE_MESSAGE(facts.ok(), facts.error().text());
  CHECK(facts->entries[0].name == "word-count");
}

TEST_CASE("elf: memory that is writable and executable is refused in each form") {
  CHECK(refusal(object("exec_stack")) == "elf: asks for an executable stack; link it with -z noexecstack");
  CHECK(refusal(object("text_relocation")) == "elf: has text relocations; compile every part of it with -fPIC");
  std::string bytes = object("good");
  segment(bytes, PT_LOAD)->p_flags |= PF_W | PF_X;
  CHECK(refusal(bytes) == "elf: has a segment that is both writable and executable");
  segment(bytes, PT_GNU_STACK)->p_type = PT_NULL;
  CHECK(refusal(bytes).starts_with("elf: does not say that its stack is not executable"));
}

TEST_CASE("elf: search paths must stay in the sandbox's view") {
  CHECK(refusal(object("run_path")) ==
        "elf: has RUNPATH `/opt/elsewhere`, which a sandbox does not see; link it without -rpath");
  CHECK(refusal(object("r_path")) == "elf: has RPATH `../lib`, which a sandbox does not see; link it without -rpath");
  CHECK(inspect_object(object("system_run_path"), host()).ok());
  CHECK_FALSE(host().shows("/usr/lib/../../etc"));
  CHECK_FALSE(host().shows("/usr/library"));
  CHECK(host().shows("/usr/lib/somewhere"));
}

TEST_CASE("elf: a library that the host lacks is named") {
  CHECK(refusal(object("needs_library")) ==
        "elf: needs libsojourn-versioned.so.1, which is not in this host's library directories; install it there or "
        "link it statically");
  CHECK(inspect_object(object("needs_library"), host_with("versioned_2")).ok());
  std::string bytes = object("good");
  replace_all(bytes, "libc.so.6", "../c.so.6");
  CHECK(refusal(bytes) == "elf: needs `../c.so.6`, a path; a sandbox sees none");
}

TEST_CASE("elf: a symbol version newer than the host's is named beside the newest there is") {
  CHECK(refusal(object("needs_library"), host_with("versioned_1")) ==
        "elf: needs SOJOURN_2.1 from libsojourn-versioned.so.1, this host has up to SOJOURN_1.10");
  std::string bytes = object("good");
  replace_all(bytes, "GLIBC_2.2.5", "GLIBC_9.2.5");
  const std::string text = refusal(bytes);
  CHECK_MESSAGE(text.starts_with("elf: needs GLIBC_9.2.5 from libc.so.6, this host has up to GLIBC_2."), text);
}

TEST_CASE("elf: an entry is chosen by name, or is the only one") {
  const auto one = inspect_object(object("good"), host());
  const auto two = inspect_object(object("two"), host());
  CHECK(select_entry(*one, "")->symbol == "sojourn_entry_word_count");
  CHECK(select_entry(*two, "second")->symbol == "sojourn_entry_second");
  CHECK(select_entry(*two, "").error().text() ==
        "the object holds several functions; say which with `entry`: second, word-count");
  CHECK(select_entry(*two, "secnod").error().text() ==
        "the object holds no function `secnod`, it has: second, word-count, did you mean `second`?");
  const auto decorator = inspect_object(object("decorator"), host());
  CHECK(select_entry(*decorator, "")->kind == EntryKind::kDecorator);
}

TEST_CASE("elf: a note's text is read key by key") {
  CHECK(parse_entry_note("abi=1\nkind=handler\nname=a_b\nsymbol=s")->name == "a-b");
  CHECK(parse_entry_note("abi=1.4\nkind=function\nname=a\nsymbol=s").ok());
  CHECK(parse_entry_note("abi=one\nkind=function\nname=a\nsymbol=s").error().text() ==
        "its Sojourn note has no readable `abi`: `one`");
  CHECK_FALSE(parse_entry_note("abi=1\nkind=function\nname=a\nsymbol=s;rm").ok());
  CHECK_FALSE(parse_entry_note("abi=1\nkind=function\nname=a\nsymbol=s\nwith={").ok());
  CHECK(parse_entry_note("abi=1\nkind=function\nname=a\nsymbol=s\nwith={\n \"type\":\n\"object\"}\n")->with ==
        R"({"type":"object"})");
  CHECK(
      parse_entry_note("abi=1\nkind=function\nname=a\nsymbol=s\nwith={\"pattern\":\"a\"}").error().text() ==
      "its Sojourn note has a `with` that is no schema: /pattern: `pattern` is not among the keywords of a schema that "
      "are understood");
  CHECK_FALSE(parse_entry_note("abi=1\nkind=function\nname=a\nsymbol=s\nwith=" + std::string(100'000, '[')).ok());
}

TEST_CASE("elf: an object cut off at any byte is refused or read, and never more than that") {
  const std::string bytes = object("two");
  std::size_t let_through = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut = bytes.substr(0, length);  // its own allocation, so that a sanitizer sees a read past it
    if (inspect_object(cut, host()).ok()) ++let_through;
  }
  CHECK(let_through < bytes.size() / 2);  // only what lies behind the last segment may be missing
}

TEST_CASE("elf: thousands of damaged objects never crash the gate") {
  const std::vector<std::string> good = {object("two"), object("needs_library"), object("sysv_hash")};
  const HostLibraries libraries = host_with("versioned_2");
  std::mt19937 random(20260131);  // NOLINT: a fixed seed makes a failure repeatable
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  for (int round = 0; round < 6000; ++round) {
    std::string bytes = good[below(good.size())];
    for (std::size_t changes = 1 + below(8); changes > 0; --changes) {
      // Half of the changes hit the headers and the dynamic tables, where they hurt.
      const std::size_t place = below(2) == 0 ? below(bytes.size()) : below(std::min<std::size_t>(bytes.size(), 0x600));
      constexpr char kEdges[] = {'\0', '\x01', '\x7F', '\x80', '\xFF'};
      bytes[place] = below(2) == 0 ? kEdges[below(sizeof kEdges)] : static_cast<char>(below(256));
    }
    if (below(8) == 0) bytes.resize(below(bytes.size()));
    const auto facts = inspect_object(bytes, libraries);
    if (!facts.ok()) CHECK_FALSE(facts.error().text().empty());
  }
}

}  // namespace sojourn
