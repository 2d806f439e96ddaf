// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the memory of vectors and deques comes from and how large an element
/// is, by the bodies of the allocators' functions. Nothing is believed of a
/// name alone: a program may specialise std::allocator, or derive from it.
#include "SeedLibrary.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace stackward::ir {

/// The factor of `n` in the argument of the only operator new in \p F.
static std::optional<uint64_t> allocatedPerElement(Function &F) {
  std::optional<uint64_t> Size;
  for (Instruction &I : instructions(F)) {
    auto *CB = dyn_cast<CallBase>(&I);
    Function *Callee = CB ? CB->getCalledFunction() : nullptr;
    if (!Callee || !Callee->getName().starts_with("_Znw"))
      continue;
    if (Callee->getName() != "_Znwm" || Size)
      return std::nullopt;
    Value *Bytes = CB->getArgOperand(0), *N = F.getArg(F.arg_size() - 2);
    auto *Op = dyn_cast<BinaryOperator>(Bytes);
    auto *By = Op ? dyn_cast<ConstantInt>(Op->getOperand(1)) : nullptr;
    if (Bytes == N)
      Size = 1;
    else if (By && Op->getOperand(0) == N &&
             Op->getOpcode() == Instruction::Mul)
      Size = By->getZExtValue();
    else if (By && Op->getOperand(0) == N &&
             Op->getOpcode() == Instruction::Shl && By->getValue().ult(32))
      Size = uint64_t(1) << By->getZExtValue();
    else
      return std::nullopt;
  }
  return Size;
}

/// The element type of an allocator's allocate(); empty for other names.
static StringRef allocatedType(StringRef Symbol) {
  if ((Symbol.consume_front("_ZNSt15__new_allocatorI") ||
       Symbol.consume_front("_ZN9__gnu_cxx13new_allocatorI")) &&
      Symbol.consume_back("E8allocateEmPKv"))
    return Symbol;
  return {};
}

bool SeedLibrary::isPart(const Function &F) {
  const Member &Of = member(F);
  return Of.Of != Container::None || Of.Storage != StorageStep::None ||
         !allocatedType(F.getName()).empty();
}

/// \p F, the library's way to std::allocator, calls the library only and writes
/// to nothing. (Declared, it was not specialised here.) A program may
/// specialise std::allocator for a type of its own, and count:
///
///     void std::allocator<My>::deallocate(My *P, size_t N) {
///       Freed += N;
///       std::__new_allocator<My>::deallocate(P, N);
///     }
static bool isLibrarysOwn(const Function &F, unsigned Depth = 0) {
  for (const Instruction &I : instructions(F)) {
    auto *CB = dyn_cast<CallBase>(&I);
    if (!CB && I.mayWriteToMemory())
      return false;
    if (!CB || isa<IntrinsicInst>(CB))
      continue;
    Function *Callee = calledFunction(*CB);
    StringRef Name = Callee ? Callee->getName() : "";
    bool IsAllocator = Name.starts_with("_ZNSa");
    if (IsAllocator
            ? Depth > 2 || !isLibrarysOwn(*Callee, Depth + 1)
            : none_of(ArrayRef<StringRef>{"_ZNSt", "_ZNKSt", "_ZSt",
                                          "_ZN9__gnu_cxx", "_Znw", "_Zdl",
                                          "__clang_call_terminate"},
                      [&](StringRef P) { return Name.starts_with(P); }))
      return false;
  }
  return true;
}

void SeedLibrary::findAllocators() {
  AllocatorsFound = true;
  for (Function &F : M) {
    StringRef T = allocatedType(F.getName());
    if (F.isDeclaration() || F.arg_size() < 2 || T.empty())
      continue;
    if (std::optional<uint64_t> Size = allocatedPerElement(F))
      ElementSizes[T] = *Size;
  }
  // In the link what these call has been inlined.
  for (Function &F : M) {
    StringRef Rest = F.getName();
    bool IsWay = Rest.consume_front("_ZNSt16allocator_traitsISaI");
    bool IsBase = Rest.consume_front("_ZNSt12_Vector_baseI") ||
                  Rest.consume_front("_ZNSt11_Deque_baseI");
    IsWay = IsWay &&
            (Rest.contains("EE8allocateE") || Rest.contains("EE10deallocateE"));
    IsBase = IsBase && !F.isDeclaration() &&
             is_contained(
                 {StorageStep::Allocate, StorageStep::Free, StorageStep::Node},
                 member(F).Storage);
    if ((!IsWay && !IsBase) || isLibrarysOwn(F))
      continue;
    for (auto &Size : ElementSizes)
      if (StringRef After = Rest; After.consume_front(Size.first()) &&
                                  After.starts_with(IsWay ? "EE" : "SaI"))
        Size.second = 0;
  }
}

