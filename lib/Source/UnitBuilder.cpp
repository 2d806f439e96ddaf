// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one translation unit shares: names, places, and the queue of bodies.
/// Roots are the functions that the user wrote (not in system headers), their
/// template instantiations included; from there every body that is called and
/// that no library model stands for is lowered too, each once.
#include "Builder.h"
#include "stackward/Escape/Summary.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace stackward::source {

Offset addOffsets(Offset A, Offset B) {
  if (A == AnyOffset || B == AnyOffset)
    return AnyOffset;
  int64_t Sum = int64_t(A) + B;
  constexpr int64_t Far = 1 << 24;
  return Sum > Far || Sum < -Far ? AnyOffset : static_cast<Offset>(Sum);
}

bool isPointerLike(QualType T) {
  T = T.getCanonicalType().getAtomicUnqualifiedType();
  return T->isPointerType() || T->isReferenceType() ||
         T->isBlockPointerType() || T->isNullPtrType() ||
         T->isMemberFunctionPointerType();
}

const CXXRecordDecl *recordOf(QualType T) {
  return T.getNonReferenceType()->getAsCXXRecordDecl();
}

/// Inline namespaces (std::__cxx11, std::__1) and template arguments are not
/// part of the name that a programmer would use.
std::string qualifiedName(const NamedDecl *D) {
  llvm::SmallVector<StringRef, 4> Parts;
  std::string Own = D->getNameAsString();
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(D))
    Own = Ctor->getParent()->getNameAsString();
  if (const auto *Dtor = dyn_cast<CXXDestructorDecl>(D))
    Own = "~" + Dtor->getParent()->getNameAsString();
  for (const DeclContext *DC = D->getDeclContext(); DC; DC = DC->getParent()) {
    if (const auto *NS = dyn_cast<NamespaceDecl>(DC)) {
      if (!NS->isInline() && !NS->isAnonymousNamespace())
        Parts.push_back(NS->getName());
      if (NS->isAnonymousNamespace())
        Parts.push_back("(anonymous)");
    } else if (const auto *RD = dyn_cast<RecordDecl>(DC)) {
      Parts.push_back(RD->getIdentifier() ? RD->getName() : "(anonymous)");
    } else if (isa<FunctionDecl>(DC)) {
      Parts.push_back("(local)");
    }
  }
  std::string Name;
  for (StringRef Part : llvm::reverse(Parts))
    Name += (Part + "::").str();
  return Name + Own;
}

UnitBuilder::UnitBuilder(ASTContext &Ctx)
    : Ctx(Ctx), SM(Ctx.getSourceManager()), Names(Ctx) {}

bool UnitBuilder::inSystemHeader(SourceLocation Loc) const {
  return Loc.isInvalid() || SM.isInSystemHeader(SM.getExpansionLoc(Loc));
}

Unit UnitBuilder::build() {
  collect(Ctx.getTranslationUnitDecl());
  return lowerQueue();
}

Unit UnitBuilder::build(llvm::ArrayRef<const FunctionDecl *> Roots) {
  for (const FunctionDecl *FD : Roots)
    if (bodyOf(FD) == FD)
      enqueue(FD);
  return lowerQueue();
}

Unit UnitBuilder::lowerQueue() {
  while (!Queue.empty()) {
    const FunctionDecl *FD = Queue.front();
    Queue.pop_front();
    SymbolId S = symbol(FD);
    record(FD, S);
    bool HasResultSlot = FD->getReturnType()->isRecordType();
    const auto *MD = dyn_cast<CXXMethodDecl>(FD);
    bool HasThis = MD && MD->isImplicitObjectMemberFunction();
    unsigned NumParams = FD->getNumParams() + HasThis + HasResultSlot;
    bool Internal = !FD->isExternallyVisible();
    escape::Linkage L = Internal                  ? escape::Linkage::Internal
                        : FD->hasAttr<WeakAttr>() ? escape::Linkage::Weak
                        : Ctx.GetGVALinkageForFunction(FD) == GVA_StrongExternal
                            ? escape::Linkage::External
                            : escape::Linkage::Odr;
    escape::Graph G(NumParams);
    if (HasResultSlot)
      G.setResultParam(NumParams - 1);
    if ((isa<CXXConstructorDecl>(FD) || isa<CXXDestructorDecl>(FD)) &&
        MD->getParent()->isPolymorphic())
      G.setThisType(typeSymbol(MD->getParent()));
    FunctionBuilder(*this, FD, G).build();
    Out.Module.addFunction(S, L, NumParams).Body = std::move(G);
  }
  return std::move(Out);
}

