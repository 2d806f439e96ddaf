// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Findings as bytes, for the way from a worker process to its parent. Both
/// are the same program, so there is no version; bytes that were damaged give
/// an error and never a wrong finding of plausible size.
#ifndef STACKWARD_REPORT_WIRE_H
#define STACKWARD_REPORT_WIRE_H

#include "stackward/Report/Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace stackward::report {

std::string packFindings(llvm::ArrayRef<Finding> Findings);
llvm::Expected<std::vector<Finding>> unpackFindings(llvm::StringRef Bytes);
std::string packAllocations(llvm::ArrayRef<Allocation> Allocations);
llvm::Expected<std::vector<Allocation>>
unpackAllocations(llvm::StringRef Bytes);

} // namespace stackward::report

#endif