/// The calls of \p F lead to std::allocator's memory and nowhere else, through
/// functions of namespace std.
static bool leadsToAllocator(const Function &F, StringRef Allocate,
                             unsigned Depth = 0) {
  bool Found = false;
  for (const Instruction &I : instructions(F)) {
    auto *CB = dyn_cast<CallBase>(&I);
    if (!CB || isa<IntrinsicInst>(CB))
      continue;
    Function *Callee = calledFunction(*CB);
    StringRef Name = Callee ? Callee->getName() : "";
    bool IsEnd = Allocate.empty() ? Name == "_ZdlPv" || Name == "_ZdlPvm"
                                  : allocatedType(Name) == Allocate;
    bool IsWay = Depth < 6 &&
                 (Name.starts_with("_ZNSt") || Name.starts_with("_ZNSa")) &&
                 !Callee->isDeclaration() &&
                 leadsToAllocator(*Callee, Allocate, Depth + 1);
    if (!IsEnd && !IsWay)
      return false;
    Found = true;
  }
  return Found;
}

/// The memory of a vector with an allocator of its own is std::allocator's.
/// Both ends are looked at: an allocator that counts must see what it frees.
bool SeedLibrary::isOrdinary(const Member &Of, StringRef MangledElement) {
  auto [Place, New] = Ordinary.try_emplace(Of.Own, false);
  if (!New)
    return Place->second;
  bool Allocates = false, Frees = false;
  for (const Function &F : M) {
    if (!F.getName().starts_with("_ZNSt12_Vector_base"))
      continue;
    const Member &Part = member(F);
    bool Ends = Part.Storage == StorageStep::Allocate ||
                Part.Storage == StorageStep::Free;
    if (!Ends || Part.Element != Of.Element || Part.Allocator != Of.Allocator)
      continue;
    bool Allocate = Part.Storage == StorageStep::Allocate;
    if (!leadsToAllocator(F, Allocate ? MangledElement : StringRef()))
      return false;
    (Allocate ? Allocates : Frees) = true;
  }
  return Ordinary[Of.Own] = Allocates && Frees;
}

uint64_t dequeNodeBytes(uint64_t ElementBytes) {
  constexpr uint64_t Least = 512;
  return ElementBytes < Least ? Least / ElementBytes * ElementBytes
                              : ElementBytes;
}

/// The elements that \p Node asks its allocator for, when they are a constant,
/// or what __deque_buf_size() says, whose macro has its usual value.
static bool asksFor(const Function &Node, uint64_t Elements) {
  for (const Instruction &I : instructions(Node)) {
    auto *CB = dyn_cast<CallBase>(&I);
    Function *Callee = CB ? calledFunction(*CB) : nullptr;
    if (!Callee || isa<IntrinsicInst>(CB))
      continue;
    if (Callee->getName() == "_ZSt16__deque_buf_sizem")
      return any_of(instructions(*Callee), [](const Instruction &In) {
        auto *Compare = dyn_cast<ICmpInst>(&In);
        auto *Bound =
            Compare ? dyn_cast<ConstantInt>(Compare->getOperand(1)) : nullptr;
        return Bound && Bound->equalsInt(512);
      });
    auto *N = CB->arg_size() > 1 ? dyn_cast<ConstantInt>(CB->getArgOperand(1))
                                 : nullptr;
    if (N)
      return N->equalsInt(Elements);
  }
  return false;
}

/// The size of nodes is a macro of the library's, that a program may set.
bool SeedLibrary::hasKnownNodes(const Member &Of, uint64_t ElementBytes) {
  uint64_t Elements = dequeNodeBytes(ElementBytes) / ElementBytes;
  bool Found = false;
  for (const Function &F : M) {
    if (!F.getName().starts_with("_ZNSt11_Deque_base") || F.isDeclaration())
      continue;
    const Member &Part = member(F);
    if (Part.Storage != StorageStep::Node || Part.Element != Of.Element)
      continue;
    if (!asksFor(F, Elements))
      return false;
    Found = true;
  }
  return Found;
}

/// `_ZNSt6vectorI<T><A>E...`: T is spelt as in the name of its allocator, as
/// each is the first argument of a template in std.
std::optional<uint64_t> SeedLibrary::elementBytes(const Function &F,
                                                  const Member &Of) {
  if (!AllocatorsFound)
    findAllocators();
  StringRef Class = F.getName();
  if (!Class.consume_front("_ZNSt") && !Class.consume_front("_ZNKSt"))
    return std::nullopt;
  if (!Class.consume_front("6vector") && !Class.consume_front("5deque"))
    return std::nullopt;
  StringRef Rest = Class.drop_front();
  for (size_t At = 1; At < Rest.size(); ++At) {
    // What follows is A. No type begins with these: T goes on.
    bool Ends = Of.hasStdAllocator() ? Rest.drop_front(At).starts_with("SaI")
                                     : !StringRef("IB_").contains(Rest[At]);
    if (!Ends)
      continue;
    auto Found = ElementSizes.find(Rest.take_front(At));
    if (Found == ElementSizes.end() || Found->second == 0)
      continue;
    bool Known = Of.Of == Container::Deque
                     ? Of.hasStdAllocator() && hasKnownNodes(Of, Found->second)
                     : Of.hasStdAllocator() || isOrdinary(Of, Found->first());
    return Known ? std::optional(Found->second) : std::nullopt;
  }
  return std::nullopt;
}

} // namespace stackward::ir
