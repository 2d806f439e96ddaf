// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lowers one function's IR to an escape graph.
///
/// What is followed is *provenance*: a value carries it when a pointer could
/// be made from it again. Besides pointers that is integers, vectors, doubles
/// and aggregates that were read from memory or computed from addresses.
///
/// I1  An instruction without a rule of its own leaks its operands and its
///     result is "outside" (FunctionWalk::opaque).
/// I2  A pointer cannot be rebuilt without its first byte. So of a memory
///     access only the cells that begin inside it matter, and pointers are
///     taken to begin at multiples of eight; accesses that are not aligned
///     to eight bytes go to AnyOffset.
/// I3  Comparisons, branches, and the difference of two pointers into one
///     array carry nothing. What is narrower than a pointer is followed only
///     from loads that may read a pointer's bytes (untyped, or of type char),
///     and leaks when it leaves the function; truncating an address leaks it.
#ifndef STACKWARD_LIB_IR_ESCAPEWALK_H
#define STACKWARD_LIB_IR_ESCAPEWALK_H

#include "stackward/Escape/Module.h"
#include "stackward/IR/Allocations.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstVisitor.h"
#include "llvm/IR/Module.h"

namespace stackward::ir {

class LifeRange;

/// What the numbers in a graph stand for.
struct Landmarks {
  llvm::MapVector<escape::ObjectId, llvm::CallBase *> Sites;
  /// By index into Graph::calls().
  std::vector<llvm::CallBase *> Calls;
  /// By anchor, minus the base.
  std::vector<llvm::Instruction *> Anchors;
  escape::Anchor Base;
};

class FunctionWalk : public llvm::InstVisitor<FunctionWalk> {
public:
  FunctionWalk(llvm::Function &F, const llvm::TargetLibraryInfo &TLI,
               escape::Module &Names, escape::Anchor Base);

  /// False for bodies that the graph cannot express (funclets, coroutines
  /// before they are split, callbr); such a function stays unknown.
  static bool canLower(const llvm::Function &F);

  escape::Graph run();

  /// What is read as a number is none of ours, where in doubt
  /// (TypedNumbers.h).
  bool NumbersAreNumbers = false;

  Landmarks Marks;
  llvm::SmallVector<llvm::Function *, 8> Callees;

private:
  friend class llvm::InstVisitor<FunctionWalk>;
  void visitInstruction(llvm::Instruction &I) { opaque(I); }
  void visitAllocaInst(llvm::AllocaInst &I);
  void visitLoadInst(llvm::LoadInst &I);
  void visitStoreInst(llvm::StoreInst &I);
  void visitAtomicCmpXchgInst(llvm::AtomicCmpXchgInst &I);
  void visitAtomicRMWInst(llvm::AtomicRMWInst &I);
  void visitGetElementPtrInst(llvm::GetElementPtrInst &I);
  void visitBinaryOperator(llvm::BinaryOperator &I) { mix(I); }
  void visitCastInst(llvm::CastInst &I) { mix(I); }
  void visitTruncInst(llvm::TruncInst &I);
  void visitUIToFPInst(llvm::UIToFPInst &I) { toFloatingPoint(I); }
  void visitSIToFPInst(llvm::SIToFPInst &I) { toFloatingPoint(I); }
  void visitIntToPtrInst(llvm::IntToPtrInst &I);
  void visitPHINode(llvm::PHINode &I) { mix(I); }
  void visitSelectInst(llvm::SelectInst &I) { mix(I); }
  void visitFreezeInst(llvm::FreezeInst &I) { mix(I); }
  void visitExtractValueInst(llvm::ExtractValueInst &I) { mix(I); }
  void visitInsertValueInst(llvm::InsertValueInst &I) { mix(I); }
  void visitExtractElementInst(llvm::ExtractElementInst &I) { mix(I); }
  void visitInsertElementInst(llvm::InsertElementInst &I) { mix(I); }
  void visitShuffleVectorInst(llvm::ShuffleVectorInst &I) { mix(I); }
  void visitCmpInst(llvm::CmpInst &) {}
  void visitUnaryOperator(llvm::UnaryOperator &) {}
  void visitFenceInst(llvm::FenceInst &) {}
  void visitBranchInst(llvm::BranchInst &) {}
  void visitSwitchInst(llvm::SwitchInst &) {}
  void visitUnreachableInst(llvm::UnreachableInst &) {}
  void visitIndirectBrInst(llvm::IndirectBrInst &) {}
  void visitLandingPadInst(llvm::LandingPadInst &I);
  void visitResumeInst(llvm::ResumeInst &I);
  void visitReturnInst(llvm::ReturnInst &I);
  void visitCallBase(llvm::CallBase &CB);
  void visitIntrinsicInst(llvm::IntrinsicInst &I);

  void site(const Allocation &A);
  void ordinaryCall(llvm::CallBase &CB);
  void arguments(llvm::CallBase &CB, const llvm::Function *Callee,
                 escape::Call &C);
  bool vectorMemoryIntrinsic(llvm::IntrinsicInst &I);
  escape::NodeId widened(escape::NodeId Arg, llvm::Value *A, escape::Note N);
  void loopRule();
  void repeats(const Allocation &A, escape::ObjectId O, LifeRange &Life);

  /// NoNode when \p V can hold no provenance.
  escape::NodeId node(llvm::Value *V);
  escape::NodeId constantNode(llvm::Constant *C);
  bool tableAddress(escape::NodeId N, llvm::Constant *C, llvm::GlobalValue &GV);
  bool storeElements(llvm::Value *Address, llvm::Constant &Stored,
                     llvm::Align A, escape::Note N);
  escape::NodeId outside(escape::Note N);
  escape::ObjectId outsideObject(escape::Note N);
  bool carries(const llvm::Value *V) const;
  void mix(llvm::Instruction &I);
  void toFloatingPoint(llvm::CastInst &I);
  void opaque(llvm::Instruction &I);
  void leak(llvm::Value *V, escape::Reason R, escape::Note N);
  void loadCells(escape::NodeId Dst, llvm::Value *Address, llvm::Type *Ty,
                 llvm::Align A, escape::Note N);
  void storeCells(llvm::Value *Address, llvm::Value *Stored, llvm::Align A,
                  escape::Note N);
  escape::Note note(llvm::Instruction &I, escape::Why W);

  llvm::Function &F;
  const llvm::TargetLibraryInfo &TLI;
  const llvm::DataLayout &DL;
  escape::Module &Names;
  escape::Graph G;
  llvm::DenseMap<llvm::Value *, escape::NodeId> Nodes;
  llvm::DenseMap<llvm::Instruction *, escape::Anchor> AnchorOf;
  llvm::DenseMap<llvm::Instruction *, escape::ObjectId> Objects;
  llvm::SmallVector<std::pair<Allocation, escape::ObjectId>, 8> Pending;
  llvm::SmallPtrSet<const llvm::BasicBlock *, 16> Cyclic;
  escape::ObjectId Outside = escape::NoObject;
};

/// A small part of an address, by a mask or a remainder, that is not one of
/// many.
bool leavesLittle(const llvm::Instruction &I);
/// `p - q` of two pointers into one array.
bool isPointerDifference(const llvm::Instruction &I);

/// A value of this type can hold a whole pointer, so it may cross a call.
bool holdsPointer(llvm::Type *Ty, const llvm::DataLayout &DL);

} // namespace stackward::ir

#endif
