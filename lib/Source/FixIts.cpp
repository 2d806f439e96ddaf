// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rewrites that are right whenever the verdict is "stack". Two shapes:
///
///   auto P = std::make_unique<T>(A);      T P = T(A);
///   P->f();  use(*P);  g(P.get());        P.f();  use(P);  g((&P));
///
///   T *P = new T(A);                      T PObject = T(A); T *P = &PObject;
///   P->f();                               P->f();
///   delete P;
///
/// F1  One declaration, one definition, no reassignment, nothing from a
///     macro, not in a template (instantiations could disagree).
/// F2  The object dies where it died: at the end of the scope, or its
///     destructor does nothing. `delete P; return R;` counts when R is a
///     local scalar or a literal. No variable between the two has a
///     destructor, and no jump leaves the scope before:
///       T *P = new T; std::lock_guard L(M); P->f(); delete P;
///     would destroy the object without the lock. Nor does any know of a
///     variable that dies before the object from then on, or is read for the
///     result before:
///       int R = 0; Guard *P = new Guard(&R); delete P; return R;
/// F3  No copy or move is introduced: before C++17 `T P(A)` is written, and
///     only where that cannot be read as a function declaration.
/// F4  Every use is one of those above; any other one means no fix-it.
/// F5  Types are written as the author wrote them there, since another way to
///     write them may mean something else:
///       auto P = std::make_unique<struct stat>();  // stat is a function too
#include "Builder.h"
#include "FixRules.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace stackward::source {
namespace {

class Rewriter {
public:
  Rewriter(UnitBuilder &U, const FunctionDecl *FD, const VarDecl *V)
      : U(U), SM(U.SM), FD(FD), V(V) {}

  std::vector<EditRecord> ownedByUniquePtr(const DeclStmt *D,
                                           const CallExpr *Make);
  std::vector<EditRecord> rawPointer(const DeclStmt *D, const CXXNewExpr *New);

private:
  bool begin(const DeclStmt *D);
  bool walk(const Stmt *S, const Stmt *Parent, const Stmt *Grand);
  bool useOfOwner(const DeclRefExpr *Ref, const Stmt *Parent,
                  const Stmt *Grand);
  bool useOfPointer(const DeclRefExpr *Ref, const Stmt *Parent,
                    const Stmt *Grand);
  bool deletionIsLast(const CXXDeleteExpr *E) const;
  bool diesInPlace(const DeclStmt *D) const;
  bool diesKnown(const Decl *D) const;
  bool isWritable(QualType T) const;
  bool edit(CharSourceRange R, std::string Text);
  bool edit(SourceRange R, std::string Text) {
    return edit(CharSourceRange::getTokenRange(R), std::move(Text));
  }
  bool drop(const Expr *Statement);
  std::string text(SourceRange R) const {
    return Lexer::getSourceText(CharSourceRange::getTokenRange(R), SM,
                                U.Ctx.getLangOpts())
        .str();
  }
  std::string written(const TypeSourceInfo *T) const;
  std::optional<std::string> definition(QualType T, const std::string &Type,
                                        const std::string &Name,
                                        llvm::ArrayRef<const Expr *> Args);
  std::optional<std::string> definition(const CXXNewExpr *New,
                                        const std::string &Type,
                                        const std::string &Name);
  bool rewriteUses(llvm::StringRef Taken);

  UnitBuilder &U;
  const SourceManager &SM;
  const FunctionDecl *FD;
  const VarDecl *V;
  bool Owner = false;
  bool IsCopiedTrivially = false;
  const CXXDeleteExpr *Deletion = nullptr;
  const CompoundStmt *Scope = nullptr;
  NamesOfVariable Seen;
  std::vector<EditRecord> Edits;
};

} // namespace

bool Rewriter::edit(CharSourceRange R, std::string Text) {
  CharSourceRange File = Lexer::makeFileCharRange(R, SM, U.Ctx.getLangOpts());
  if (File.isInvalid() || R.getBegin().isMacroID() || R.getEnd().isMacroID())
    return false;
  auto [Id, Begin] = SM.getDecomposedLoc(File.getBegin());
  auto [EndId, End] = SM.getDecomposedLoc(File.getEnd());
  if (Id != EndId || End < Begin)
    return false;
  EditRecord E;
  E.File = U.fileId(Id);
  E.Offset = Begin;
  E.Length = End - Begin;
  E.Text = std::move(Text);
  Edits.push_back(std::move(E));
  return true;
}

