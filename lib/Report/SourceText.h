// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lines of a file, and columns in the units that formats ask for. Our own
/// columns count bytes from 1; SARIF counts code points from 1, LSP counts
/// UTF-16 units from 0.
#ifndef STACKWARD_LIB_REPORT_SOURCETEXT_H
#define STACKWARD_LIB_REPORT_SOURCETEXT_H

#include "stackward/Report/Finding.h"
#include "stackward/Report/Sink.h"

namespace stackward::report {

/// Line number Line (from 1) of Text, without its end; nothing past the end.
std::optional<llvm::StringRef> lineOf(llvm::StringRef Text, unsigned Line);

/// The text before Column in its line: empty when the file cannot be read.
llvm::StringRef textBefore(const FileReader &Read, const Place &At);

unsigned countCodePoints(llvm::StringRef Text);
unsigned countUtf16Units(llvm::StringRef Text);

/// Line and column (bytes, from 1) of an offset; nothing past the end.
std::optional<Place> placeOf(llvm::StringRef Text, uint64_t Offset);

/// Valid UTF-8, bad bytes replaced: JSON wants nothing else.
std::string utf8(llvm::StringRef Text);

/// `file:///a%20b.cpp` for an absolute path, `a%20b.cpp` for another one.
std::string fileUri(llvm::StringRef Path);

/// 16 hexadecimal digits that do not change with lines: file, function and
/// message (Finding.h, I3).
std::string fingerprint(llvm::StringRef File, const Finding &F);

} // namespace stackward::report

#endif
