// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Registration. Nothing is decided here.
///
/// Where: seeding at the start of simplification, while the members of
/// containers are still calls, and with seed-at-link again at the start of a
/// full LTO link; heap-to-stack at the optimiser's early extension
/// point, after the inliner has made allocations local and before
/// vectorisation; and at the end of full LTO links, whose pipeline calls no
/// other point after inlining. ThinLTO backends run the first one themselves.
/// GAB lowering adds a symbol, and where does not matter.
/// At -O0 the points are called too, so the level is tested. With every switch
/// off nothing is registered, and the compiler does what it does without the
/// plugin.
///
/// Plugin loaded twice: the second copy of the file stands down
/// (isSecondCopy); the same file named twice registers twice, and the second
/// run finds nothing left to do.
#include "CommandLine.h"
#include "GabLoweringPass.h"
#include "HeapToStackPass.h"
#include "SeedingPass.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Plugins/PassPlugin.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;

static void registerPasses(PassBuilder &PB) {
  if (stackward::isSecondCopy())
    return;
  Expected<stackward::ir::Options> Read = stackward::currentOptions();
  if (!Read)
    reportFatalUsageError(Read.takeError());
  stackward::ir::Options O = *Read;
  PB.registerPipelineParsingCallback(
      [O](StringRef Name, ModulePassManager &MPM,
          ArrayRef<PassBuilder::PipelineElement>) {
        if (Name == "stackward-heap-to-stack")
          MPM.addPass(stackward::HeapToStackPass(O));
        else if (Name == "stackward-seeding")
          MPM.addPass(stackward::SeedingPass(O));
        else if (Name == "stackward-gab-lowering")
          MPM.addPass(stackward::GabLoweringPass(O));
        else if (Name == "print<stackward-escape>")
          MPM.addPass(stackward::EscapePrinterPass());
        else
          return false;
        return true;
      });
  // Whatever is on here: what units were prepared for must be undone.
  PB.registerFullLinkTimeOptimizationEarlyEPCallback(
      [O](ModulePassManager &MPM, OptimizationLevel Level) {
        MPM.addPass(
            stackward::SeedAtLinkPass(O, Level != OptimizationLevel::O0));
      });
  if (!O.anything())
    return;
  PB.registerPipelineEarlySimplificationEPCallback(
      [O](ModulePassManager &MPM, OptimizationLevel Level,
          ThinOrFullLTOPhase Phase) {
        if (Level == OptimizationLevel::O0 || !O.Seed ||
            Phase == ThinOrFullLTOPhase::ThinLTOPostLink)
          return;
        MPM.addPass(stackward::SeedingPass(O));
        if (O.SeedAtLink && Phase == ThinOrFullLTOPhase::FullLTOPreLink)
          MPM.addPass(stackward::KeepForLinkPass(O));
      });
  PB.registerOptimizerEarlyEPCallback(
      [O](ModulePassManager &MPM, OptimizationLevel Level, ThinOrFullLTOPhase) {
        if (Level != OptimizationLevel::O0)
          MPM.addPass(stackward::HeapToStackPass(O));
      });
  PB.registerFullLinkTimeOptimizationLastEPCallback(
      [O](ModulePassManager &MPM, OptimizationLevel Level) {
        if (Level != OptimizationLevel::O0)
          MPM.addPass(stackward::HeapToStackPass(O));
      });
  if (O.GabLowering)
    PB.registerOptimizerLastEPCallback([O](ModulePassManager &MPM,
                                           OptimizationLevel Level,
                                           ThinOrFullLTOPhase) {
      if (Level != OptimizationLevel::O0)
        MPM.addPass(stackward::GabLoweringPass(O));
    });
}

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "Stackward", "0.1", registerPasses, nullptr};
}