/// Removes a statement of a block, with its line when nothing else is there.
bool Rewriter::drop(const Expr *Statement) {
  SourceLocation Begin = Statement->getBeginLoc();
  SourceLocation End = Lexer::findLocationAfterToken(
      Statement->getEndLoc(), tok::semi, SM, U.Ctx.getLangOpts(), false);
  if (Begin.isMacroID() || End.isInvalid() ||
      SM.getFileID(Begin) != SM.getFileID(End))
    return false;
  llvm::StringRef File = SM.getBufferData(SM.getFileID(Begin));
  llvm::StringRef Before = File.take_front(SM.getFileOffset(Begin));
  llvm::StringRef After = File.drop_front(SM.getFileOffset(End));
  size_t Indent = Before.size() - Before.rtrim(" \t").size();
  size_t Trail = After.size() - After.ltrim(" \t").size();
  bool Alone = Before.drop_back(Indent).ends_with("\n") &&
               After.drop_front(Trail).starts_with("\n");
  if (Alone) {
    Begin = Begin.getLocWithOffset(-static_cast<int>(Indent));
    End = End.getLocWithOffset(static_cast<int>(Trail) + 1);
  }
  return edit(CharSourceRange::getCharRange(Begin, End), "");
}

/// A local of type T can be written, and `&` gives its address.
bool Rewriter::isWritable(QualType T) const {
  T = T.getCanonicalType();
  if (T->isScalarType())
    return !T->isMemberPointerType() && !T->isFunctionPointerType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD && RD->getIdentifier() && !RD->isLambda() &&
         !mayHaveAddressOf(RD, U.Ctx);
}

/// The type as it stands in the text, if it can stand elsewhere.
std::string Rewriter::written(const TypeSourceInfo *T) const {
  if (!T || T->getType().hasQualifiers() ||
      T->getType()->getContainedDeducedType())
    return {};
  SourceRange R = T->getTypeLoc().getSourceRange();
  if (R.getBegin().isMacroID() || R.getEnd().isMacroID())
    return {};
  std::string Text = text(R);
  // `struct T(1)` is not an expression; `(` and `auto` would need more care.
  for (llvm::StringRef Not :
       {"(", "\n", "auto", "struct ", "class ", "union ", "enum ", "typename "})
    if (llvm::StringRef(Text).contains(Not))
      return {};
  return Text;
}

/// `T Name = T(Args)`, or nothing when it cannot be written safely.
std::optional<std::string>
Rewriter::definition(QualType T, const std::string &Type,
                     const std::string &Name,
                     llvm::ArrayRef<const Expr *> Args) {
  bool Class = T->isRecordType();
  bool Cast = Class && U.Ctx.getLangOpts().CPlusPlus17;
  if (Args.empty()) {
    // Braces would initialize an aggregate's bases and members as if copied.
    if (Class && !Cast && T->getAsCXXRecordDecl()->isAggregate())
      return std::nullopt;
    return Type + " " + Name + (Cast ? " = " + Type + "()" : "{}");
  }
  std::string List =
      text(SourceRange(Args.front()->getBeginLoc(), Args.back()->getEndLoc()));
  for (const Expr *A : Args)
    if (A->getBeginLoc().isMacroID() || A->getEndLoc().isMacroID() ||
        isa<CXXDefaultArgExpr, InitListExpr>(A))
      return std::nullopt;
  if (List.empty())
    return std::nullopt;
  if (Cast)
    return Type + " " + Name + " = " + Type + "(" + List + ")";
  bool Calls = llvm::StringRef(List).contains('(');
  if (Class && Calls)
    return std::nullopt; // could declare a function
  return Type + " " + Name + (Calls ? "((" : "(") + List + (Calls ? "))" : ")");
}

