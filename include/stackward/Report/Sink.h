// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where findings go. A tool gives sorted findings to a sink and calls
/// finish() once; the sink alone knows the format, and what it writes is
/// complete and well-formed only after finish().
#ifndef STACKWARD_REPORT_SINK_H
#define STACKWARD_REPORT_SINK_H

#include "stackward/Report/Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <functional>
#include <memory>

namespace stackward::report {

enum class Format : uint8_t { Text, Json, Sarif, Lsp, GitHub, Remarks };

/// A rule's entry in formats that list them.
struct RuleInfo {
  std::string Id;
  std::string Summary;
};

/// Gives the text of a file, or nothing when it cannot be read.
using FileReader =
    std::function<std::optional<llvm::StringRef>(llvm::StringRef Path)>;

/// Reads files of this machine, each once.
FileReader diskReader();

/// What the JSON format's list is: allocations have fields of their own.
enum class Subject : uint8_t { Allocations, Findings };
enum class Detail : uint8_t { Headlines, Explanations };
enum class Colour : uint8_t { Off, On };

struct SinkOptions {
  std::string Tool; ///< the program's name
  Subject Lists = Subject::Findings;
  Detail Shows = Detail::Headlines;
  Colour Paint = Colour::Off;
  FileReader Read = diskReader();
  std::vector<RuleInfo> Rules;
};

class Sink {
public:
  virtual ~Sink();
  virtual void add(const Finding &F) = 0;
  virtual void add(const Allocation &A) { add(toFinding(A)); }
  virtual void finish() = 0;
};

std::unique_ptr<Sink> openSink(Format F, llvm::raw_ostream &Out,
                               SinkOptions Options);

} // namespace stackward::report

#endif
