// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Puts start buffers under containers.
///
/// An empty container is given the buffer after its constructor; a string
/// that is made from text is made in the buffer when the text fits, and by
/// its own constructor otherwise. Both test first, as every use of a buffer
/// must, that the buffer is where this thread's operator delete ignores it.
#ifndef STACKWARD_LIB_IR_SEEDREWRITE_H
#define STACKWARD_LIB_IR_SEEDREWRITE_H

#include "SeedLibrary.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

namespace stackward::ir {

/// A buffer for one container.
struct SeedBuffer {
  llvm::Value *Address = nullptr;
  llvm::Value *Bytes = nullptr; ///< i64, a multiple of the element size
};

class SeedRewriter {
public:
  explicit SeedRewriter(llvm::Module &M) : M(M) {}

  /// The constructor call \p CB of a container of kind \p Of. \p Least is the
  /// shortest text that is worth the buffer: shorter strings that never grow
  /// have room inside the object.
  void seed(llvm::CallBase &CB, Container Of, Construction How,
            const SeedBuffer &Buffer, uint64_t Least);
  /// The call \p CB, of a vector's allocator, for so many elements of \p Unit
  /// bytes: its result is the buffer when they fit.
  void storage(llvm::CallBase &CB, uint64_t Unit, const SeedBuffer &Buffer);

private:
  llvm::Function *helper(llvm::StringRef Name, llvm::Type *Result,
                         llvm::ArrayRef<llvm::Type *> Params);
  llvm::Function *room();
  llvm::Function *emptyString();
  llvm::Function *emptyVector();
  llvm::Function *text();
  llvm::Function *cString();
  llvm::Function *part();
  llvm::Function *place();
  void after(llvm::CallBase &CB, Container Of, const SeedBuffer &Buffer);
  llvm::Value *attempt(llvm::CallBase &CB, Construction How,
                       const SeedBuffer &Buffer, uint64_t Least);

  llvm::Module &M;
  /// Helpers by name. Those of an earlier run may have other parameters by
  /// now, since they are private to the module.
  llvm::StringMap<llvm::Function *> Made;
};

/// The name that is missing when libstackward_rt is not linked.
inline constexpr char SeedBoundsSymbol[] =
    "stackward_seeding_needs_libstackward_rt";
inline constexpr char SeedAdmitSymbol[] = "stackward_rt_admit";

} // namespace stackward::ir

#endif
