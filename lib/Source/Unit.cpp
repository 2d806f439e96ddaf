// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The binary form of a unit. One description of each record, `fields`, drives
/// both directions, so that they cannot drift apart. A reader that runs out of
/// bytes fails for good; it never returns a smaller unit.
#include "Unit.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

namespace stackward::source {
namespace {

constexpr llvm::StringLiteral Magic = "stackward-unit-2\n";

class Writer {
public:
  std::string Out;
  void operator()(uint32_t &V) { raw(&V, sizeof V); }
  void operator()(uint64_t &V) { raw(&V, sizeof V); }
  void operator()(bool &V) { Out.push_back(V ? 1 : 0); }
  void operator()(SiteKind &V) { Out.push_back(static_cast<char>(V)); }
  void operator()(std::string &V) {
    uint32_t Size = V.size();
    (*this)(Size);
    Out += V;
  }
  uint32_t count(uint32_t N) {
    (*this)(N);
    return N;
  }

private:
  void raw(const void *P, size_t N) {
    Out.append(static_cast<const char *>(P), N);
  }
};

class Reader {
public:
  explicit Reader(llvm::StringRef In) : In(In) {}
  bool Failed = false;
  llvm::StringRef In;

  void operator()(uint32_t &V) { raw(&V, sizeof V); }
  void operator()(uint64_t &V) { raw(&V, sizeof V); }
  void operator()(bool &V) {
    char C = 0;
    raw(&C, 1);
    V = C != 0;
  }
  void operator()(SiteKind &V) {
    char C = 0;
    raw(&C, 1);
    Failed |= C < 0 || C > static_cast<char>(SiteKind::Function);
    V = Failed ? SiteKind::New : static_cast<SiteKind>(C);
  }
  void operator()(std::string &V) {
    uint32_t Size = 0;
    (*this)(Size);
    if (Failed || Size > In.size()) {
      Failed = true;
      return;
    }
    V = In.take_front(Size).str();
    In = In.drop_front(Size);
  }
  uint32_t count(uint32_t) {
    uint32_t N = 0;
    (*this)(N);
    // Each element takes at least one byte: a larger count is damage.
    Failed |= N > In.size();
    return Failed ? 0 : N;
  }

private:
  void raw(void *P, size_t N) {
    if (Failed || N > In.size()) {
      Failed = true;
      return;
    }
    std::memcpy(P, In.data(), N);
    In = In.drop_front(N);
  }
};

template <class Archive> void fields(Archive &A, std::string &V) { A(V); }

template <class Archive> void fields(Archive &A, PlaceRecord &P) {
  A(P.File), A(P.Line), A(P.Column), A(P.Text);
}

template <class Archive> void fields(Archive &A, EditRecord &E) {
  A(E.File), A(E.Offset), A(E.Length), A(E.Text);
}

template <class Archive> void fields(Archive &A, SizeTerm &T) {
  A(T.Param), A(T.Factor), A(T.Constant);
}

template <class Archive, class T> void list(Archive &A, std::vector<T> &List) {
  List.resize(A.count(List.size()));
  for (T &Element : List)
    fields(A, Element);
}

template <class Archive> void fields(Archive &A, SiteRecord &S) {
  A(S.Function), A(S.At), A(S.Kind), A(S.Spelling), A(S.Type), A(S.Bound);
  A(S.SizeIsExact), A(S.InMacro), A(S.InSystemHeader), A(S.Destructs);
  A(S.InConstructor), A(S.Nameable), A(S.Conditional), A(S.ThroughBase),
      A(S.IsShared), A(S.Turns);
  fields(A, S.Asked);
  list(A, S.Given);
  list(A, S.Edits);
}

template <class Archive> void fields(Archive &A, FunctionRecord &F) {
  A(F.Symbol), A(F.Display), A(F.InSystemHeader);
}

template <class Archive> void fields(Archive &A, TypeRecord &T) {
  A(T.Symbol), A(T.Placed);
  list(A, T.Roots);
}

template <class Archive> void fields(Archive &A, Unit &U) {
  list(A, U.Files), list(A, U.Places), list(A, U.Sites);
  list(A, U.Functions), list(A, U.Types);
}

} // namespace

std::string writeUnit(const Unit &U) {
  Writer W;
  W.Out = Magic.str();
  // The writer only reads; `fields` is shared with the reader.
  fields(W, const_cast<Unit &>(U));
  std::string ModuleBytes;
  llvm::raw_string_ostream Stream(ModuleBytes);
  escape::writeModule(U.Module, Stream);
  Stream.flush();
  W(ModuleBytes);
  return std::move(W.Out);
}

llvm::Expected<Unit> readUnit(llvm::StringRef Bytes) {
  auto Damaged = [] {
    return llvm::createStringError("not the output of this extractor");
  };
  if (!Bytes.consume_front(Magic))
    return Damaged();
  Unit U;
  Reader R(Bytes);
  fields(R, U);
  std::string ModuleBytes;
  R(ModuleBytes);
  if (R.Failed || !R.In.empty())
    return Damaged();
  auto Module = escape::readModule(ModuleBytes);
  if (!Module)
    return Module.takeError();
  U.Module = std::move(*Module);
  return U;
}

} // namespace stackward::source
