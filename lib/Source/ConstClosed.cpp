// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What of a unit is *closed*: functions of which every call is known, and
/// variables of which every use is. Both are private to the unit, and named
/// exactly as often as code under analysis calls, loads or assigns them. So
/// whatever names them in another way opens them, thought of or not.
#include "ConstProgram.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace stackward::source {

namespace {

using NameCount = llvm::DenseMap<const ValueDecl *, unsigned>;

/// Counts names in the whole unit. Those in template patterns count too: then
/// something has more names than uses, and is not taken for closed.
class NameCounter : public RecursiveASTVisitor<NameCounter> {
public:
  NameCounter(const SourceManager &SM, NameCount &Names)
      : SM(SM), Names(Names) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }
  bool TraverseDecl(Decl *D) {
    // A system header was written before the names of this unit: only its
    // templates can use them, found by the types of their arguments.
    if (D && SM.isInSystemHeader(D->getLocation()) &&
        !isa<TranslationUnitDecl, NamespaceDecl, LinkageSpecDecl, TemplateDecl,
             ClassTemplateSpecializationDecl>(D))
      return true;
    return RecursiveASTVisitor::TraverseDecl(D);
  }
  bool VisitDeclRefExpr(DeclRefExpr *E) { return count(*E->getDecl()); }
  /// `object.member`, where the member is static.
  bool VisitMemberExpr(MemberExpr *E) { return count(*E->getMemberDecl()); }
  /// Names that are no expressions: assembly, aliases by linkage name, and
  /// functions that run when a variable's scope ends.
  bool VisitDecl(Decl *D) {
    if (const auto *Runs = D->getAttr<CleanupAttr>())
      count(*Runs->getFunctionDecl());
    Opaque |= isa<FileScopeAsmDecl>(D) || D->hasAttr<AliasAttr>() ||
              D->hasAttr<IFuncAttr>();
    return true;
  }

  bool Opaque = false;

private:
  bool count(const ValueDecl &Named) {
    auto It = Names.find(cast<ValueDecl>(Named.getCanonicalDecl()));
    if (It != Names.end())
      ++It->second;
    return true;
  }

  const SourceManager &SM;
  NameCount &Names;
};

} // namespace

static bool isHeldFromOutside(const Decl &D) {
  return D.hasAttr<UsedAttr>() || D.hasAttr<RetainAttr>() ||
         D.hasAttr<SectionAttr>() || D.hasAttr<AsmLabelAttr>() ||
         D.hasAttr<ConstructorAttr>() || D.hasAttr<DestructorAttr>() ||
         D.hasAttr<AliasAttr>() || D.hasAttr<WeakAttr>();
}

/// A static function of a header has other callers in other units.
static bool couldBeClosed(const FunctionDecl &F) {
  const SourceManager &SM = F.getASTContext().getSourceManager();
  if (!SM.isInMainFile(SM.getExpansionLoc(F.getLocation())))
    return false;
  if (F.getFormalLinkage() != Linkage::Internal || F.isMain() ||
      F.isVariadic() || F.isTemplateInstantiation())
    return false;
  return !isHeldFromOutside(F) && !F.isWeak() && !isa<CXXMethodDecl>(F);
}

/// A local static variable is one object in all units if its function is
/// inline; those units are the same code, but why find out.
static bool couldBeClosed(const VarDecl &V) {
  if (isHeldFromOutside(V) || V.getTLSKind() != VarDecl::TLS_None ||
      !V.getType()->isScalarType() || V.getType().isVolatileQualified() ||
      V.isTemplated() || V.getTemplateInstantiationPattern())
    return false;
  if (!V.isStaticLocal())
    return V.getFormalLinkage() == Linkage::Internal;
  const auto *F = dyn_cast<FunctionDecl>(V.getDeclContext());
  return F && !F->isInlined() && !F->isTemplateInstantiation() &&
         !F->isDependentContext();
}

/// The value before anything has run; nothing when code computes it.
static std::optional<Value> initialValue(ValuePool &Pool, const VarDecl &V) {
  const VarDecl *Initialised = nullptr;
  const Expr *Init = V.getAnyInitializer(Initialised);
  const ASTContext &Context = V.getASTContext();
  std::optional<IntType> Int = intType(Context, V.getType());
  if (!Init) {
    if (Int)
      return Pool.fromAPSInt(
          llvm::APSInt(llvm::APInt(Int->Width, 0), !Int->Signed));
    return V.getType()->isAnyPointerType() ? std::optional(Pool.null())
                                           : std::nullopt;
  }
  if (Init->isValueDependent())
    return std::nullopt;
  const APValue *Known = Initialised->evaluateValue();
  if (!Known || !Initialised->hasConstantInitialization())
    return std::nullopt;
  if (Known->isInt() && Int)
    return Pool.fromAPSInt(Known->getInt());
  if (Known->isFloat())
    return Pool.floating(Known->getFloat());
  if (Known->isNullPointer())
    return Pool.null();
  return std::nullopt;
}

/// Variables that may be closed, with who uses them; how often code under
/// analysis does is left in Uses.
void ConstProgram::findStatics(
    llvm::DenseMap<const VarDecl *, unsigned> &Uses) {
  llvm::DenseSet<const DeclRefExpr *> Counted;
  for (unsigned Id = 0; Id < Entries.size(); ++Id) {
    const ConstFunction &F = *Entries[Id].Function;
    if (F.slots().statics().empty())
      continue;
    for (const CFGBlock *B : F.adapter().Blocks) {
      if (!B)
        continue;
      for (const CFGElement &Element : *B) {
        auto S = Element.getAs<CFGStmt>();
        const auto *Name = S ? dyn_cast<DeclRefExpr>(S->getStmt()) : nullptr;
        if (!Name || !F.slots().isPlainUse(Name))
          continue;
        const auto *V = cast<VarDecl>(Name->getDecl()->getCanonicalDecl());
        auto [It, New] = Statics.try_emplace(V);
        if (It->second.Users.empty() || It->second.Users.back() != Id)
          It->second.Users.push_back(Id);
        Uses[V] += Counted.insert(Name).second;
      }
    }
  }
}

void ConstProgram::findClosed() {
  llvm::DenseMap<const VarDecl *, unsigned> Uses;
  findStatics(Uses);
  NameCount Names;
  for (const Entry &E : Entries)
    if (couldBeClosed(E.Function->function()))
      Names[E.Function->function().getCanonicalDecl()] = 0;
  for (auto &[V, S] : Statics)
    if (couldBeClosed(*V))
      Names[V] = 0;
  NameCounter Counter(Context.getSourceManager(), Names);
  if (!Names.empty())
    Counter.TraverseDecl(Context.getTranslationUnitDecl());
  for (Entry &E : Entries) {
    auto It = Names.find(E.Function->function().getCanonicalDecl());
    E.Internal = It != Names.end() && !Counter.Opaque && It->second == E.Calls;
  }
  for (auto &[V, Count] : Uses) {
    auto It = Names.find(V);
    std::optional<Value> Initial = initialValue(Pool, *V);
    if (It == Names.end() || Counter.Opaque || It->second != Count || !Initial)
      Statics.erase(V);
    else
      Statics[V].Known = *Initial;
  }
}

} // namespace stackward::source