bool Rewriter::begin(const DeclStmt *D) {
  return D->isSingleDecl() && V->getInitStyle() == VarDecl::CInit &&
         !FD->isTemplateInstantiation() && !FD->isDependentContext() &&
         !V->getLocation().isMacroID() && !D->getBeginLoc().isMacroID() &&
         !V->hasAttrs() && !U.inSystemHeader(V->getLocation());
}

bool Rewriter::walk(const Stmt *S, const Stmt *Parent, const Stmt *Grand) {
  if (!S)
    return true;
  // The CFG's declarations are single ones always; this is the author's.
  if (const auto *D = dyn_cast<DeclStmt>(S))
    if (!D->isSingleDecl() && llvm::is_contained(D->decls(), V))
      return false;
  if (const auto *C = dyn_cast<CompoundStmt>(S))
    for (const Stmt *Child : C->body())
      if (const auto *D = dyn_cast<DeclStmt>(Child))
        if (D->isSingleDecl() && D->getSingleDecl() == V)
          Scope = C;
  if (const auto *L = dyn_cast<LambdaExpr>(S))
    for (const LambdaCapture &C : L->captures())
      if (C.capturesVariable() && C.getCapturedVar() == V)
        return false;
  if (Owner && givesOutPointee(S, V) && !IsCopiedTrivially)
    return false;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S); Ref && Ref->getDecl() == V) {
    Seen.insert(Ref);
    return Owner ? useOfOwner(Ref, Parent, Grand)
                 : useOfPointer(Ref, Parent, Grand);
  }
  bool Transparent = isa<ParenExpr>(S);
  for (const Stmt *Child : S->children())
    if (!walk(Child, Transparent ? Parent : S, Transparent ? Grand : Parent))
      return false;
  return true;
}

bool Rewriter::rewriteUses(llvm::StringRef Taken) {
  return walk(FD->getBody(), nullptr, nullptr) &&
         isNamedOnlyIn(Seen, FD->getBody(), V, Taken);
}

bool Rewriter::useOfOwner(const DeclRefExpr *Ref, const Stmt *Parent,
                          const Stmt *Grand) {
  if (isa_and_nonnull<ImplicitCastExpr>(Parent))
    Parent = Grand; // to const, or to a base that has operator->
  const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(Parent);
  if (Op && Op->getOperator() == OO_Arrow)
    return edit(SourceRange(Op->getOperatorLoc()), ".");
  if (Op && Op->getOperator() == OO_Star) {
    auto Gap =
        CharSourceRange::getCharRange(Op->getOperatorLoc(), Ref->getBeginLoc());
    if (Lexer::getSourceText(Gap, SM, U.Ctx.getLangOpts()).contains('('))
      return false;
    SourceLocation Before = Op->getOperatorLoc().getLocWithOffset(-1);
    bool Word = isAsciiIdentifierContinue(*SM.getCharacterData(Before));
    return edit(Gap, Word ? " " : ""); // return*P
  }
  const auto *Member = dyn_cast_or_null<MemberExpr>(Parent);
  if (!Member || Member->isArrow() ||
      isa<ParenExpr>(Member->getBase()->IgnoreImplicit()))
    return false;
  const auto *MD = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
  if (!MD || !MD->getIdentifier() || MD->getName() != "get")
    return false;
  SourceLocation Close = Lexer::findLocationAfterToken(
      Member->getEndLoc(), tok::l_paren, SM, U.Ctx.getLangOpts(), false);
  if (Close.isInvalid() || *SM.getCharacterData(Close) != ')')
    return false;
  return edit(SourceRange(Ref->getBeginLoc(), Close),
              "(&" + V->getNameAsString() + ")");
}

bool Rewriter::useOfPointer(const DeclRefExpr *, const Stmt *Parent,
                            const Stmt *Grand) {
  const auto *Read = dyn_cast_or_null<ImplicitCastExpr>(Parent);
  if (!Read || Read->getCastKind() != CK_LValueToRValue)
    return false;
  if (const auto *D = dyn_cast_or_null<CXXDeleteExpr>(Grand)) {
    if (Deletion)
      return false;
    Deletion = D;
  }
  return true;
}

