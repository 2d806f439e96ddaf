// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What can be reached now, and from where: a walk from every root over a
/// stopped heap. It changes nothing and needs no cycle before it.
///
/// Objects are known by the types of the places that refer to them, or by their
/// header. Ambiguous words are followed where the collector follows them. What
/// only such a word leads to has no type when it is pointer-free: it becomes a
/// node of unknown type (GAB_VERIFY=2 knows the small ones). For this reason
/// these words are looked at last, when all typed references are known.
///
///  N1  A node is an object, found by its address in Index, or a kind of root.
///  N2  Weak edges lead only to what was reached without them. The value of an
///      ephemeron is reached from its key: a dominator tree then says what the
///      collector would do if the key died.
///
/// Precision given up: an object that no reference leads to, but only the line
/// of a neighbour keeps, is not in the graph.
///
/// Cost: a visit of each reference through the type's trace function, and 40
/// bytes for an object, 16 for a reference, outside the heap. No malloc: a
/// stopped thread may be inside it.
#include "Snapshot.h"
#include "Hooks.h"
#include "Roots.h"
#include "Slots.h"
#include "Tracer.h"
#include "Typed.h"
#include <stdio.h>

namespace gab::rt {

static uint64_t hashBytes(const char *Text, size_t Length) {
  uint64_t X = 0xcbf29ce484222325ull; // FNV-1a
  for (size_t I = 0; I < Length; ++I)
    X = (X ^ static_cast<unsigned char>(Text[I])) * 0x100000001b3ull;
  return X ^ X >> 32;
}

size_t TextTable::slotFor(const char *Text, size_t Length) const {
  size_t Mask = Index.size() - 1;
  size_t I = hashBytes(Text, Length) & Mask;
  while (Index[I] && strcmp((*this)[Index[I] - 1], Text))
    I = (I + 1) & Mask;
  return I;
}

bool TextTable::grow() {
  size_t Want = Index.empty() ? 1024 : Index.size() * 2;
  Index.clear();
  if (!Index.reserve(Want))
    return false;
  while (Index.size() < Want)
    Index.push(0);
  for (uint32_t I = 0; I < Starts.size(); ++I)
    Index[slotFor((*this)[I], strlen((*this)[I]))] = I + 1;
  return true;
}

uint32_t TextTable::add(const char *Text) {
  size_t Length = strlen(Text);
  if (2 * (Starts.size() + 1) > Index.size() && !grow())
    return ~0u;
  size_t Slot = slotFor(Text, Length);
  if (Index[Slot])
    return Index[Slot] - 1;
  auto Start = static_cast<uint32_t>(Bytes.size());
  if (Start + Length + 1 > UINT32_MAX || !Bytes.reserve(Start + Length + 1) ||
      !Starts.push(Start))
    return ~0u;
  for (size_t I = 0; I <= Length; ++I)
    Bytes.push(Text[I]);
  Index[Slot] = static_cast<uint32_t>(Starts.size());
  return Index[Slot] - 1;
}

void TextTable::release() {
  Bytes.release();
  Starts.release();
  Index.release();
}

void Snapshot::release() {
  Nodes.release();
  Edges.release();
  Texts.release();
}

namespace {

/// The kinds of roots, in the order of their nodes after the first two.
enum RootNode : uint32_t {
  All,
  Collector,
  Locals,
  Handles,
  Pins,
  Stacks,
  Fibers,
  Conservative,
  Finalizers,
  WeakHandles,
  RootNodes
};
constexpr const char *RootNames[RootNodes] = {
    "",
    "(GC roots)", // the name is known to the viewers
    "(Local handles)",
    "(Root and Global handles)",
    "(Pin handles)",
    "(stacks and registers)",
    "(fibers' stacks)",
    "(conservative memory)",
    "(finalizers that are due)",
    "(Weak handles)"};

constexpr uint32_t None = ~0u;

struct WeakReference {
  uint32_t From;
  uintptr_t To;
  EdgeKind Kind;
  uint32_t Label;
};
struct Pair {
  uint32_t Holder;
  uintptr_t Key, Value;
  const gab_type *ValueType;
};
struct Word {
  uint32_t From;
  uintptr_t Value;
};

struct Walk {
  gab_visitor Visitor; ///< first: trace functions get its address
  Snapshot &S;
  PageArray<uint32_t> Index; ///< open addressing by address; node + 1
  PageArray<WeakReference> Weak;
  PageArray<Pair> Pairs;
  PageArray<Word> Words;
  uint32_t From = 0;       ///< the node that is looked at
  uint32_t Element = None; ///< of it, if that alone names its references

