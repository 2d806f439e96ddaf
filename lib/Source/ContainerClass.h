// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Facts about container classes and sequences that their type tells. Private
/// to this room.
#ifndef STACKWARD_LIB_SOURCE_CONTAINERCLASS_H
#define STACKWARD_LIB_SOURCE_CONTAINERCLASS_H

#include "Builder.h"

namespace stackward::source {

bool isString(const clang::CXXRecordDecl *RD);
bool isNodeBased(const clang::CXXRecordDecl *RD);
/// Sets and maps, ordered or not.
bool isAssociative(const clang::CXXRecordDecl *RD);
/// How the buffer is called in reports.
std::string bufferName(const clang::CXXRecordDecl *RD);
/// What one element is: pairs for maps.
clang::QualType elementType(const clang::CXXRecordDecl *RD);
/// What a pointer, an array, a container or one of their iterators gives.
clang::QualType sequenceElement(clang::QualType T, clang::ASTContext &Ctx);

} // namespace stackward::source

#endif