/// The deletion is a statement of the scope that declares the pointer, and
/// nothing that could notice comes after it.
bool Rewriter::deletionIsLast(const CXXDeleteExpr *E) const {
  if (!Scope)
    return false;
  const auto *At = llvm::find_if(Scope->body(), [&](const Stmt *S) {
    if (const auto *F = dyn_cast<FullExpr>(S))
      S = F->getSubExpr();
    return S == E;
  });
  if (At == Scope->body_end())
    return false;
  if (++At == Scope->body_end())
    return true;
  const auto *R = dyn_cast<ReturnStmt>(*At);
  if (!R || At + 1 != Scope->body_end())
    return false;
  const Expr *Value = R->getRetValue();
  if (!Value)
    return true;
  Value = Value->IgnoreParenImpCasts();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Value))
    if (const auto *Local = dyn_cast<VarDecl>(Ref->getDecl()))
      return Local->hasLocalStorage() && Local->getType()->isScalarType() &&
             !Local->getType()->isPointerType() &&
             !isExposed(FD->getBody(), Local);
  return isa<IntegerLiteral, CXXBoolLiteralExpr, FloatingLiteral>(Value);
}

/// A variable that the object may know of: a reference names something else.
bool Rewriter::diesKnown(const Decl *D) const {
  const auto *Local = dyn_cast<VarDecl>(D);
  return Local && Local->hasLocalStorage() &&
         !Local->getType()->isReferenceType() &&
         isExposed(FD->getBody(), Local);
}

/// Between D and the deletion, both statements of the scope, nothing is
/// declared that dies before the object from then on, and all ways
/// lead to the deletion.
bool Rewriter::diesInPlace(const DeclStmt *D) const {
  if (!deletionIsLast(Deletion))
    return false;
  auto Rest =
      llvm::make_range(llvm::find(Scope->body(), D) + 1, Scope->body_end());
  for (const Stmt *S : Rest) {
    const auto *F = dyn_cast<FullExpr>(S);
    if ((F ? F->getSubExpr() : S) == Deletion)
      return true;
    if (hasJump(S))
      return false;
    if (const auto *Declaration = dyn_cast<DeclStmt>(S))
      for (const Decl *Declared : Declaration->decls())
        if (hasCleanup(Declared, U.Ctx) || diesKnown(Declared))
          return false;
  }
  return false;
}

std::vector<EditRecord> Rewriter::ownedByUniquePtr(const DeclStmt *D,
                                                   const CallExpr *Make) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      V->getType()->getAsCXXRecordDecl());
  if (!begin(D) || !Spec || libraryClass(Spec) != LibraryClass::UniquePtr)
    return {};
  QualType T = Spec->getTemplateArgs()[0].getAsType();
  const FunctionDecl *Callee = Make->getDirectCallee();
  const TemplateArgumentList *Args =
      Callee ? Callee->getTemplateSpecializationArgs() : nullptr;
  // unique_ptr<Base> from make_unique<Derived> is another shape.
  const auto *Name =
      dyn_cast<DeclRefExpr>(Make->getCallee()->IgnoreParenImpCasts());
  if (!Args || Args->size() == 0 || !Name || Name->getNumTemplateArgs() == 0 ||
      Name->template_arguments()[0].getArgument().getKind() !=
          TemplateArgument::Type ||
      !U.Ctx.hasSameUnqualifiedType(Args->get(0).getAsType(), T) ||
      T->isArrayType() || T.hasQualifiers() || !isWritable(T))
    return {};
  std::string Type = written(Name->template_arguments()[0].getTypeSourceInfo());
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  // T is named behind P, which would hide it.
  if (Type.empty() || containsWord(Type, V->getName()) ||
      (RD && isFriendly(RD)))
    return {};
  llvm::SmallVector<const Expr *, 4> Given(Make->arguments());
  // A zero that make_unique hands on is no null pointer any more.
  if (RD && llvm::any_of(Given, [&](const Expr *A) {
        return !A->getType()->isPointerType() &&
               A->isNullPointerConstant(U.Ctx, Expr::NPC_ValueDependentIsNull);
      }))
    return {};
  Owner = true;
  IsCopiedTrivially = T.isTriviallyCopyableType(U.Ctx);
  auto Text = definition(T, Type, V->getNameAsString(), Given);
  if (!Text || !rewriteUses({}) ||
      !edit(SourceRange(V->getBeginLoc(), Make->getEndLoc()), *Text))
    return {};
  return std::move(Edits);
}