  /// Names of the fields around the reference that is visited.
  static constexpr uint32_t MostLevels = 8;
  struct Level {
    const char *Name;
    uint32_t Index, Next; ///< of the elements inside, what comes next
  } Levels[MostLevels + 1];
  uint32_t Depth = 0;

  explicit Walk(Snapshot &TheSnapshot);
  void release();

  size_t slotFor(uintptr_t Object) const;
  uint32_t find(uintptr_t Object) const;
  uint32_t add(const SnapshotNode &Node);
  uint32_t nodeFor(uintptr_t P, const gab_type *Type);
  uint32_t unknown(uintptr_t P, uint64_t Bytes, const char *Name);
  uint32_t cellNode(uintptr_t P);
  uint32_t plainNode(uintptr_t P);
  void edge(uint32_t From, uint32_t To, EdgeKind Kind, uint32_t Label);
  uint32_t text(const char *Text);
  uint32_t label();
  EdgeKind labelKind() const {
    return Element == None ? EdgeKind::Property : EdgeKind::Element;
  }

  void word(uint32_t From, uintptr_t Word);
  void trace(uint32_t Node);
  void traceArray(uintptr_t Object, gab_type *Type);
  void traceWords(uintptr_t Object);
  void traceAll(uint32_t &Next);
  void roots();
  void settle();
};

} // namespace

// ---------------------------------------------------------------------------
// Nodes and edges

size_t Walk::slotFor(uintptr_t Object) const {
  size_t Mask = Index.size() - 1;
  size_t I = ((Object >> 3) * 0x9E3779B97F4A7C15ull >> 20) & Mask;
  while (Index[I] && S.Nodes[Index[I] - 1].Object != Object)
    I = (I + 1) & Mask;
  return I;
}

uint32_t Walk::find(uintptr_t Object) const {
  return Index.empty() ? None : Index[slotFor(Object)] - 1;
}

uint32_t Walk::add(const SnapshotNode &Node) {
  auto Number = static_cast<uint32_t>(S.Nodes.size());
  if (!S.Nodes.push(Node)) {
    S.Complete = false;
    return None;
  }
  if (!Node.Object)
    return Number;
  if (2 * (S.Nodes.size() + 1) > Index.size()) {
    size_t Want = Index.empty() ? 4096 : Index.size() * 2;
    Index.clear();
    if (!Index.reserve(Want)) {
      S.Nodes.truncate(Number);
      S.Complete = false;
      return None;
    }
    while (Index.size() < Want)
      Index.push(0);
    for (uint32_t I = RootNodes; I <= Number; ++I)
      Index[slotFor(S.Nodes[I].Object)] = I + 1;
  } else {
    Index[slotFor(Node.Object)] = Number + 1;
  }
  return Number;
}

uint32_t Walk::text(const char *Text) {
  uint32_t Number = S.Texts.add(Text);
  if (Number == None)
    S.Complete = false;
  return Number;
}

void Walk::edge(uint32_t From, uint32_t To, EdgeKind Kind, uint32_t Label) {
  if (To != None && !S.Edges.push({From, To, Kind, Label}))
    S.Complete = false;
}

static uint64_t cellBytes(const BlockInfo &B) {
  return B.has(LargeFlag) ? B.LargeBytes : B.CellSize;
}

/// The node of the object at P, which a reference of that type leads to.
uint32_t Walk::nodeFor(uintptr_t P, const gab_type *Type) {
  if (!P || !H.contains(P) || H.blockOf(P) >= H.Committed || !S.Complete)
    return None;
  if (uint32_t Known = find(P); Known != None)
    return Known;
  const BlockInfo &B = H.Blocks[H.blockOf(P)];
  switch (B.Kind) {
  case BlockKind::Free:
  case BlockKind::LargeRest:
    return None; // the verifier has more to say about it
  case BlockKind::Gab:
    return add({P, smallSize(payloadSize(Type, P)), text(Type->name),
                NodeKind::Object});
  case BlockKind::Scan:
    Type = typeOf(P);
    if (!Type)
      return None; // its maker has not come to it yet
    return add({P, cellBytes(B), text(Type->name), NodeKind::Object});
  case BlockKind::Noscan:
    return add({P, cellBytes(B), text(Type->name), NodeKind::Object});
  }
  return None;
}

uint32_t Walk::unknown(uintptr_t P, uint64_t Bytes, const char *Name) {
  uint32_t Known = find(P);
  return Known != None ? Known : add({P, Bytes, text(Name), NodeKind::Unknown});
}

/// What is known of the reference that is visited now: an index, or a path like
/// `Table[3].Value`.
uint32_t Walk::label() {
  if (Element != None)
    return Element;
  char Text[256];
  size_t Length = 0;
  for (uint32_t I = 0; I < Depth && I < MostLevels; ++I) {
    const Level &L = Levels[I + 1];
    size_t Room = sizeof(Text) - Length;
    int N = L.Name[0] == '['
                ? snprintf(Text + Length, Room, "[%u]", L.Index)
                : snprintf(Text + Length, Room, Length ? ".%s" : "%s", L.Name);
    if (N < 0 || size_t(N) >= Room)
      break;
    Length += size_t(N);
  }
  return text(Length ? Text : "reference");
}

static void onField(gab_visitor *V, const char *Name) {
  auto &W = *reinterpret_cast<Walk *>(V);
  if (!Name) {
    --W.Depth;
    return;
  }
  if (++W.Depth > Walk::MostLevels)
    return;
  Walk::Level &Parent = W.Levels[W.Depth - 1];
  W.Levels[W.Depth] = {Name, Name[0] == '[' ? Parent.Next++ : 0, 0};
}

static void onEdge(gab_visitor *V, void **Slot, const gab_type *Type) {
  auto &W = *reinterpret_cast<Walk *>(V);
  auto P = reinterpret_cast<uintptr_t>(*Slot);
  if (uint32_t To = W.nodeFor(P, Type); To != None)
    W.edge(W.From, To, W.labelKind(), W.label());
}

static void onWeak(gab_visitor *V, void **Slot, const gab_type *) {
  auto &W = *reinterpret_cast<Walk *>(V);
  if (auto P = reinterpret_cast<uintptr_t>(*Slot))
    if (!W.Weak.push({W.From, P, EdgeKind::Weak, W.label()}))
      W.S.Complete = false;
}

static void onEphemeron(gab_visitor *V, void **Key, const gab_type *KeyType,
                        void **Value, const gab_type *ValueType) {
  auto &W = *reinterpret_cast<Walk *>(V);
  if (!*Key)
    return;
  onWeak(V, Key, KeyType);
  if (!W.Pairs.push({W.From, reinterpret_cast<uintptr_t>(*Key),
                     reinterpret_cast<uintptr_t>(*Value), ValueType}))
    W.S.Complete = false;
}

Walk::Walk(Snapshot &TheSnapshot)
    : Visitor{onEdge, onWeak, onEphemeron, onField}, S(TheSnapshot) {
  for (const char *Name : RootNames)
    add({0, 0, text(Name), NodeKind::Root});
  edge(All, Collector, EdgeKind::Element, 1);
  for (uint32_t I = Locals; I < RootNodes; ++I)
    edge(Collector, I, EdgeKind::Element, I - Locals + 1);
}

void Walk::release() {
  Index.release();
  Weak.release();
  Pairs.release();
  Words.release();
}

// ---------------------------------------------------------------------------
// Ambiguous words

/// The start of the cell that contains P, if it is in use.
static uintptr_t usedCell(uintptr_t P) {
  if (!H.contains(P) || H.blockOf(P) >= H.Committed)
    return 0;
  uint32_t Block = H.blockOf(P);
  if (H.Blocks[Block].Kind == BlockKind::LargeRest)
    Block -= H.Blocks[Block].BlockCount;
  const BlockInfo &B = H.Blocks[Block];
  if (B.Kind != BlockKind::Scan && B.Kind != BlockKind::Noscan)
    return 0;
  uintptr_t Cell = cellAt(Block, static_cast<uint32_t>(P & (BlockSize - 1)));
  auto G = static_cast<uint32_t>((Cell & (BlockSize - 1)) >> GranuleShift);
  return Cell && testBit(H.Bits[H.blockOf(Cell)].Live, G) ? Cell : 0;
}

static bool inUse(uintptr_t P, BlockKind Kind) {
  return H.contains(P) && H.blockOf(P) < H.Committed &&
         H.Blocks[H.blockOf(P)].Kind == Kind;
}

/// The object with references that P points into.
uint32_t Walk::cellNode(uintptr_t P) {
  uintptr_t Cell = usedCell(P);
  return Cell && inUse(Cell, BlockKind::Scan) ? nodeFor(Cell + 8, nullptr)
                                              : None;
}

static bool holdsLine(uint32_t Lines, uintptr_t P) {
  return Lines & linesOf(static_cast<uint32_t>(P & (BlockSize - 1)), 1);
}

/// The pointer-free object that P points into.
uint32_t Walk::plainNode(uintptr_t P) {
  if (uintptr_t Cell = usedCell(P); Cell && inUse(Cell, BlockKind::Noscan))
    return unknown(Cell, cellBytes(H.Blocks[H.blockOf(Cell)]),
                   "(pointer-free object of unknown type)");
  if (!inUse(P, BlockKind::Gab))
    return None;
  uint32_t Lines = H.Blocks[H.blockOf(P)].AllocMask;
  uintptr_t Exact = P & ~uintptr_t(7);
  if (!holdsLine(Lines, Exact))
    return None;
  for (uintptr_t At = Exact; P - At < SmallWindow; At -= 8) {
    if (H.blockOf(At) != H.blockOf(P) || !holdsLine(Lines, At))
      break;
    uint32_t Known = find(At);
    const gab_type *Made =
        Known == None && H.C.Verify > 1 ? smallTypeAt(At) : nullptr;
    if (Made && At + smallSize(payloadSize(Made, At)) > P)
      Known = nodeFor(At, Made);
    if (Known != None && At + S.Nodes[Known].Bytes > P)
      return Known;
  }
  return unknown(Exact, 0, "(small object of unknown type)");
}

/// A word that may be a reference, or one past the end of something.
void Walk::word(uint32_t From, uintptr_t Word) {
  uint32_t Before = None;
  for (uintptr_t P : {Word, Word - 1}) {
    uint32_t To = cellNode(P);
    if (To != Before)
      edge(From, To, EdgeKind::Internal, text("word"));
    Before = To;
  }
  if (Before == None && !Words.push({From, Word}))
    S.Complete = false;
}

// ---------------------------------------------------------------------------
// The walk

void Walk::traceWords(uintptr_t Object) {
  const BlockInfo &B = H.Blocks[H.blockOf(Object)];
  size_t Bytes = cellBytes(B) - (B.has(LargeFlag) ? 16 : 8);
  for (size_t I = 0; I + 8 <= Bytes; I += 8)
    word(From, *reinterpret_cast<uintptr_t *>(Object + I));
}

void Walk::traceArray(uintptr_t Object, gab_type *Type) {
  size_t Length = *reinterpret_cast<uint64_t *>(Object);
  uintptr_t Place = Object + 8;
  const SlotTable *Table =
      Length ? slotsOf(Type, reinterpret_cast<void *>(Place)) : nullptr;
  bool One = Table && Table->Count == 1 && !Table->Dynamic;
  for (size_t I = 0; I < Length; ++I, Place += Type->element_size) {
    if (One)
      Element = static_cast<uint32_t>(I);
    else
      onField(&Visitor, "[]");
    Type->trace(reinterpret_cast<void *>(Place), &Visitor);
    Element = None;
    if (!One)
      onField(&Visitor, nullptr);
  }
}

void Walk::trace(uint32_t Node) {
  uintptr_t Object = S.Nodes[Node].Object;
  if (!Object || !inUse(Object, BlockKind::Scan))
    return;
  gab_type *Type = typeOf(Object);
  From = Node;
  Depth = 0;
  Levels[0] = {"", 0, 0};
  if (Type->flags & GAB_CONSERVATIVE_TYPE)
    traceWords(Object);
  else if (Type->trace && (Type->flags & GAB_ARRAY_TYPE))
    traceArray(Object, Type);
  else if (Type->trace)
    Type->trace(reinterpret_cast<void *>(Object), &Visitor);
}

void Walk::traceAll(uint32_t &Next) {
  for (; Next < S.Nodes.size() && S.Complete; ++Next)
    trace(Next);
}

static RootNode rootOf(WordPlace Place) {
  switch (Place) {
  case WordPlace::Stack:
  case WordPlace::AsyncStack:
    return Stacks;
  case WordPlace::Fiber:
    return Fibers;
  case WordPlace::Pin:
    return Pins;
  case WordPlace::Conservative:
    return Conservative;
  }
  return Stacks;
}

void Walk::roots() {
  uint32_t Number = 0;
  for (Thread *T = Threads.First; T; T = T->Next)
    for (gab_local *L = T->Tls->locals; L; L = L->next)
      edge(Locals, nodeFor(reinterpret_cast<uintptr_t>(L->object), L->type),
           EdgeKind::Element, ++Number);
  Number = 0;
  for (gab_root *R = Roots[GAB_ROOT_STRONG]; R; R = R->next)
    edge(Handles, nodeFor(reinterpret_cast<uintptr_t>(R->object), R->type),
         EdgeKind::Element, ++Number);
  Number = 0;
  for (FinalizerEntry &E : FinalizersDue)
    edge(Finalizers, nodeFor(reinterpret_cast<uintptr_t>(E.Object), E.Type),
         EdgeKind::Element, ++Number);
  for (gab_root *R = Roots[GAB_ROOT_PIN]; R; R = R->next)
    nodeFor(reinterpret_cast<uintptr_t>(R->object), R->type); // for its type
  eachAmbiguousWord(
      [](uintptr_t Word, WordPlace Place, void *Context) {
        static_cast<Walk *>(Context)->word(rootOf(Place), Word);
      },
      this);
  for (gab_root *R = Roots[GAB_ROOT_WEAK]; R; R = R->next)
    if (!Weak.push({WeakHandles, reinterpret_cast<uintptr_t>(R->object),
                    EdgeKind::Weak, text("weak")}))
      S.Complete = false;
}

/// What depends on what else was reached.
void Walk::settle() {
  auto Next = static_cast<uint32_t>(RootNodes);
  traceAll(Next);
  // As in Weak.cpp, a value may make other keys live; here each pass looks at
  // all pairs in one direction, which is enough for a tool.
  for (bool Again = true; Again;) {
    Again = false;
    for (Pair &P : Pairs) {
      uint32_t Key = P.Key ? find(P.Key) : None;
      if (Key == None)
        continue;
      uint32_t Value = nodeFor(P.Value, P.ValueType);
      edge(Key, Value, EdgeKind::Internal, text("value of an ephemeron"));
      if (Value != None && !Weak.push({P.Holder, P.Value, EdgeKind::Weak,
                                       text("value of an ephemeron")}))
        S.Complete = false;
      P.Key = 0;
      Again = true;
    }
    traceAll(Next);
  }
  for (const Word &W : Words)
    for (uintptr_t P : {W.Value, W.Value - 1})
      if (uint32_t To = plainNode(P); To != None) {
        edge(W.From, To, EdgeKind::Internal, text("word"));
        break;
      }
  for (const WeakReference &R : Weak)
    if (R.To)
      edge(R.From, find(R.To), R.Kind, R.Label);
}

void takeSnapshot(Snapshot &S) {
  Walk W(S);
  W.roots();
  W.settle();
  W.release();
}

} // namespace gab::rt
