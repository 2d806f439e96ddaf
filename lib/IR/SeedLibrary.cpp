// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Names of libstdc++ into facts.
///
/// `const` proves nothing about a user's function, which may cast it away; of
/// the library's own functions it is part of what they are known to do.
#include "SeedLibrary.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace stackward::ir {

static constexpr StringLiteral StringContext =
    "std::__cxx11::basic_string<char, std::char_traits<char>, "
    "std::allocator<char>>";
static constexpr StringLiteral StringSymbol =
    "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE";

static std::string taken(char *Text) {
  std::string S = Text ? Text : "";
  std::free(Text);
  return S;
}

/// "std::vector<T, std::allocator<T>>" gives T; Class is the part before it.
static std::string vectorElement(StringRef Context, StringRef Class) {
  if (!Context.consume_front(Class))
    return {};
  // Both parts are the same text, so T is (n - fixed) / 2 long.
  constexpr StringLiteral Middle = ", std::allocator<", End = ">>";
  size_t Fixed = Middle.size() + End.size();
  if (Context.size() <= Fixed || (Context.size() - Fixed) % 2)
    return {};
  size_t N = (Context.size() - Fixed) / 2;
  StringRef T = Context.take_front(N);
  if (Context.drop_front(N) != (Middle + T + End).str() || T == "bool")
    return {};
  return T.str();
}

/// By the names that libstdc++ gives to the parts of a constructor: each of
/// these allocates what the new vector is to hold, and nothing else.
static StorageStep stepOf(const Member &Of) {
  if (Of.Of == Container::Vector)
    return Of.Constructs || Of.Base == "_M_range_initialize" ||
                   Of.Base == "_M_range_initialize_n" ||
                   Of.Base == "_M_initialize_dispatch"
               ? StorageStep::Step
               : StorageStep::None;
  if (Of.Base == "_M_allocate")
    return StorageStep::Allocate;
  bool ToldSize = Of.Base == "_Vector_base" &&
                  StringRef(Of.Params).starts_with("(unsigned");
  return ToldSize || Of.Base == "_M_create_storage" ? StorageStep::Step
                                                    : StorageStep::None;
}

static Member demangled(StringRef Symbol) {
  Member Result;
  ItaniumPartialDemangler D;
  std::string Kept = Symbol.str(); // D refers to it
  if (!Symbol.starts_with("_Z") || D.partialDemangle(Kept.c_str()) ||
      !D.isFunction())
    return Result;
  std::string Context = taken(D.getFunctionDeclContextName(nullptr, nullptr));
  Result.Element = vectorElement(Context, "std::vector<");
  Result.InStd = Context == "std";
  if (Context == StringContext)
    Result.Of = Container::String;
  else if (!Result.Element.empty())
    Result.Of = Container::Vector;
  else if (!vectorElement(Context, "std::_Vector_base<").empty()) {
    Member Base;
    Base.Base = taken(D.getFunctionBaseName(nullptr, nullptr));
    Base.Params = taken(D.getFunctionParameters(nullptr, nullptr));
    Result.Storage = stepOf(Base);
    return Result;
  } else if (!Result.InStd)
    return Result;
  Result.Base = taken(D.getFunctionBaseName(nullptr, nullptr));
  Result.Params = taken(D.getFunctionParameters(nullptr, nullptr));
  Result.Const = D.hasFunctionQualifiers();
  Result.Destroys = StringRef(Result.Base).starts_with("~");
  Result.Constructs = D.isCtorOrDtor() && !Result.Destroys;
  if (Result.Of == Container::Vector)
    Result.Storage = stepOf(Result);
  return Result;
}

const Member &SeedLibrary::member(const Function &F) {
  auto [Place, New] = Known.try_emplace(&F);
  // A copy of ours, made before the link, is not the library's function.
  if (New && F.getName().contains("St") && !F.getName().contains(SeededMark))
    Place->second = demangled(F.getName());
  if (New && Place->second.Of == Container::Vector)
    Place->second.ElementBytes = elementBytes(F.getName());
  return Place->second;
}

