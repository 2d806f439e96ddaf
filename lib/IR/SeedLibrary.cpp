// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Names of libstdc++ into facts; where memory of elements comes from is in
/// SeedAllocators.cpp.
///
/// `const` proves nothing about a user's function, which may cast it away; of
/// the library's own functions it is part of what they are known to do.
#include "SeedLibrary.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/GlobalAlias.h"
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

/// The two arguments of the class template \p Class in \p Context, which
/// begins with it: element and allocator.
static std::pair<StringRef, StringRef> templateArguments(StringRef Context,
                                                         StringRef Class) {
  if (!Context.consume_front(Class) || !Context.consume_back(">"))
    return {};
  int Depth = 0;
  size_t Comma = StringRef::npos;
  for (size_t I = 0; I < Context.size(); ++I) {
    char C = Context[I];
    Depth += (C == '<' || C == '(' || C == '{' || C == '[') -
             (C == '>' || C == ')' || C == '}' || C == ']');
    if (C != ',' || Depth != 0)
      continue;
    if (Comma != StringRef::npos)
      return {};
    Comma = I;
  }
  if (Comma == StringRef::npos)
    return {};
  return {Context.take_front(Comma), Context.drop_front(Comma + 1).ltrim()};
}

/// By the names that libstdc++ gives to the parts of a constructor: each of
/// these allocates what the new container is to hold, and nothing else.
static StorageStep stepOf(const Member &Of) {
  if (Of.Of == Container::String && Of.Base == "_M_create")
    return StorageStep::Allocate;
  if (Of.Of == Container::String)
    return Of.Constructs || Of.Base == "_M_construct" ? StorageStep::Step
                                                      : StorageStep::None;
  if (Of.Of == Container::Vector)
    return Of.Constructs || Of.Base == "_M_range_initialize" ||
                   Of.Base == "_M_range_initialize_n" ||
                   Of.Base == "_M_initialize_dispatch"
               ? StorageStep::Step
               : StorageStep::None;
  if (Of.Base == "_M_allocate")
    return StorageStep::Allocate;
  if (Of.Base == "_M_deallocate")
    return StorageStep::Free;
  bool ToldSize = Of.Base == "_Vector_base" &&
                  StringRef(Of.Params).starts_with("(unsigned");
  return ToldSize || Of.Base == "_M_create_storage" ? StorageStep::Step
                                                    : StorageStep::None;
}

static bool isReader(StringRef Context) {
#define READER(Class)                                                          \
  if (Context == Class)                                                        \
    return true;
#include "SeedMembers.def"
  return false;
}

static Member demangled(StringRef Symbol) {
  Member Result;
  ItaniumPartialDemangler D;
  std::string Kept = Symbol.str(); // D refers to it
  if (!Symbol.starts_with("_Z") || D.partialDemangle(Kept.c_str()) ||
      !D.isFunction())
    return Result;
  std::string Context = taken(D.getFunctionDeclContextName(nullptr, nullptr));
  Result.InStd = Context == "std";
  auto Is = [&](StringRef Class) {
    auto [Element, Allocator] = templateArguments(Context, Class);
    Result.Element = Element.str();
    Result.Allocator = Allocator.str();
    return !Element.empty() && Element != "bool";
  };
  if (Context == StringContext) {
    Result.Of = Container::String;
  } else if (Is("std::vector<")) {
    Result.Of = Container::Vector;
  } else if (Is("std::deque<")) {
    Result.Of = Container::Deque;
  } else if (Is("std::_Vector_base<")) {
    Result.Base = taken(D.getFunctionBaseName(nullptr, nullptr));
    Result.Params = taken(D.getFunctionParameters(nullptr, nullptr));
    Result.Storage = stepOf(Result);
    return Result;
  } else if (Is("std::_Deque_base<")) {
    Result.Base = taken(D.getFunctionBaseName(nullptr, nullptr));
    if (Result.Base == "_M_allocate_node")
      Result.Storage = StorageStep::Node;
    else if (Result.Base == "_M_deallocate_node")
      Result.Storage = StorageStep::Free;
    return Result;
  } else if (isReader(Context)) {
    Result.Reads = true;
  } else if (!Result.InStd) {
    return Result;
  }
  Result.Own = Context;
  Result.Base = taken(D.getFunctionBaseName(nullptr, nullptr));
  Result.Params = taken(D.getFunctionParameters(nullptr, nullptr));
  Result.Const = D.hasFunctionQualifiers();
  Result.Destroys = StringRef(Result.Base).starts_with("~");
  Result.Constructs = D.isCtorOrDtor() && !Result.Destroys;
  if (Result.Of == Container::Vector || Result.Of == Container::String)
    Result.Storage = stepOf(Result);
  return Result;
}