/// A local of the type and with the initializer of New.
std::optional<std::string> Rewriter::definition(const CXXNewExpr *New,
                                                const std::string &Type,
                                                const std::string &Name) {
  QualType T = New->getAllocatedType();
  const Expr *Init = New->getInitializer();
  switch (New->getInitializationStyle()) {
  case CXXNewInitializationStyle::None:
    return Type + " " + Name;
  case CXXNewInitializationStyle::Braces:
    if (Init->getBeginLoc().isMacroID())
      return std::nullopt;
    return Type + " " + Name + text(Init->getSourceRange());
  case CXXNewInitializationStyle::Parens:
    break;
  }
  llvm::SmallVector<const Expr *, 4> Given;
  if (const auto *C = dyn_cast<CXXConstructExpr>(Init)) {
    for (const Expr *A : C->arguments())
      if (!isa<CXXDefaultArgExpr>(A))
        Given.push_back(A);
  } else if (const auto *L = dyn_cast<CXXParenListInitExpr>(Init)) {
    llvm::append_range(Given, L->getUserSpecifiedInitExprs());
  } else if (!isa<ImplicitValueInitExpr>(Init)) {
    if (const auto *P = dyn_cast<ParenListExpr>(Init))
      Init = P->getNumExprs() == 1 ? P->getExpr(0) : nullptr;
    if (!Init)
      return std::nullopt;
    Given.push_back(Init);
  }
  return definition(T, Type, Name, Given);
}

std::vector<EditRecord> Rewriter::rawPointer(const DeclStmt *D,
                                             const CXXNewExpr *New) {
  QualType T = New->getAllocatedType();
  QualType Pointee = V->getType()->getPointeeType();
  std::string Type = written(New->getAllocatedTypeSourceInfo());
  if (!begin(D) || Type.empty() || !isWritable(T) || New->isArray() ||
      New->getNumPlacementArgs() || Pointee.isVolatileQualified() ||
      !U.Ctx.hasSameUnqualifiedType(Pointee, T))
    return {};
  std::string Name = V->getNameAsString() + "Object";
  std::string Body = text(FD->getBody()->getSourceRange());
  if (Body.empty() || llvm::StringRef(Body).contains(Name))
    return {};
  std::optional<std::string> Text = definition(New, Type, Name);
  if (!Text || llvm::StringRef(*Text).contains('\n') || !rewriteUses(Name) ||
      !Deletion)
    return {};
  // Without a destructor anywhere, but as a statement of its own.
  bool InPlace = T.isDestructedType() == QualType::DK_none
                     ? deletionIsLast(Deletion) ||
                           (Scope && llvm::is_contained(
                                         Scope->body(),
                                         static_cast<const Stmt *>(Deletion)))
                     : diesInPlace(D);
  if (!InPlace)
    return {};
  // A pointer to const chooses other overloads.
  std::string Pointer = (Pointee.isConstQualified() ? "const " : "") + Type +
                        " *" +
                        (V->getType().isConstQualified() ? "const " : "") +
                        V->getNameAsString() + " = &" + Name;
  if (!drop(Deletion) || !edit(SourceRange(D->getBeginLoc(), New->getEndLoc()),
                               *Text + "; " + Pointer))
    return {};
  return std::move(Edits);
}

/// The statement D declares V, whose initializer makes an allocation.
std::vector<EditRecord> proposeFix(UnitBuilder &U, const FunctionDecl *FD,
                                   const DeclStmt *D, const VarDecl *V) {
  const Expr *Init = V->getInit();
  if (!Init || V->hasGlobalStorage())
    return {};
  Init = Init->IgnoreImplicit();
  if (const auto *New = dyn_cast<CXXNewExpr>(Init))
    return Rewriter(U, FD, V).rawPointer(D, New);
  const auto *Call = dyn_cast<CallExpr>(Init);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee || !Callee->getIdentifier() || !Callee->isInStdNamespace() ||
      Callee->getName() != "make_unique")
    return {};
  return Rewriter(U, FD, V).ownedByUniquePtr(D, Call);
}

} // namespace stackward::source