void UnitBuilder::collect(const DeclContext *DC) {
  for (const Decl *D : DC->decls())
    if (!inSystemHeader(D->getLocation()) || isa<LinkageSpecDecl>(D))
      collectDecl(D);
}

void UnitBuilder::collectDecl(const Decl *D) {
  if (const auto *FT = dyn_cast<FunctionTemplateDecl>(D)) {
    for (const FunctionDecl *Spec : FT->specializations())
      collectDecl(Spec);
    return;
  }
  if (const auto *CT = dyn_cast<ClassTemplateDecl>(D)) {
    for (const auto *Spec : CT->specializations())
      collect(Spec);
    return;
  }
  if (const auto *FD = dyn_cast<FunctionDecl>(D)) {
    if (const FunctionDecl *Def = bodyOf(FD); Def && Def == FD)
      enqueue(Def);
    return;
  }
  if (isa<ClassTemplatePartialSpecializationDecl>(D))
    return;
  if (const auto *RD = dyn_cast<CXXRecordDecl>(D);
      RD && (RD->isDependentContext() || !RD->isCompleteDefinition()))
    return;
  if (const auto *DC = dyn_cast<DeclContext>(D))
    collect(DC);
}

const FunctionDecl *UnitBuilder::bodyOf(const FunctionDecl *FD) {
  const FunctionDecl *Def = nullptr;
  if (!FD->hasBody(Def) || Def->isDependentContext() || Def->isDeleted() ||
      Def->isInvalidDecl() || !Def->doesThisDeclarationHaveABody())
    return nullptr;
  return Def->getBody() ? Def : nullptr;
}

void UnitBuilder::enqueue(const FunctionDecl *Definition) {
  if (Queued.insert(Definition).second)
    Queue.push_back(Definition);
}

SymbolId UnitBuilder::symbol(const FunctionDecl *FD) {
  FD = FD->getCanonicalDecl();
  auto [It, New] = Symbols.try_emplace(FD, escape::NoSymbol);
  if (!New)
    return It->second;
  std::string Name;
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(FD)) {
    // The complete-object variant stands for all of them.
    std::vector<std::string> All = Names.getAllManglings(FD);
    Name = All.empty() ? qualifiedName(FD) : All.front();
  } else {
    llvm::raw_string_ostream Stream(Name);
    if (Names.writeName(FD, Stream) || Name.empty())
      Name = qualifiedName(FD);
  }
  return Symbols[FD] = Out.Module.symbol(Name);
}

SymbolId UnitBuilder::typeSymbol(const CXXRecordDecl *RD) {
  RD = RD->getCanonicalDecl();
  auto [It, New] = Types.try_emplace(RD, escape::NoSymbol);
  if (!New)
    return It->second;
  std::string Name = QualType(Ctx.getCanonicalTagType(RD)).getAsString();
  if (!RD->isExternallyVisible())
    Name += "@" + std::to_string(RD->getLocation().getRawEncoding());
  SymbolId S = Out.Module.symbol("type " + Name);
  Types[RD] = S;
  if (const CXXRecordDecl *Def = RD->getDefinition()) {
    addOverriders(Def, S);
    describeType(Def, S);
  }
  return S;
}

void UnitBuilder::describeType(const CXXRecordDecl *RD, SymbolId Type) {
  TypeRecord R;
  R.Symbol = Type;
  llvm::SmallVector<const CXXRecordDecl *, 4> Work{RD};
  while (!Work.empty()) {
    const CXXRecordDecl *Class = Work.pop_back_val();
    bool IsTop = true;
    for (const CXXBaseSpecifier &B : Class->bases())
      if (const CXXRecordDecl *BD = B.getType()->getAsCXXRecordDecl();
          BD && BD->getDefinition() && BD->getDefinition()->isPolymorphic()) {
        Work.push_back(BD->getDefinition());
        IsTop = false;
      }
    if (IsTop)
      R.Roots.push_back(QualType(Ctx.getCanonicalTagType(Class)).getAsString());
  }
  TypeRecords[Type] = Out.Types.size();
  Out.Types.push_back(std::move(R));
}

