// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Modules as bytes: a magic word with the version, a hash of the rest, then
/// the fields in the order of their declaration as LEB128 numbers. The hash
/// finds damage; the range checks after it hold against a file that was made
/// wrongly, so that no id in a module read here is out of range.
#include "stackward/Escape/Module.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace stackward::escape {
namespace {

constexpr StringRef Magic = "stackward-module-2\n";

class Writer {
public:
  explicit Writer(raw_ostream &Out) : Out(Out) {}

  void number(uint64_t V) { encodeULEB128(V, Out); }
  void offset(Offset V) { encodeSLEB128(V, Out); }
  void string(StringRef S) {
    number(S.size());
    Out << S;
  }
  void note(Note N) {
    number(N.At);
    number(uint8_t(N.What));
  }
  template <typename Range> void ids(const Range &R) {
    number(R.size());
    for (uint32_t Id : R)
      number(Id);
  }
  void repetition(const Repetition &R) {
    number(R.MayRepeat);
    number(R.SurvivorsUnknown);
    ids(R.SurvivingNodes);
    ids(R.SurvivingObjects);
  }
  void object(const Object &O) {
    number(uint8_t(O.Kind));
    number(uint8_t(O.AllocatedBy));
    number(O.At);
    number(O.Size);
    number(O.DynamicType);
    number(O.FunctionSymbol);
    repetition(O);
  }
  void constraint(const Constraint &C) {
    number(uint8_t(C.Kind));
    number(C.Dst);
    number(C.Src);
    offset(C.Shift);
    note(C.Because);
  }
  void call(const Call &C) {
    number(uint8_t(C.Kind));
    number(C.Callee);
    number(C.Target);
    number(C.Method);
    ids(C.ClosedTargets);
    number(C.ReleasesHere);
    number(C.ResultIsFresh);
    ids(C.Args);
    number(C.Result);
    note(C.At);
    repetition(C);
  }
  void graph(const Graph &G);
  void module(const Module &M);

private:
  raw_ostream &Out;
};

void Writer::graph(const Graph &G) {
  number(G.numParams());
  number(G.numNodes());
  number(G.resultParam());
  number(G.thisType());
  number(G.objects().size());
  for (const Object &O : G.objects())
    object(O);
  number(G.constraints().size());
  for (const Constraint &C : G.constraints())
    constraint(C);
  number(G.leaks().size());
  for (const Leak &L : G.leaks()) {
    number(L.Value);
    number(uint8_t(L.Because));
    note(L.At);
  }
  number(G.releases().size());
  for (const Release &R : G.releases()) {
    number(R.Value);
    number(uint8_t(R.By));
    note(R.At);
    number(R.Must);
  }
  number(G.calls().size());
  for (const Call &C : G.calls())
    call(C);
  number(G.returned().size());
  for (auto [Value, At] : G.returned()) {
    number(Value);
    note(At);
  }
}

void Writer::module(const Module &M) {
  number(M.numSymbols());
  for (SymbolId S = 0; S != M.numSymbols(); ++S)
    string(M.name(S));
  number(M.functions().size());
  for (const Function &F : M.functions()) {
    number(F.Name);
    number(uint8_t(F.Link));
    number(F.ContentHash);
    number(F.NoThrow);
    number(F.WillReturn);
    graph(F.Body);
  }
  number(M.overriders().size());
  for (const auto &[Key, Target] : M.overriders()) {
    number(Key.first);
    number(Key.second);
    number(Target);
  }
}

/// Every read checks; after the first failure all reads give 0 and loops end.
class Reader {
public:
  explicit Reader(StringRef Bytes)
      : At(Bytes.bytes_begin()), End(Bytes.bytes_end()) {}

  bool done() const { return Good && At == End; }
  bool module(Module &M);

private:
  uint64_t number() {
    unsigned Length = 0;
    const char *Problem = nullptr;
    uint64_t V = Good ? decodeULEB128(At, &Length, End, &Problem) : 0;
    return advance(Length, Problem) ? V : 0;
  }
  Offset offset() {
    unsigned Length = 0;
    const char *Problem = nullptr;
    int64_t V = Good ? decodeSLEB128(At, &Length, End, &Problem) : 0;
    advance(Length, Problem);
    check(V >= INT32_MIN && V <= INT32_MAX);
    return Good ? Offset(V) : 0;
  }
  bool advance(unsigned Length, const char *Problem) {
    At += Length;
    check(!Problem);
    return Good;
  }
  void check(bool Holds) { Good = Good && Holds; }
  uint64_t below(uint64_t Limit) {
    uint64_t V = number();
    check(V < Limit);
    return Good ? V : 0;
  }
  template <typename Enum> Enum word(Enum Last) {
    return Enum(below(unsigned(Last) + 1));
  }
  bool flag() { return below(2); }
  /// An id below Limit, or "none", which is ~0u for all kinds of id.
  uint32_t id(uint64_t Limit) {
    uint64_t V = number();
    check(V < Limit || V == ~0u);
    return Good ? V : ~0u;
  }
  /// A count of things that take a byte each at least.
  uint64_t count() { return below(End - At + 1); }
  Note note() {
    Note N;
    N.At = id(~0u);
    N.What = word(Why::ReachedLimit);
    return N;
  }
  template <typename Vector> void ids(Vector &V, uint64_t Limit, bool None) {
    for (uint64_t N = count(); N && Good; --N)
      V.push_back(None ? id(Limit) : below(Limit));
  }
  void repetition(Repetition &R) {
    R.MayRepeat = flag();
    R.SurvivorsUnknown = flag();
    ids(R.SurvivingNodes, Nodes, false);
    ids(R.SurvivingObjects, Objects, false);
  }
  StringRef string() {
    uint64_t Size = count();
    check(Size <= uint64_t(End - At));
    if (!Good)
      return "";
    StringRef S(reinterpret_cast<const char *>(At), Size);
    At += Size;
    return S;
  }
  void object(Graph &G);
  void constraint(Graph &G);
  void call(Graph &G);
  void effects(Graph &G);
  void graph(Graph &G);
  void function(Module &M);

