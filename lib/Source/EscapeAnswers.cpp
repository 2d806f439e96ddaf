// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Builds, links and solves one unit in one go.
#include "EscapeAnswers.h"
#include "Builder.h"
#include "PlacedTypes.h"

using namespace clang;

namespace stackward::source {

/// `stackward.release` stands for a deallocation that does not count as done
/// in the frame; everything else is a library model.
const escape::Summary *modelOf(llvm::StringRef Name) {
  static const escape::Summary Release = [] {
    escape::Summary S;
    S.Trust = escape::Confidence::Exact;
    escape::SummaryRelease R;
    R.What.Root = escape::PathRoot::Param;
    R.By = escape::Family::Unknown;
    S.Releases.push_back(R);
    return S;
  }();
  return Name == "stackward.release" ? &Release : escape::knownFunction(Name);
}

EscapeAnswers::EscapeAnswers(ASTContext &Context,
                             llvm::ArrayRef<const FunctionDecl *> Roots) {
  UnitBuilder Builder(Context);
  Unit U = Builder.build(Roots);
  llvm::DenseMap<const FunctionDecl *, std::string> Names;
  for (const auto &[V, At] : Builder.Locals) {
    const auto *F = cast<FunctionDecl>(V->getDeclContext());
    Names.try_emplace(F, U.Module.name(At.Function));
    Locals[F].push_back({V, At});
  }
  for (const FunctionDecl *F : Roots)
    if (Builder.bodyOf(F) == F)
      Names.try_emplace(F, U.Module.name(Builder.symbol(F)));
  Places = std::move(U.Places);
  for (SiteRecord &S : U.Sites)
    Spellings.try_emplace(S.At, std::move(S.Spelling));
  PlacedTypes Placed;
  Placed.add(U.Module, U.Types);
  Placed.forget(U.Module, U.Types);
  Program.setModels(modelOf);
  Program.link(std::move(U.Module), 0);
  Program.solve();
  for (const auto &[F, Name] : Names)
    Ids[F] = Program.find(Name);
}

std::vector<EscapeAnswers::Local>
EscapeAnswers::locals(const FunctionDecl &F) const {
  std::vector<Local> Out;
  auto Id = Ids.find(&F);
  auto Known = Locals.find(&F);
  if (Id == Ids.end() || Id->second == escape::NoFunction ||
      Known == Locals.end())
    return Out;
  std::optional<std::vector<escape::LocalFate>> Fates =
      Program.locals(Id->second);
  if (!Fates)
    return Out;
  for (escape::LocalFate &Fate : *Fates)
    for (const auto &[V, At] : Known->second)
      // Anchors are never used twice: this is the object made for V, also if
      // several functions should share a name.
      if (At.Object == Fate.Variable && At.At == Fate.At) {
        Out.push_back({V, std::move(Fate)});
        break;
      }
  return Out;
}

llvm::ArrayRef<escape::Fate> EscapeAnswers::fates(const FunctionDecl &F) const {
  auto Id = Ids.find(&F);
  return Id == Ids.end() || Id->second == escape::NoFunction
             ? llvm::ArrayRef<escape::Fate>()
             : Program.fates(Id->second);
}

const PlaceRecord *EscapeAnswers::place(escape::Anchor At) const {
  return At < Places.size() ? &Places[At] : nullptr;
}

llvm::StringRef EscapeAnswers::spelling(const escape::Fate &F) const {
  auto It = Spellings.find(F.At);
  return It == Spellings.end() ? llvm::StringRef() : It->second;
}

} // namespace stackward::source
