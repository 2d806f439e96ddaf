// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads ELF symbol tables, to tell user code from library code.
///
/// Only functions that are the library's are kept, sorted by address: all
/// others are the user's, and a lookup that finds nothing means that too.
/// Objects loaded later by dlopen are not looked at; their functions count as
/// the user's, their places as unknown.
#include "Symbols.h"
#include "Table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" void *__libc_realloc(void *, size_t) noexcept;

namespace recorder {

namespace {
struct Known {
  uintptr_t Address;
  Role What;
};
struct Cached {
  uintptr_t Function;
  Role What;
};
} // namespace

static constexpr size_t MaxModules = 64;
static Module Modules[MaxModules];
static size_t ModuleCount;
static Known *Functions;
static size_t FunctionCount, FunctionCapacity;

static bool startsWith(const char *Text, const char *Prefix) {
  return std::strncmp(Text, Prefix, std::strlen(Prefix)) == 0;
}

/// STACKWARD_RECORDER_LIBRARY lists more namespaces, separated by colons.
static bool isNamedLibrary(const char *Name) {
  const char *List = std::getenv("STACKWARD_RECORDER_LIBRARY");
  if (!List || *Name < '1' || *Name > '9')
    return false;
  char *Spelling;
  size_t Length = std::strtoul(Name, &Spelling, 10);
  for (const char *At = List; *At; At += std::strspn(At, ":")) {
    size_t Next = std::strcspn(At, ":");
    if (Next == Length && std::strncmp(At, Spelling, Length) == 0)
      return true;
    At += Next;
  }
  return false;
}

Role roleOfName(const char *Name) {
  if (!startsWith(Name, "_Z"))
    return Role::User;
  Name += 2;
  // A lambda or class inside a function is where that function is.
  while (*Name == 'Z')
    ++Name;
  if (*Name == 'N')
    Name += 1 + std::strspn(Name + 1, "rVKRO");
#define CONTAINER(Prefix)                                                      \
  if (startsWith(Name, Prefix))                                                \
    return Role::Container;
#include "Library.def"
#define LIBRARY(Prefix)                                                        \
  if (startsWith(Name, Prefix))                                                \
    return Role::Library;
#include "Library.def"
  return isNamedLibrary(Name) ? Role::Library : Role::User;
}

static void keep(uintptr_t Address, Role What) {
  if (FunctionCount == FunctionCapacity) {
    FunctionCapacity = FunctionCapacity ? FunctionCapacity * 2 : 4096;
    Functions = static_cast<Known *>(
        __libc_realloc(Functions, FunctionCapacity * sizeof(Known)));
  }
  Functions[FunctionCount++] = {Address, What};
}

static void readTable(const char *File, const Elf64_Shdr *Sections,
                      const Elf64_Shdr &Table, uintptr_t Base) {
  auto *Symbols = reinterpret_cast<const Elf64_Sym *>(File + Table.sh_offset);
  const char *Names = File + Sections[Table.sh_link].sh_offset;
  for (size_t I = 0, E = Table.sh_size / sizeof(Elf64_Sym); I != E; ++I) {
    const Elf64_Sym &Symbol = Symbols[I];
    if (ELF64_ST_TYPE(Symbol.st_info) != STT_FUNC || !Symbol.st_value)
      continue;
    Role What = roleOfName(Names + Symbol.st_name);
    if (What != Role::User)
      keep(Base + Symbol.st_value, What);
  }
}

static void readFile(const Module &From) {
  int Descriptor = open(From.Path, O_RDONLY | O_CLOEXEC);
  if (Descriptor < 0)
    return;
  struct stat Status;
  void *Mapped = MAP_FAILED;
  if (fstat(Descriptor, &Status) == 0)
    Mapped =
        mmap(nullptr, Status.st_size, PROT_READ, MAP_PRIVATE, Descriptor, 0);
  close(Descriptor);
  if (Mapped == MAP_FAILED)
    return;
  auto *File = static_cast<const char *>(Mapped);
  auto *Header = reinterpret_cast<const Elf64_Ehdr *>(File);
  if (std::memcmp(Header->e_ident, ELFMAG, SELFMAG) == 0 &&
      Header->e_ident[EI_CLASS] == ELFCLASS64) {
    auto *Sections =
        reinterpret_cast<const Elf64_Shdr *>(File + Header->e_shoff);
    for (int I = 0; I != Header->e_shnum; ++I)
      if (Sections[I].sh_type == SHT_SYMTAB)
        readTable(File, Sections, Sections[I], From.Base);
  }
  munmap(Mapped, Status.st_size);
}

static bool isSystem(const char *Path) {
  return startsWith(Path, "/lib") || startsWith(Path, "/usr/lib") ||
         startsWith(Path, "linux-vdso");
}

static int addModule(dl_phdr_info *Info, size_t, void *) {
  const char *Path = Info->dlpi_name;
  bool IsProgram = !*Path;
  if (ModuleCount == MaxModules || (!IsProgram && isSystem(Path)) ||
      std::strstr(Path, "stackward-recorder"))
    return 0;
  Module &Added = Modules[ModuleCount];
  if (IsProgram) {
    ssize_t Length =
        readlink("/proc/self/exe", Added.Path, sizeof(Added.Path) - 1);
    Added.Path[Length < 0 ? 0 : Length] = 0;
  } else {
    std::strncpy(Added.Path, Path, sizeof(Added.Path) - 1);
  }
  Added.Base = Info->dlpi_addr;
  for (int I = 0; I != Info->dlpi_phnum; ++I) {
    const ElfW(Phdr) &Segment = Info->dlpi_phdr[I];
    if (Segment.p_type != PT_LOAD || !(Segment.p_flags & PF_X))
      continue;
    Added.Begin = Added.Base + Segment.p_vaddr;
    Added.End = Added.Begin + Segment.p_memsz;
  }
  ++ModuleCount;
  return 0;
}

void readSymbols() {
  dl_iterate_phdr(addModule, nullptr);
  for (size_t I = 0; I != ModuleCount; ++I)
    readFile(Modules[I]);
  std::sort(
      Functions, Functions + FunctionCount,
      [](const Known &A, const Known &B) { return A.Address < B.Address; });
}

Role roleOf(uintptr_t Function) {
  static thread_local Cached Cache[4096];
  Cached &Slot = Cache[mix(0, Function) & 4095];
  if (Slot.Function == Function)
    return Slot.What;
  auto *Found = std::lower_bound(
      Functions, Functions + FunctionCount, Function,
      [](const Known &A, uintptr_t B) { return A.Address < B; });
  bool IsKnown =
      Found != Functions + FunctionCount && Found->Address == Function;
  Slot = {Function, IsKnown ? Found->What : Role::User};
  return Slot.What;
}

const Module *moduleOf(uintptr_t Code) {
  for (size_t I = 0; I != ModuleCount; ++I)
    if (Code >= Modules[I].Begin && Code < Modules[I].End)
      return &Modules[I];
  return nullptr;
}

const Module *modules(size_t &Count) {
  Count = ModuleCount;
  return Modules;
}

} // namespace recorder
