// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Our own JSON, version 1; docs/reference/escape-check.schema.json and
/// docs/reference/findings.schema.json say what may be in it. Fields are always
/// present and in one order; what is not known is null.
#include "llvm/Support/JSON.h"
#include "Sinks.h"
#include "SourceText.h"

using namespace stackward::report;

namespace {

class JsonSink : public Sink {
public:
  JsonSink(llvm::raw_ostream &Out, SinkOptions O)
      : Out(Out), O(std::move(O)), J(Out, /*IndentSize=*/2) {
    J.objectBegin();
    J.attribute("version", 1);
    J.attribute("tool", utf8(this->O.Tool));
    J.attributeBegin(this->O.Lists == Subject::Allocations ? "allocations"
                                                           : "findings");
    J.arrayBegin();
  }
  void add(const Finding &F) override;
  void add(const Allocation &A) override;
  void finish() override {
    J.arrayEnd();
    J.attributeEnd();
    J.objectEnd();
    Out << '\n';
    Out.flush();
  }

private:
  void place(const Place &At) {
    J.attribute("file", utf8(At.File));
    J.attribute("line", At.Line);
    J.attribute("column", At.Column);
  }
  void suggestion(const std::optional<Suggestion> &S);
  void steps(llvm::StringRef Key, llvm::ArrayRef<Step> Steps);

  llvm::raw_ostream &Out;
  SinkOptions O;
  llvm::json::OStream J;
};

} // namespace

void JsonSink::suggestion(const std::optional<Suggestion> &S) {
  if (!S) {
    J.attribute("suggestion", nullptr);
    return;
  }
  J.attributeObject("suggestion", [&] {
    J.attribute("kind", suggestionId(S->Kind));
    J.attribute("text", utf8(adviceOf(*S)));
    J.attribute("fixable", S->Fixable);
  });
}

void JsonSink::steps(llvm::StringRef Key, llvm::ArrayRef<Step> Steps) {
  J.attributeArray(Key, [&] {
    for (const Step &S : Steps)
      J.object([&] {
        place(S.At);
        J.attribute("text", utf8(S.Text));
        J.attribute("why", utf8(S.Why));
      });
  });
}

void JsonSink::add(const Allocation &A) {
  if (O.Lists == Subject::Findings) {
    add(toFinding(A));
    return;
  }
  J.object([&] {
    place(A.At);
    J.attribute("function", utf8(A.Function));
    J.attribute("kind", utf8(A.Kind));
    J.attribute("type", utf8(A.Type));
    if (A.Size)
      J.attribute("size", *A.Size);
    else
      J.attribute("size", nullptr);
    J.attribute("verdict", verdictName(A.Verdict));
    J.attributeArray("reasons", [&] {
      for (const ReasonText &R : A.Reasons)
        J.value(utf8(R.Id));
    });
    suggestion(A.Suggestion);
    steps("flow", A.Flow);
  });
}

void JsonSink::add(const Finding &F) {
  assert(O.Lists == Subject::Findings &&
         "a list of allocations holds no other");
  J.object([&] {
    place(F.At);
    J.attribute("rule", utf8(F.Rule));
    J.attribute("severity", severityName(F.Level));
    J.attribute("function", utf8(F.Function));
    J.attribute("message", utf8(F.Message));
    J.attributeArray("notes", [&] {
      for (const std::string &Text : F.Notes)
        J.value(utf8(Text));
    });
    suggestion(F.Suggestion);
    steps("steps", F.Steps);
  });
}

std::unique_ptr<Sink> stackward::report::makeJsonSink(llvm::raw_ostream &Out,
                                                      SinkOptions O) {
  return std::make_unique<JsonSink>(Out, std::move(O));
}
