// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Charts between processes: fields in a fixed order, numbers as 32 bits,
/// strings with their length in front. The reader checks every length, so that
/// what a crashed process left behind is an error and nothing worse.
#include "stackward/Report/Chart.h"
#include "llvm/Support/Endian.h"

using namespace stackward::report;

namespace {

constexpr llvm::StringLiteral Magic = "stackward-charts-2";

class Packer {
public:
  std::string Out;
  void number(uint32_t N) {
    char Bytes[4];
    llvm::support::endian::write32le(Bytes, N);
    Out.append(Bytes, 4);
  }
  void text(llvm::StringRef S) {
    number(S.size());
    Out += S;
  }
};

class Unpacker {
public:
  explicit Unpacker(llvm::StringRef In) : In(In) {}
  bool Bad = false;
  uint32_t number() {
    if (Bad || In.size() < 4) {
      Bad = true;
      return 0;
    }
    uint32_t N = llvm::support::endian::read32le(In.data());
    In = In.drop_front(4);
    return N;
  }
  std::string text() {
    uint32_t Size = number();
    if (Bad || In.size() < Size) {
      Bad = true;
      return {};
    }
    std::string S = In.take_front(Size).str();
    In = In.drop_front(Size);
    return S;
  }
  template <typename E> E role(E Last) {
    uint32_t N = number();
    Bad |= N > uint32_t(Last);
    return Bad ? E() : E(N);
  }
  bool atEnd() const { return In.empty(); }

private:
  llvm::StringRef In;
};

} // namespace

static void pack(const Chart &C, Packer &P) {
  P.text(C.Title);
  P.text(C.File);
  P.number(C.Line);
  P.number(uint32_t(C.Grows));
  P.text(C.Drawing);
  P.number(C.Blocks.size());
  for (const ChartBlock &B : C.Blocks) {
    P.number(uint32_t(B.Is));
    P.text(B.Name);
    P.number(uint32_t(B.Reached));
    P.number(B.LoopDepth);
    P.number(B.Lines.size());
    for (const ChartLine &L : B.Lines) {
      P.number(uint32_t(L.Is));
      P.number(L.Line);
      P.text(L.Text);
    }
  }
  P.number(C.Edges.size());
  for (const ChartEdge &E : C.Edges) {
    P.number(uint32_t(E.Is));
    P.number(E.From);
    P.number(E.To);
    P.text(E.Label);
    P.number(uint32_t(E.Goes));
  }
  P.number(C.Boxes.size());
  for (const ChartBox &B : C.Boxes) {
    P.text(B.Label);
    P.number(B.Blocks.size());
    for (unsigned Block : B.Blocks)
      P.number(Block);
    P.number(B.Parent);
  }
}

static ChartBlock unpackBlock(Unpacker &U) {
  ChartBlock B;
  B.Is = U.role(ChartBlock::Role::Plain);
  B.Name = U.text();
  B.Reached = U.role(ChartBlock::Reach::Unreachable);
  B.LoopDepth = U.number();
  for (uint32_t N = U.number(); N > 0 && !U.Bad; --N) {
    ChartLine L;
    L.Is = U.role(ChartLine::Role::Folded);
    L.Line = U.number();
    L.Text = U.text();
    B.Lines.push_back(std::move(L));
  }
  return B;
}

static Chart unpack(Unpacker &U) {
  Chart C;
  C.Title = U.text();
  C.File = U.text();
  C.Line = U.number();
  C.Grows = U.role(Chart::Layout::LeftToRight);
  C.Drawing = U.text();
  for (uint32_t N = U.number(); N > 0 && !U.Bad; --N)
    C.Blocks.push_back(unpackBlock(U));
  for (uint32_t N = U.number(); N > 0 && !U.Bad; --N) {
    ChartEdge E;
    E.Is = U.role(ChartEdge::Role::Dashed);
    E.From = U.number();
    E.To = U.number();
    E.Label = U.text();
    E.Goes = U.role(ChartEdge::Direction::Back);
    U.Bad |= E.From >= C.Blocks.size() || E.To >= C.Blocks.size();
    C.Edges.push_back(std::move(E));
  }
  for (uint32_t N = U.number(); N > 0 && !U.Bad; --N) {
    ChartBox B;
    B.Label = U.text();
    for (uint32_t M = U.number(); M > 0 && !U.Bad; --M) {
      B.Blocks.push_back(U.number());
      U.Bad |= B.Blocks.back() >= C.Blocks.size();
    }
    B.Parent = U.number();
    U.Bad |= B.Parent != ChartBox::NoParent && B.Parent >= C.Boxes.size();
    C.Boxes.push_back(std::move(B));
  }
  return C;
}

std::string stackward::report::packCharts(llvm::ArrayRef<Chart> Charts) {
  Packer P;
  P.text(Magic);
  P.number(Charts.size());
  for (const Chart &C : Charts)
    pack(C, P);
  return std::move(P.Out);
}

llvm::Expected<std::vector<Chart>>
stackward::report::unpackCharts(llvm::StringRef Bytes) {
  Unpacker U(Bytes);
  std::vector<Chart> Charts;
  U.Bad |= U.text() != Magic;
  for (uint32_t N = U.number(); N > 0 && !U.Bad; --N)
    Charts.push_back(unpack(U));
  if (U.Bad || !U.atEnd())
    return llvm::createStringError("not a list of charts of this build");
  return Charts;
}
