// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The containers of libstdc++ that can be seeded, and what their members do
/// to the ownership of their buffer.
///
/// A member is recognised by its mangled name: std::__cxx11::basic_string of
/// char with std::allocator (the new ABI; the old one has other names and is
/// unknown), std::vector<T> but vector<bool>, and std::deque<T>. Vectors and
/// deques have std::allocator<T>, or an allocator without state whose memory
/// is by its code here that of std::allocator<T> (isOrdinary). The table is
/// SeedMembers.def; a member that is not in it is looked at like any other
/// function, and one without a body is unknown.
///
/// Layouts: a string is {pointer, length, {capacity | 16 bytes}}, a vector
/// three pointers, a deque {map, size of the map, two iterators of four
/// pointers}; isLaidOutAs() holds the type of the local against that, and
/// libstackward_rt holds the library that the program runs with against it.
#ifndef STACKWARD_LIB_IR_SEEDLIBRARY_H
#define STACKWARD_LIB_IR_SEEDLIBRARY_H

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include <map>
#include <optional>
#include <string>

namespace stackward::ir {

enum class Container : uint8_t { None, String, Vector, Deque };

/// What a call does to a container that it is given the address of.
struct MemberEffect {
  /// It may allocate a larger buffer.
  bool Grows = false;
  /// The result is the container's address.
  bool ReturnsIt = false;
  /// Argument that may own the buffer afterwards.
  std::optional<unsigned> MovesTo;
};

/// How a constructor says what it puts in.
enum class Construction : uint8_t {
  Empty,     // (), (allocator)
  CString,   // (pointer, allocator)
  Counted,   // (pointer, length, allocator)
  Range,     // (first, last, allocator), both char pointers
  Copy,      // (string)
  Substring, // (string, position, length)
  View,      // (string view by reference, allocator)
  Sized,     // a vector's: allocates inside, once
  Storage,   // that allocation
  Other,
};

/// What a function of the library has to do with the storage of a vector or
/// string that is made with its elements.
enum class StorageStep : uint8_t {
  None,
  Step,     // it allocates the storage by one call
  Allocate, // it is the allocator's call
  Free,     // it gives storage back
  Node,     // it is the call for a part of a deque
};

/// One function of the library.
struct Member {
  Container Of = Container::None;
  std::string Own;       ///< the container's type, demangled
  std::string Element;   ///< of a vector or deque
  std::string Allocator; ///< likewise
  /// Size of an element, when its allocator is here and familiar.
  std::optional<uint64_t> ElementBytes;
  std::string Base;   ///< name without template arguments
  std::string Params; ///< demangled, in parentheses
  bool Const = false;
  bool Constructs = false;
  bool Destroys = false;
  bool InStd = false; ///< a free function of namespace std
  bool Reads = false; ///< a member of one of the READER classes
  StorageStep Storage = StorageStep::None;

  bool hasStdAllocator() const {
    return Allocator == "std::allocator<" + Element + ">";
  }
};

class SeedLibrary {
public:
  explicit SeedLibrary(llvm::Module &M) : M(M) {}

  const Member &member(const llvm::Function &F);
  /// What \p F does to a container whose address is argument \p Arg; nothing
  /// when the library's table does not say.
  std::optional<MemberEffect> effect(const llvm::Function &F, unsigned Arg);
  Construction construction(const llvm::Function &F);
  /// Something that is recognised by its name or its body.
  bool isPart(const llvm::Function &F);
  /// False when the module replaces the operator delete that must be
  /// tolerant, or is not for a system that the runtime library knows.
  bool isUsable();

private:
  std::optional<MemberEffect> memberEffect(const llvm::Function &F,
                                           const Member &Of, unsigned Arg);
  void findAllocators();
  std::optional<uint64_t> elementBytes(const llvm::Function &F,
                                       const Member &Of);
  bool isOrdinary(const Member &Of, llvm::StringRef MangledElement);
  bool hasKnownNodes(const Member &Of, uint64_t ElementBytes);

  llvm::Module &M;
  std::map<const llvm::Function *, Member> Known;
  /// By the mangled element type: demangled, two types of one name in two
  /// blocks of a function look the same.
  /// 0: its std::allocator is the program's own.
  llvm::StringMap<uint64_t> ElementSizes;
  llvm::StringMap<bool> Ordinary; ///< by the vector's type, demangled
  bool AllocatorsFound = false;
};

/// In the names of copies that are handed a buffer; the number is that of the
/// calling convention.
inline constexpr char SeededMark[] = ".seeded.1";

/// The function that \p CB calls, through an alias too (constructors often are
/// one); nullptr when it is not certain or called with another type.
llvm::Function *calledFunction(const llvm::CallBase &CB);
/// The arguments of a constructor are what its name says.
bool matches(const llvm::CallBase &CB, Construction How);
bool isLaidOutAs(Container C, llvm::Type *T, const llvm::DataLayout &DL);
/// A union of the program's, whose members it destroys when it likes to:
///
///     union U { std::string S; U() {} ~U() {} } X;
///     new (&X.S) std::string(Text);
///     return X.S.c_str(); // never freed, so good for ever
bool isManual(const llvm::StructType &T);
/// As one of them.
bool isContainer(llvm::Type *T, const llvm::DataLayout &DL);
/// Bytes of the container object itself.
uint64_t containerBytes(Container C);
/// Bytes of what an empty deque allocates: a map, and one node behind it.
inline constexpr uint64_t DequeMapBytes = 64;
uint64_t dequeNodeBytes(uint64_t ElementBytes);

} // namespace stackward::ir

#endif