  const uint8_t *At, *End;
  bool Good = true;
  uint64_t Symbols = 0, Nodes = 0, Objects = 0;
};

void Reader::object(Graph &G) {
  Object O;
  O.Kind = word(ObjectKind::Function);
  O.AllocatedBy = word(Family::Unknown);
  O.At = id(~0u);
  O.Size = number();
  O.DynamicType = id(Symbols);
  O.FunctionSymbol = id(Symbols);
  repetition(O);
  G.addObject(std::move(O));
}

void Reader::constraint(Graph &G) {
  Constraint C;
  C.Kind = word(ConstraintKind::CopyMemory);
  C.Dst = below(Nodes);
  C.Src = below(C.Kind == ConstraintKind::AddressOf ? Objects : Nodes);
  C.Shift = offset();
  C.Because = note();
  if (Good)
    G.constraints().push_back(C);
}

void Reader::call(Graph &G) {
  Call C;
  C.Kind = word(CallKind::Virtual);
  C.Callee = id(Symbols);
  C.Target = id(Nodes);
  C.Method = id(Symbols);
  ids(C.ClosedTargets, Symbols, false);
  C.ReleasesHere = flag();
  C.ResultIsFresh = flag();
  ids(C.Args, Nodes, true);
  C.Result = id(Nodes);
  C.At = note();
  repetition(C);
  G.call(std::move(C));
}

void Reader::effects(Graph &G) {
  for (uint64_t N = count(); N && Good; --N) {
    Leak L;
    L.Value = below(Nodes);
    L.Because = word(Reason::Cap);
    L.At = note();
    G.leaks().push_back(L);
  }
  for (uint64_t N = count(); N && Good; --N) {
    Release R;
    R.Value = below(Nodes);
    R.By = word(Family::Unknown);
    R.At = note();
    R.Must = flag();
    G.releases().push_back(R);
  }
}

void Reader::graph(Graph &G) {
  uint64_t Params = number();
  Nodes = number();
  // A file cannot make us allocate more nodes than any real function has.
  check(Params <= Nodes && Nodes < (1u << 28));
  if (!Good)
    return;
  uint64_t Result = number();
  check(Result < Params || Result == ~0u);
  uint32_t ThisType = id(Symbols);
  G = Graph(Params);
  G.setThisType(ThisType);
  G.setResultParam(static_cast<unsigned>(Result));
  for (uint64_t N = Params; N != Nodes; ++N)
    G.addNode();
  Objects = count();
  for (uint64_t N = Objects; N && Good; --N)
    object(G);
  for (uint64_t N = count(); N && Good; --N)
    constraint(G);
  effects(G);
  for (uint64_t N = count(); N && Good; --N)
    call(G);
  for (uint64_t N = count(); N && Good; --N) {
    NodeId Value = below(Nodes);
    Note At = note();
    G.returned().push_back({Value, At});
  }
}

void Reader::function(Module &M) {
  SymbolId Name = below(Symbols);
  Function &F = M.addFunction(Name, word(Linkage::Weak), 0);
  F.ContentHash = number();
  F.NoThrow = flag();
  F.WillReturn = flag();
  graph(F.Body);
}

bool Reader::module(Module &M) {
  Symbols = count();
  for (uint64_t N = 0; N != Symbols && Good; ++N)
    check(M.symbol(string()) == N);
  for (uint64_t N = count(); N && Good; --N)
    function(M);
  for (uint64_t N = count(); N && Good; --N) {
    SymbolId Type = below(Symbols), Method = below(Symbols);
    M.addOverrider(Type, Method, id(Symbols));
  }
  return done();
}

} // namespace

void writeModule(const Module &M, raw_ostream &Out) {
  std::string Body;
  raw_string_ostream BodyStream(Body);
  Writer(BodyStream).module(M);
  Out << Magic;
  uint64_t Hash = xxh3_64bits(arrayRefFromStringRef(Body));
  Out.write(reinterpret_cast<const char *>(&Hash), sizeof Hash);
  Out << Body;
}

Expected<Module> readModule(StringRef Bytes) {
  auto Bad = [](const char *What) {
    return createStringError(std::errc::invalid_argument, "escape module: %s",
                             What);
  };
  if (!Bytes.consume_front(Magic))
    return Bad("not a module of this version");
  uint64_t Hash;
  if (Bytes.size() < sizeof Hash)
    return Bad("truncated");
  memcpy(&Hash, Bytes.data(), sizeof Hash);
  Bytes = Bytes.drop_front(sizeof Hash);
  if (xxh3_64bits(arrayRefFromStringRef(Bytes)) != Hash)
    return Bad("damaged");
  Module M;
  if (!Reader(Bytes).module(M))
    return Bad("inconsistent");
  return M;
}

} // namespace stackward::escape
