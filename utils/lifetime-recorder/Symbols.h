// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the recorder knows of code: the modules of the program and the role
/// of a function, told from its mangled name in the symbol table.
#ifndef STACKWARD_LIFETIME_RECORDER_SYMBOLS_H
#define STACKWARD_LIFETIME_RECORDER_SYMBOLS_H

#include <cstddef>
#include <cstdint>

namespace recorder {

enum class Role : uint8_t { User, Library, Container };

struct Module {
  char Path[512];
  uintptr_t Base;
  uintptr_t Begin, End; ///< of its code
};

/// Reads the symbol tables of the program and of the shared objects that are
/// not the system's. Called once, before any other function here.
void readSymbols();

/// A function without a symbol is the user's.
Role roleOf(uintptr_t Function);

/// The role that a mangled name gives a function.
Role roleOfName(const char *Name);

/// The module of the program that holds this code address, or null.
const Module *moduleOf(uintptr_t Code);

const Module *modules(size_t &Count);

} // namespace recorder

#endif
