// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Who may own the buffer of a container while its frame lives.
///
/// Where the *address* of a buffer goes does not matter: a pointer got from
/// c_str() dies with its string in any case. What matters is who may free the
/// buffer, or grow it, and that is decided by who can write to the container.
/// So the walk follows the address of the container, through calls by
/// summaries and through the memory of local objects that hold it (closures,
/// iterators, helpers with a reference member).
///
/// I1  Code outside of the library may read a container's words but not write
///     them: a transfer of ownership leaves the source changed, or else both
///     sides would free. Copying a container as bytes is refused as well.
/// I2  Members of the library that move or swap make the other side a *peer*:
///     it may own the buffer from then on and is followed like the first.
/// I3  A peer that is not a local container, a call that is not understood,
///     an address that is kept outside of local memory: each refuses.
/// I4  What is never destroyed gives nothing back, so that pointers into it
/// stay
///     good: the owner of a buffer is destroyed.
/// I5  `const` is never believed, of parameters least.
///
/// Inline functions are read as they are in this module: a body that the
/// linker may choose instead is compiled from the same tokens, and what is
/// concluded here from the text of one (it does not move) holds of all of them.
/// This runs before the optimiser has drawn conclusions across calls.
///
/// The container may be a part of an object. Then the walk begins before it,
/// and what lies beside it may be written where place and length are known.
///
/// The summaries form a system of equations over sets that only grow, solved by
/// a worklist; recursion starts from "does nothing". A refusal is final, and
/// offsets, which have no end of their own, are bounded: so it terminates. Flow
/// is not looked at, so the order of statements does not count.
#ifndef STACKWARD_LIB_IR_SEEDOWNERSHIP_H
#define STACKWARD_LIB_IR_SEEDOWNERSHIP_H

#include "SeedLibrary.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"
#include <map>
#include <memory>

namespace stackward::ir {

/// What a pointer has to do with the container.
struct Held {
  /// The pointer leads to memory that holds the container's address, Offset
  /// bytes on. Otherwise it points Offset bytes into the container.
  bool Indirect = false;
  int64_t Offset = 0;
  static constexpr int64_t Anywhere = INT64_MIN;
  auto operator<=>(const Held &) const = default;
};

struct Blame {
  llvm::StringRef Reason;
  std::string Detail;
  /// Where in the function that was asked about.
  const llvm::Instruction *At = nullptr;
};

/// What a function does with a container that it can reach by one of its
/// pointers.
struct Conduct {
  std::optional<Blame> Against;
  bool Grows = false;
  bool Destroys = false; ///< by its own destructor
  llvm::SmallSetVector<std::pair<unsigned, int64_t>, 2> Returns; ///< as Held
  /// Parameter, offset: memory of the caller that holds the address.
  llvm::SmallSetVector<std::pair<unsigned, int64_t>, 2> StoredIn;
  /// Parameters that may own the buffer afterwards.
  llvm::SmallSetVector<unsigned, 2> MovedTo;
  /// Local containers that may own the buffer for a while.
  llvm::SmallSetVector<llvm::AllocaInst *, 2> Peers;
  /// What may make one of these containers, and in which object.
  llvm::SmallSetVector<std::pair<llvm::Value *, llvm::Instruction *>, 2> Made;

  bool sameAs(const Conduct &C) const;
};

class Ownership {
public:
  explicit Ownership(SeedLibrary &Library) : Library(Library) {}

  /// The conduct of the function of \p Root, an argument or a local, towards
  /// the container of \p Bytes that lies \p Offset bytes into it.
  const Conduct &of(llvm::Value &Root, int64_t Offset, uint64_t Bytes);

private:
  friend class OwnershipWalk;
  struct Key {
    llvm::Value *Root;
    Held As;
    /// Of the container. What lies around it in the same object may be written.
    uint64_t Bytes;
    auto operator<=>(const Key &) const = default;
  };
  struct Entry {
    Conduct Result;
    llvm::SmallSetVector<const Key *, 4> Readers;
    bool Queued = false;
  };
  const Conduct &read(const Key &Wanted, const Key &Reader);
  void settle();

  SeedLibrary &Library;
  std::map<Key, Entry> Entries;
  std::vector<const Key *> Queue;
};

} // namespace stackward::ir

#endif
