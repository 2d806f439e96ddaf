// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How containers come into being, and which functions can be handed a buffer
/// for one.
///
/// A container is a local of a function, and is made there by constructors
/// (points) or by a function that returns it. Such a *maker* gets a private
/// copy that is handed the buffer, and hands it on to makers that it calls.
/// The constructors of a vector that is made with its elements are makers too,
/// and those of a string that never grows: at the end of a chain of steps they
/// allocate its storage, once. So is every
/// function that makes a container in what its first parameter points to: the
/// constructors of classes that wrap one, derive from one or have one as a
/// member. A container is therefore told by an object and an offset. A maker
/// that makes a local and moves it to its result hands the buffer to the local.
#ifndef STACKWARD_LIB_IR_SEEDMAKERS_H
#define STACKWARD_LIB_IR_SEEDMAKERS_H

#include "SeedLibrary.h"
#include "SeedOwnership.h"
#include "stackward/IR/Options.h"
#include "llvm/ADT/DenseMap.h"

namespace stackward::ir {

/// Strings up to this length live inside the object.
inline constexpr uint64_t ShortString = 15;

struct Maker;

/// A call that makes the container.
struct Point {
  llvm::CallBase *Call;
  Construction How = Construction::Other;
  /// A function that returns the container, or a constructor that allocates.
  Maker *By = nullptr;
};

/// What makes one container in one function.
struct Making {
  Container Of = Container::None;
  std::string Element;
  uint64_t Unit = 1; ///< bytes of an element
  llvm::SmallVector<Point, 2> Points;
  bool Grows = false;
};

/// A function that makes a container at an offset into what its first parameter
/// points to; or a step of a vector's or string's constructor.
struct Maker {
  llvm::Function *Original = nullptr;
  int64_t Offset = 0;
  Making How;
  bool Usable = false;
  llvm::Function *Seeded = nullptr; ///< the copy, when one is wanted
};

class SeedMakers {
public:
  SeedMakers(llvm::Module &M, const Options &O, SeedLibrary &Library,
             Ownership &Owners)
      : M(M), O(O), Library(Library), Owners(Owners) {}

  /// Containers of \p F may be seeded.
  bool takesPart(llvm::Function &F) const;
  /// How the container \p Offset bytes into \p Root is made in its function.
  /// None when it is not one, or several.
  Making makingOf(llvm::Value &Root, int64_t Offset);
  /// Text that stays as it was made has no use for room behind it. So the
  /// library's constructors make it, and ask for a buffer where they allocate:
  /// a text that is short costs what it always did.
  void makeTextInPlace(Making &How);
  /// I1 of Seeding.cpp, for the container \p Offset bytes into \p Root.
  bool mayReseed(const Making &How, const Conduct &C, llvm::Value &Root,
                 int64_t Offset);

private:
  void addPoint(llvm::CallBase &CB, llvm::Function &Callee, int64_t Offset,
                Making &To, bool &Mixed);
  Making makingOfMoved(llvm::Function &F);
  bool mayCopy(llvm::Function &F) const;
  Maker &maker(llvm::Function &F, int64_t Offset);
  Maker &storage(llvm::Function &F, Container Of, uint64_t Unit);

  llvm::Module &M;
  const Options &O;
  SeedLibrary &Library;
  Ownership &Owners;
  llvm::DenseMap<std::pair<llvm::Function *, int64_t>, std::unique_ptr<Maker>>
      Makers;
  llvm::DenseMap<llvm::Function *, std::unique_ptr<Maker>> Steps;
};

/// An empty container that never grows needs no buffer, nor does one whose text
/// has room inside the object.
void dropIdle(Making &How);

} // namespace stackward::ir

#endif
