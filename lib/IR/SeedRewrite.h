// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Puts start buffers under containers.
///
/// A constructor call is replaced by one of libstackward_rt's, which is handed
/// the buffer and makes the container there when it may and when what it holds
/// fits, and as the library does otherwise. A call takes less text than the
/// constructor that would be inlined in its place.
#ifndef STACKWARD_LIB_IR_SEEDREWRITE_H
#define STACKWARD_LIB_IR_SEEDREWRITE_H

#include "SeedLibrary.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

namespace stackward::ir {

/// A buffer for one container.
struct SeedBuffer {
  llvm::Value *Address = nullptr;
  /// i64: of a string even, of a vector a multiple of the element size.
  llvm::Value *Bytes = nullptr;
};

class SeedRewriter {
public:
  explicit SeedRewriter(llvm::Module &M) : M(M) {}

  /// The constructor call \p CB of a container of kind \p Of, whose elements
  /// have \p Unit bytes. A string that never grows is made in the object when
  /// there is room.
  void seed(llvm::CallBase &CB, Container Of, uint64_t Unit, Construction How,
            const SeedBuffer &Buffer, bool Grows);
  /// The call \p CB, of a vector's allocator for so many elements of \p Unit
  /// bytes or of a string's _M_create(): its result is the buffer when they
  /// fit.
  void storage(llvm::CallBase &CB, Container Of, uint64_t Unit,
               const SeedBuffer &Buffer);

private:
  llvm::CallBase *replace(llvm::CallBase &CB, llvm::StringRef Part,
                          llvm::Type *Result, llvm::ArrayRef<llvm::Value *>,
                          bool Throws);
  void emptyVector(llvm::CallBase &CB, const SeedBuffer &Buffer);
  void emptyDeque(llvm::CallBase &CB, uint64_t Unit, const SeedBuffer &Buffer);
  void string(llvm::CallBase &CB, Construction How, const SeedBuffer &Buffer,
              bool Grows);

  llvm::Module &M;
};

/// Length of the text that the constructor call \p CB puts in, if it is a
/// constant.
std::optional<uint64_t> textLength(const llvm::CallBase &CB, Construction How);

/// Begins the names of libstackward_rt's constructors: what a linker prints
/// when it is missing.
inline constexpr char SeedRuntimePrefix[] =
    "stackward_seeding_needs_libstackward_rt_";

} // namespace stackward::ir

#endif