static bool isMutator(const Member &Of, bool &Grows) {
  StringRef Base = Of.Base;
#define STRING(Name)                                                           \
  if (Of.Of == Container::String && Base == #Name)                             \
    return Grows = true;
#define STRING_KEEPS(Name)                                                     \
  if (Of.Of == Container::String && Base == #Name)                             \
    return true;
#define VECTOR(Name)                                                           \
  if (Of.Of == Container::Vector && Base == #Name)                             \
    return Grows = true;
#define VECTOR_KEEPS(Name)                                                     \
  if (Of.Of == Container::Vector && Base == #Name)                             \
    return true;
#include "SeedMembers.def"
  return false;
}

static bool isStream(StringRef Base) {
#define STREAM(Name)                                                           \
  if (Base == #Name)                                                           \
    return true;
#include "SeedMembers.def"
  return false;
}

/// The members that end with `return *this`.
static bool returnsContainer(StringRef Base) {
  return Base == "append" || Base == "assign" || Base == "insert" ||
         Base == "replace" || Base == "erase" || Base == "operator=" ||
         Base == "operator+=" || StringRef(Base).starts_with("_M_append") ||
         StringRef(Base).starts_with("_M_replace");
}

/// The parameter list ends with an rvalue of the container's own type: a move
/// constructor, or a move assignment.
static bool takesItsKind(const Member &Of) {
  std::string Own = Of.Of == Container::String
                        ? StringContext.str()
                        : "std::vector<" + Of.Element + ", std::allocator<" +
                              Of.Element + ">>";
  return StringRef(Of.Params).starts_with("(" + Own + "&&");
}

std::optional<MemberEffect>
SeedLibrary::memberEffect(const Function &F, const Member &Of, unsigned Arg) {
  MemberEffect E;
  if (Of.Base == "swap" || takesItsKind(Of)) {
    // `a = move(b)` of strings gives b the old buffer of a.
    bool Moves = Of.Base == "swap" || Of.Constructs || Of.Base == "operator=" ||
                 Of.Base == "assign";
    if (!Moves || Arg > 1)
      return std::nullopt;
    E.Grows = Arg == 0;
    E.ReturnsIt = Arg == 0 && !F.getReturnType()->isVoidTy();
    if (Arg == 1 || !Of.Constructs)
      E.MovesTo = 1 - Arg;
    return E;
  }
  if (Arg == 0 && (Of.Constructs || Of.Destroys))
    return E;
  if (Of.Const)
    return std::nullopt;
  if (!isMutator(Of, E.Grows))
    return std::nullopt;
  if (Arg != 0)
    return std::nullopt;
  E.ReturnsIt = F.getReturnType()->isPointerTy() && returnsContainer(Of.Base);
  return E;
}

std::optional<MemberEffect> SeedLibrary::effect(const Function &F,
                                                unsigned Arg) {
  const Member &Of = member(F);
  if (Of.Of != Container::None) {
    if (auto E = memberEffect(F, Of, Arg))
      return E;
    // Out of line in the library: a string that is read. Users cannot
    // specialise these.
    bool Reads = Of.Of == Container::String && F.isDeclaration() &&
                 !StringRef(Of.Params).contains("&&");
    bool Grows = false;
    if (Reads && (Of.Const || Of.Constructs || isMutator(Of, Grows)) &&
        !(Arg == 0 && !Of.Const && !Of.Constructs))
      return MemberEffect{};
    return std::nullopt;
  }
  if (Of.InStd && isStream(Of.Base) && Arg == 1 && F.isDeclaration() &&
      StringRef(Of.Params).contains(", " + StringContext.str() + "&") &&
      StringRef(Of.Params).starts_with("(std::basic_istream<"))
    return MemberEffect{true, false, std::nullopt};
  return std::nullopt;
}

Construction SeedLibrary::construction(const Function &F) {
  const Member &Of = member(F);
  if (!Of.Constructs)
    return Construction::Other;
  StringRef Rest = F.getName();
  if (Of.Of == Container::Vector) {
    if (Of.Params == "()" ||
        Of.Params == "(std::allocator<" + Of.Element + "> const&)")
      return Construction::Empty;
    return takesItsKind(Of) ? Construction::Other : Construction::Sized;
  }
  Rest.consume_front("_Z");
  Rest.consume_front(StringSymbol);
  if (!Rest.consume_front("C1") && !Rest.consume_front("C2"))
    return Construction::Other;
  if (Rest == "Ev" || Rest == "ERKS3_")
    return Construction::Empty;
  if (Rest == "IS3_EEPKcRKS3_" || Rest == "EPKcRKS3_")
    return Construction::CString;
  if (Rest == "EPKcmRKS3_")
    return Construction::Counted;
  if (Rest == "ERKS4_")
    return Construction::Copy;
  if (Rest == "ERKS4_mm")
    return Construction::Substring;
  if (Rest == "ISt17basic_string_viewIcS2_EvEERKT_RKS3_")
    return Construction::View;
  if (Rest.starts_with("IPKcvEE") || Rest.starts_with("IPcvEE") ||
      Rest.starts_with("IN9__gnu_cxx17__normal_iteratorIPcS4_EEvEE") ||
      Rest.starts_with("IN9__gnu_cxx17__normal_iteratorIPKcS4_EEvEE"))
    return Construction::Range;
  return Construction::Other;
}

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

void SeedLibrary::findAllocators() {
  AllocatorsFound = true;
  for (Function &F : M) {
    StringRef T = allocatedType(F.getName());
    if (F.isDeclaration() || F.arg_size() < 2 || T.empty())
      continue;
    if (std::optional<uint64_t> Size = allocatedPerElement(F))
      ElementSizes[T] = *Size;
  }
}

/// `_ZNSt6vectorI<T>SaI...`: T is spelt as in the name of its allocator, as
/// each is the first argument of a template in std.
std::optional<uint64_t> SeedLibrary::elementBytes(StringRef Symbol) {
  if (!AllocatorsFound)
    findAllocators();
  if (!Symbol.consume_front("_ZNSt6vectorI") &&
      !Symbol.consume_front("_ZNKSt6vectorI"))
    return std::nullopt;
  for (size_t At = Symbol.find("SaI"); At != StringRef::npos;
       At = Symbol.find("SaI", At + 1)) {
    auto Found = ElementSizes.find(Symbol.take_front(At));
    if (Found != ElementSizes.end())
      return Found->second;
  }
  return std::nullopt;
}

bool SeedLibrary::isUsable() {
  const Triple &T = M.getTargetTriple();
  if (!T.isOSLinux() || !T.isGNUEnvironment() ||
      (T.getArch() != Triple::x86_64 && T.getArch() != Triple::aarch64))
    return false;
  for (StringRef Name : {"_ZdlPv", "_ZdlPvm"})
    if (Function *F = M.getFunction(Name); F && !F->isDeclaration())
      return false;
  return true;
}

Function *calledFunction(const CallBase &CB) {
  Value *Callee = CB.getCalledOperand();
  if (auto *A = dyn_cast<GlobalAlias>(Callee); A && !A->isInterposable())
    Callee = A->getAliaseeObject();
  auto *F = dyn_cast_or_null<Function>(Callee);
  return F && F->getFunctionType() == CB.getFunctionType() ? F : nullptr;
}

bool matches(const CallBase &CB, Construction How) {
  auto Is = [&](unsigned I, bool Pointer) {
    return I < CB.arg_size() &&
           (Pointer ? CB.getArgOperand(I)->getType()->isPointerTy()
                    : CB.getArgOperand(I)->getType()->isIntegerTy(64));
  };
  switch (How) {
  case Construction::Empty:
    return true;
  case Construction::CString:
  case Construction::Copy:
  case Construction::View:
    return Is(1, true);
  case Construction::Counted:
    return Is(1, true) && Is(2, false);
  case Construction::Range:
    return Is(1, true) && Is(2, true);
  case Construction::Substring:
    return Is(1, true) && Is(2, false) && Is(3, false);
  case Construction::Sized:
  case Construction::Storage:
  case Construction::Other:
    return false;
  }
  llvm_unreachable("closed");
}

uint64_t containerBytes(Container C) {
  switch (C) {
  case Container::None:
    return 0;
  case Container::String:
    return 32;
  case Container::Vector:
    return 24;
  }
  llvm_unreachable("closed");
}

/// The scalars of \p T in order, arrays and padding apart.
static void flatten(Type *T, SmallVectorImpl<Type *> &Out) {
  if (auto *S = dyn_cast<StructType>(T)) {
    for (Type *E : S->elements())
      flatten(E, Out);
    return;
  }
  Out.push_back(T);
}

bool isLaidOutAs(Container C, Type *T, const DataLayout &DL) {
  if (C == Container::None || !T->isSized() ||
      DL.getTypeAllocSize(T) != TypeSize::getFixed(containerBytes(C)))
    return false;
  SmallVector<Type *, 8> Parts;
  flatten(T, Parts);
  if (C == Container::Vector)
    return Parts.size() == 3 &&
           all_of(Parts, [](Type *P) { return P->isPointerTy(); });
  return Parts.size() >= 3 && Parts[0]->isPointerTy() &&
         Parts[1]->isIntegerTy(64) && Parts[2]->isIntegerTy(64);
}

} // namespace stackward::ir
