// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Facts about container classes and sequences that their type tells.
#include "ContainerClass.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace stackward::source {

bool isString(const CXXRecordDecl *RD) {
  return RD->getName() == "basic_string";
}

bool isNodeBased(const CXXRecordDecl *RD) {
  return RD->getName() != "vector" && RD->getName() != "deque" && !isString(RD);
}

bool isAssociative(const CXXRecordDecl *RD) {
  return isNodeBased(RD) && !RD->getName().ends_with("list");
}

std::string bufferName(const CXXRecordDecl *RD) {
  return isString(RD) ? "std::string buffer"
                      : "std::" + RD->getNameAsString() + " buffer";
}

/// What one element is: pairs for maps.
QualType elementType(const CXXRecordDecl *RD) {
  for (const Decl *D : RD->decls())
    if (const auto *T = dyn_cast<TypedefNameDecl>(D))
      if (T->getName() == "value_type")
        return T->getUnderlyingType();
  return templateArg(RD, 0);
}

/// What a pointer, an array, a container or one of their iterators gives.
QualType sequenceElement(QualType T, ASTContext &Ctx) {
  T = T.getNonReferenceType();
  if (T->isPointerType())
    return T->getPointeeType();
  if (const ArrayType *A = Ctx.getAsArrayType(T))
    return A->getElementType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return {};
  if (libraryClass(RD) == LibraryClass::Container)
    return elementType(RD);
  if (libraryClass(RD) != LibraryClass::Iterator)
    return {};
  QualType First = templateArg(RD, 0);
  return !First.isNull() && First->isPointerType() ? First->getPointeeType()
                                                   : First;
}

} // namespace stackward::source