void UnitBuilder::placed(QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (RD && RD->isPolymorphic())
    Out.Types[TypeRecords.lookup(typeSymbol(RD))].Placed = true;
}

bool UnitBuilder::runsUserCode(QualType T) {
  if (T.isNull())
    return false;
  T = T.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  if (T->isFunctionType() || T->isFunctionPointerType())
    return true;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return false;
  switch (libraryClass(RD)) {
  case LibraryClass::UniquePtr: // compared by address
  case LibraryClass::SharedPtr:
  case LibraryClass::WeakPtr:
  case LibraryClass::Iterator:
    return false;
  case LibraryClass::Function:
    return true;
  case LibraryClass::Container:
  case LibraryClass::None:
    break;
  }
  if (!inSystemHeader(RD->getLocation()))
    return true;
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec)
    return false;
  auto [It, New] = RunsUserCode.try_emplace(RD, false);
  if (!New)
    return It->second;
  bool Runs = false;
  for (const TemplateArgument &A : Spec->getTemplateArgs().asArray()) {
    if (A.getKind() == TemplateArgument::Type)
      Runs |= runsUserCode(A.getAsType());
    if (A.getKind() == TemplateArgument::Pack)
      for (const TemplateArgument &Part : A.pack_elements())
        if (Part.getKind() == TemplateArgument::Type)
          Runs |= runsUserCode(Part.getAsType());
  }
  return RunsUserCode[RD] = Runs;
}

/// Only bases at offset zero: elsewhere the receiver that a caller passes and
/// the `this` of the overrider differ, and the call stays unresolved.
void UnitBuilder::addOverriders(const CXXRecordDecl *RD, SymbolId Type) {
  llvm::SmallVector<const CXXRecordDecl *, 4> Work{RD};
  while (!Work.empty()) {
    const CXXRecordDecl *Base = Work.pop_back_val();
    for (const CXXMethodDecl *M : Base->methods()) {
      if (!M->isVirtual())
        continue;
      const CXXMethodDecl *Final = nullptr;
      if (isa<CXXDestructorDecl>(M))
        Final = RD->getDestructor();
      else
        Final = M->getCorrespondingMethodInClass(RD);
      if (!Final || Final->isPureVirtual())
        continue;
      // A covariant result may lie at another offset.
      if (!Ctx.hasSameType(Final->getReturnType(), M->getReturnType()))
        continue;
      if (const FunctionDecl *Body = bodyOf(Final))
        enqueue(Body);
      Out.Module.addOverrider(Type, symbol(M), symbol(Final));
    }
    const ASTRecordLayout &Layout = Ctx.getASTRecordLayout(Base);
    for (const CXXBaseSpecifier &B : Base->bases()) {
      const CXXRecordDecl *BD = B.getType()->getAsCXXRecordDecl();
      if (BD && BD->getDefinition() && !B.isVirtual() &&
          Layout.getBaseClassOffset(BD->getDefinition()).isZero())
        Work.push_back(BD->getDefinition());
    }
  }
}

uint32_t UnitBuilder::fileId(FileID File) {
  if (File.isInvalid()) {
    // Implicit declarations and built-ins are nowhere.
    auto [At, New] = FileNames.try_emplace("", Out.Files.size());
    if (New)
      Out.Files.push_back("");
    return At->second;
  }
  auto [It, New] = FileIds.try_emplace(File, 0);
  if (!New)
    return It->second;
  std::string Name;
  if (auto Entry = SM.getFileEntryRefForID(File)) {
    Name = Entry->getFileEntry().tryGetRealPathName().str();
    if (Name.empty())
      Name = Entry->getName().str();
  }
  auto [At, NewName] = FileNames.try_emplace(Name, Out.Files.size());
  if (NewName)
    Out.Files.push_back(Name);
  return FileIds[File] = At->second;
}

