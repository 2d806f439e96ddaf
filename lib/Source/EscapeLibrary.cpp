// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Classes of the standard library that the builder gives meaning to, and
/// iterators. Apart from containers (EscapeContainer.cpp) each is a few
/// abstract cells:
///
///   unique_ptr   0 the pointer                 8 the deleter
///   shared_ptr   0 the pointer                 8 what it keeps alive
///   weak_ptr     as shared_ptr, but releases nothing
///   function     0 its own heap copy (a site)  8 the callable
///                16 the callable's operator()  24 a plain function pointer
///   iterator     0 somewhere in the elements
///
/// Nobody but the functions here reads those cells, so they need not be where
/// the library puts its members.
#include "Builder.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace stackward::source {

LibraryClass libraryClass(const CXXRecordDecl *RD) {
  if (!RD || !RD->getIdentifier())
    return LibraryClass::None;
  StringRef Name = RD->getName();
  if (!RD->isInStdNamespace()) {
    const auto *NS = dyn_cast<NamespaceDecl>(RD->getDeclContext());
    return NS && NS->getName() == "__gnu_cxx" && Name == "__normal_iterator"
               ? LibraryClass::Iterator
               : LibraryClass::None;
  }
  return llvm::StringSwitch<LibraryClass>(Name)
      .Case("unique_ptr", LibraryClass::UniquePtr)
      .Cases({"shared_ptr", "__shared_ptr"}, LibraryClass::SharedPtr)
      .Case("__shared_ptr_access", LibraryClass::SharedPtr)
      .Cases({"weak_ptr", "__weak_ptr"}, LibraryClass::WeakPtr)
      .Case("function", LibraryClass::Function)
      .Cases({"vector", "basic_string", "deque", "list", "forward_list"},
             LibraryClass::Container)
      .Cases({"map", "multimap", "set", "multiset"}, LibraryClass::Container)
      .Cases({"unordered_map", "unordered_multimap", "unordered_set",
              "unordered_multiset"},
             LibraryClass::Container)
      .Cases({"_Rb_tree_iterator", "_Rb_tree_const_iterator", "_List_iterator",
              "_List_const_iterator"},
             LibraryClass::Iterator)
      .Cases({"_Fwd_list_iterator", "_Fwd_list_const_iterator",
              "_Deque_iterator", "_Bit_iterator", "_Bit_const_iterator"},
             LibraryClass::Iterator)
      .Cases({"__wrap_iter", "__tree_iterator", "__tree_const_iterator",
              "__list_iterator", "__list_const_iterator"},
             LibraryClass::Iterator)
      .Default(RD->getName().starts_with("_Node_iterator") ||
                       RD->getName() == "_Node_const_iterator" ||
                       RD->getName() == "_Local_iterator" ||
                       RD->getName() == "_Local_const_iterator"
                   ? LibraryClass::Iterator
                   : LibraryClass::None);
}

QualType templateArg(const CXXRecordDecl *RD, unsigned I) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || Spec->getTemplateArgs().size() <= I ||
      Spec->getTemplateArgs()[I].getKind() != TemplateArgument::Type)
    return {};
  return Spec->getTemplateArgs()[I].getAsType();
}

std::optional<Addr> FunctionBuilder::libraryCall(CallShape &C) {
  if (!C.HasThis)
    return factoryCall(C);
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  LibraryClass K = libraryClass(MD->getParent());
  // The bodies of the library's own members are lowered like any other when
  // nothing here knows them; inside them `this` is not one of our cells.
  switch (K) {
  case LibraryClass::None:
    return std::nullopt;
  case LibraryClass::UniquePtr:
  case LibraryClass::SharedPtr:
  case LibraryClass::WeakPtr:
    return smartPointerCall(C, K);
  case LibraryClass::Function:
    return functionCall(C);
  case LibraryClass::Iterator:
    return iteratorCall(C);
  case LibraryClass::Container:
    return containerCall(C);
  }
  llvm_unreachable("closed switch");
}

std::optional<Addr> FunctionBuilder::iteratorCall(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::Copied);
  Addr Self = C.Args[0];
  auto Copy = [&](Addr To, Addr From) { store(To, load(From, N), N); };
  if (isa<CXXConstructorDecl>(MD) || MD->getOverloadedOperator() == OO_Equal) {
    if (C.Args.size() < 2 || !C.Args[1])
      return Self;
    if (recordOf(C.ArgExprs[0]->getType()))
      Copy(Self, C.Args[1]);
    else // from a pointer, which libstdc++ takes by reference
      store(Self, C.ArgExprs[0]->isGLValue() ? load(C.Args[1], N) : C.Args[1],
            N);
    return Self;
  }
  switch (MD->getOverloadedOperator()) {
  case OO_Star:
  case OO_Arrow:
  case OO_Subscript:
    return Addr{load(Self, N).Base, AnyOffset};
  default:
    break;
  }
  if (C.ResultObject) {
    Copy(C.ResultObject, Self);
    return C.ResultObject;
  }
  return C.Result->isReferenceType() ? Self : Addr{};
}

} // namespace stackward::source
