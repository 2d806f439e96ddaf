// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// LLVM IR into the Escape core: recognition and fates.
#include "stackward/IR/EscapeBuilder.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace stackward;
using stackward::escape::Reason;

namespace {
class EscapeBuilderTest : public testing::Test {
protected:
  void parse(StringRef Body) {
    std::string Text =
        "target triple = \"x86_64-unknown-linux-gnu\"\n"
        "declare noalias ptr @malloc(i64) allockind(\"alloc,uninitialized\") "
        "allocsize(0) \"alloc-family\"=\"malloc\"\n"
        "declare void @free(ptr allocptr) allockind(\"free\") "
        "\"alloc-family\"=\"malloc\"\n"
        "declare void @opaque(ptr)\n"
        "declare noalias nonnull ptr @_Znwm(i64) allocsize(0)\n"
        "declare i64 @reads(ptr captures(none) readonly) nofree nounwind "
        "memory(argmem: read)\n";
    SMDiagnostic Problem;
    M = parseAssemblyString(Text + Body.str(), Problem, Context);
    ASSERT_TRUE(M) << Problem.getMessage().str();
    Library = std::make_unique<TargetLibraryInfoImpl>(M->getTargetTriple());
    TLI = std::make_unique<TargetLibraryInfo>(*Library);
    ME = std::make_unique<ir::ModuleEscape>(
        *M,
        [this](llvm::Function &) -> const TargetLibraryInfo & { return *TLI; });
  }
  std::vector<ir::SiteFate> fates(StringRef Name) {
    return ME->fates(*M->getFunction(Name));
  }

  LLVMContext Context;
  std::unique_ptr<llvm::Module> M;
  std::unique_ptr<TargetLibraryInfoImpl> Library;
  std::unique_ptr<TargetLibraryInfo> TLI;
  std::unique_ptr<ir::ModuleEscape> ME;
};
} // namespace

TEST_F(EscapeBuilderTest, FreedInView) {
  parse("define i64 @f() {\n"
        "  %p = call ptr @malloc(i64 8)\n"
        "  %r = call i64 @reads(ptr %p)\n"
        "  call void @free(ptr %p)\n"
        "  ret i64 %r\n}\n");
  auto Found = fates("f");
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_TRUE(Found[0].Blockers.empty());
  EXPECT_EQ(Found[0].ReleasedAt.size(), 1u);
  EXPECT_TRUE(Found[0].ReleasedAlone);
  EXPECT_FALSE(Found[0].ReleasedByCallee);
}

TEST_F(EscapeBuilderTest, OpaqueCalleeBlocks) {
  parse("define void @f() {\n"
        "  %p = call ptr @malloc(i64 8)\n"
        "  call void @opaque(ptr %p)\n"
        "  ret void\n}\n");
  auto Found = fates("f");
  ASSERT_EQ(Found.size(), 1u);
  ASSERT_FALSE(Found[0].Blockers.empty());
  EXPECT_EQ(Found[0].Blockers[0].Because, Reason::UnknownCallee);
  EXPECT_EQ(Found[0].BlockingCalls.size(), 1u);
}

TEST_F(EscapeBuilderTest, FactoryIsASiteOfItsCaller) {
  parse("define ptr @make() {\n"
        "  %p = call ptr @malloc(i64 8)\n"
        "  ret ptr %p\n}\n"
        "define void @f() {\n"
        "  %p = call ptr @make()\n"
        "  call void @free(ptr %p)\n"
        "  ret void\n}\n");
  auto Found = fates("f");
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_TRUE(Found[0].FromCallee);
  EXPECT_TRUE(Found[0].Blockers.empty());
  Found = fates("make");
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_EQ(Found[0].Blockers[0].Because, Reason::Return);
}

TEST_F(EscapeBuilderTest, CalleeThatFrees) {
  parse("define void @eat(ptr %p) {\n"
        "  call void @free(ptr %p)\n"
        "  ret void\n}\n"
        "define void @f() {\n"
        "  %p = call ptr @malloc(i64 8)\n"
        "  call void @eat(ptr %p)\n"
        "  ret void\n}\n");
  auto Found = fates("f");
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_TRUE(Found[0].ReleasedByCallee);
  EXPECT_TRUE(ME->summary(*M->getFunction("eat")).mayRelease(0));
}

TEST_F(EscapeBuilderTest, FewStepsNeverSayStack) {
  parse("@g = global ptr null\n"
        "define void @f() {\n"
        "  %p = call ptr @malloc(i64 8)\n"
        "  store ptr %p, ptr @g\n"
        "  ret void\n}\n");
  for (uint64_t Steps : {0, 1, 2, 5, 100}) {
    ME = std::make_unique<ir::ModuleEscape>(
        *M,
        [this](llvm::Function &) -> const TargetLibraryInfo & { return *TLI; },
        Steps);
    for (const ir::SiteFate &Fate : fates("f"))
      EXPECT_FALSE(Fate.Blockers.empty()) << Steps;
  }
}

TEST_F(EscapeBuilderTest, InterposableBodiesAreNotBelieved) {
  parse("define weak void @w(ptr %p) {\n  ret void\n}\n"
        "define linkonce_odr void @o(ptr %p) {\n  ret void\n}\n"
        "define void @f() {\n"
        "  %p = call ptr @malloc(i64 8)\n"
        "  call void @w(ptr %p)\n"
        "  %q = call ptr @malloc(i64 8)\n"
        "  call void @o(ptr %q)\n"
        "  ret void\n}\n");
  auto Found = fates("f");
  ASSERT_EQ(Found.size(), 2u);
  EXPECT_FALSE(Found[0].Blockers.empty());
  EXPECT_TRUE(Found[1].Blockers.empty());
  EXPECT_TRUE(ME->dependsOnOdr(*M->getFunction("o")));
  EXPECT_TRUE(ME->dependsOnOdr(*M->getFunction("f")));
}

TEST_F(EscapeBuilderTest, RecognisesOnlyWhatMayBeRemoved) {
  parse("define void @f(i64 %n) {\n"
        "  %a = call ptr @malloc(i64 8)\n"
        "  %b = call ptr @_Znwm(i64 24)\n"
        "  %c = call ptr @_Znwm(i64 %n) builtin\n"
        "  %d = call ptr @_Znwm(i64 8) nobuiltin\n"
        "  ret void\n}\n");
  std::vector<int64_t> Sizes;
  for (Instruction &I : instructions(*M->getFunction("f")))
    if (auto *CB = dyn_cast<CallBase>(&I))
      if (auto A = ir::findAllocation(*CB, *TLI))
        Sizes.push_back(A->Size ? int64_t(*A->Size) : -1);
  EXPECT_EQ(Sizes, (std::vector<int64_t>{8, 24, -1}));
}