Anchor UnitBuilder::anchor(SourceLocation Loc, SourceRange Range) {
  PlaceRecord P;
  if (Loc.isInvalid()) {
    P.File = fileId(FileID());
    Out.Places.push_back(std::move(P));
    return Out.Places.size() - 1;
  }
  SourceLocation Expansion = SM.getExpansionLoc(Loc);
  auto [File, Where] = SM.getDecomposedLoc(Expansion);
  P.File = fileId(File);
  P.Line = SM.getLineNumber(File, Where);
  P.Column = SM.getColumnNumber(File, Where);
  CharSourceRange Chars = Lexer::makeFileCharRange(
      CharSourceRange::getTokenRange(Range), SM, Ctx.getLangOpts());
  if (Chars.isValid() && !inSystemHeader(Loc)) {
    StringRef Text = Lexer::getSourceText(Chars, SM, Ctx.getLangOpts());
    Text = Text.take_until([](char C) { return C == '\n'; });
    constexpr size_t Longest = 60;
    P.Text = Text.take_front(Longest).str();
    if (Text.size() > Longest)
      P.Text += "...";
  }
  Out.Places.push_back(std::move(P));
  return Out.Places.size() - 1;
}

Anchor UnitBuilder::anchor(const Stmt *S) {
  SourceLocation Loc = S->getBeginLoc();
  if (const auto *E = dyn_cast<Expr>(S))
    Loc = E->getExprLoc();
  return anchor(Loc, S->getSourceRange());
}

bool UnitBuilder::mayHoldPointer(QualType T) {
  T = T.getCanonicalType().getUnqualifiedType();
  if (isPointerLike(T))
    return true;
  if (const auto *A = dyn_cast<ArrayType>(T.getTypePtr())) {
    // Raw storage: an array of bytes that has room for a pointer.
    QualType E = A->getElementType();
    const auto *Sized = dyn_cast<ConstantArrayType>(A);
    if ((E->isCharType() || E->isStdByteType()) && Sized &&
        Sized->getSize().uge(sizeof(void *)) && E->isUnsignedIntegerType())
      return true;
    return mayHoldPointer(E) || (E->isStdByteType() && Sized &&
                                 Sized->getSize().uge(sizeof(void *)));
  }
  if (const auto *A = T->getAs<AtomicType>())
    return mayHoldPointer(A->getValueType());
  const auto *RT = T->getAs<RecordType>();
  if (!RT)
    return !T->isArithmeticType() && !T->isEnumeralType() && !T->isVoidType() &&
           !T->isVectorType();
  auto [It, New] = HoldsPointer.try_emplace(T.getTypePtr(), true);
  if (!New)
    return It->second;
  const RecordDecl *RD = T->getAsRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  bool Holds = !RD;
  if (RD) {
    for (const FieldDecl *F : RD->fields())
      Holds |= mayHoldPointer(F->getType());
    if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD))
      for (const CXXBaseSpecifier &B : CRD->bases())
        Holds |= mayHoldPointer(B.getType());
  }
  return HoldsPointer[T.getTypePtr()] = Holds;
}

std::string UnitBuilder::typeText(QualType T) const {
  PrintingPolicy Policy = Ctx.getPrintingPolicy();
  Policy.SuppressUnwrittenScope = true;
  Policy.SuppressTagKeyword = true;
  return T.getUnqualifiedType().getAsString(Policy);
}

void UnitBuilder::record(const FunctionDecl *FD, SymbolId S) {
  FunctionRecord R;
  R.Symbol = S;
  PrintingPolicy Policy = Ctx.getPrintingPolicy();
  Policy.SuppressUnwrittenScope = true;
  llvm::raw_string_ostream Name(R.Display);
  FD->printQualifiedName(Name, Policy);
  Name << '(';
  llvm::ListSeparator Comma(", ");
  for (const ParmVarDecl *P : FD->parameters())
    Name << Comma << P->getType().getAsString(Policy);
  if (FD->isVariadic())
    Name << Comma << "...";
  Name << ')';
  Name.flush();
  if (const auto *MD = dyn_cast<CXXMethodDecl>(FD); MD && MD->isConst())
    R.Display += " const";
  R.InSystemHeader = inSystemHeader(FD->getLocation());
  Out.Functions.push_back(std::move(R));
}

} // namespace stackward::source