const Member &SeedLibrary::member(const Function &F) {
  auto [Place, New] = Known.try_emplace(&F);
  // A copy of ours, made before the link, is not the library's function.
  if (New && F.getName().contains("St") && !F.getName().contains(SeededMark))
    Place->second = demangled(F.getName());
  Member &Of = Place->second;
  if (New && !Of.Element.empty() && Of.Of != Container::None) {
    Of.ElementBytes = elementBytes(F, Of);
    if (!Of.hasStdAllocator() && !Of.ElementBytes)
      Of.Of = Container::None;
  }
  return Of;
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
#define DEQUE(Name)                                                            \
  if (Of.Of == Container::Deque && Base == #Name)                              \
    return Grows = true;
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

/// The parameter \p N is a string by const reference.
static bool isStringToRead(StringRef Params, unsigned N) {
  Params = Params.drop_front();
  int Depth = 0;
  for (size_t I = 0; N > 0 && I < Params.size(); ++I) {
    Depth += (Params[I] == '<') - (Params[I] == '>');
    if (Params[I] == ',' && Depth == 0 && --N == 0)
      Params = Params.drop_front(I + 1).ltrim();
  }
  return N == 0 && Params.consume_front(StringContext) &&
         Params.starts_with(" const&");
}

/// The parameter list begins with an rvalue of the container's own type: a move
/// constructor, or a move assignment.
static bool takesItsKind(const Member &Of) {
  return StringRef(Of.Params).starts_with("(" + Of.Own + "&&");
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
  if (Of.Reads && F.isDeclaration() && Arg > 0 &&
      !F.hasParamAttribute(0, Attribute::StructRet) &&
      isStringToRead(Of.Params, Arg - 1))
    return MemberEffect{};
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
  if (Of.Of != Container::String) {
    if (Of.Params == "()" || Of.Params == "(" + Of.Allocator + " const&)")
      return Construction::Empty;
    return takesItsKind(Of) || Of.Of == Container::Deque ? Construction::Other
                                                         : Construction::Sized;
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
  case Container::Deque:
    return 80;
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

bool isManual(const StructType &T) {
  StringRef Name = T.hasName() ? T.getName() : "";
  return Name.starts_with("union.") && !Name.starts_with("union.std::");
}

bool isLaidOutAs(Container C, Type *T, const DataLayout &DL) {
  if (C == Container::None || !T->isSized() ||
      DL.getTypeAllocSize(T) != TypeSize::getFixed(containerBytes(C)))
    return false;
  // What wraps it, and itself: other memory of this shape may hold a container
  // for as long as it likes. The union of a string is behind its first word.
  bool IsLibrarys = false;
  for (Type *Outer = T; auto *S = dyn_cast<StructType>(Outer);
       Outer = S->getElementType(0)) {
    if (isManual(*S) || S->getNumElements() == 0)
      return false;
    IsLibrarys |= S->hasName() && S->getName().contains(".std::");
  }
  if (!IsLibrarys)
    return false;
  SmallVector<Type *, 8> Parts;
  flatten(T, Parts);
  auto IsPointer = [](Type *P) { return P->isPointerTy(); };
  if (C == Container::Vector)
    return Parts.size() == 3 && all_of(Parts, IsPointer);
  if (C == Container::Deque)
    return Parts.size() == 10 && Parts[0]->isPointerTy() &&
           Parts[1]->isIntegerTy(64) && all_of(drop_begin(Parts, 2), IsPointer);
  return Parts.size() >= 3 && Parts[0]->isPointerTy() &&
         Parts[1]->isIntegerTy(64) && Parts[2]->isIntegerTy(64);
}

bool isContainer(Type *T, const DataLayout &DL) {
  return isLaidOutAs(Container::String, T, DL) ||
         isLaidOutAs(Container::Vector, T, DL) ||
         isLaidOutAs(Container::Deque, T, DL);
}

} // namespace stackward::ir
