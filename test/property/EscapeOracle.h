// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A second opinion on the escape solver, for one function without calls: the
/// rules of lib/Escape/Solver.h, applied over and over to plain sets
/// until nothing changes. No worklist, no shared cycles, no numbers: objects
/// are their names. It includes nothing of the solver but the graph.
#ifndef STACKWARD_TEST_ESCAPEORACLE_H
#define STACKWARD_TEST_ESCAPEORACLE_H

#include "stackward/Escape/Graph.h"
#include <map>
#include <set>
#include <string>

namespace stackward::escape::test {

class Oracle {
public:
  using Obj = std::string;
  using Elem = std::pair<Obj, Offset>;
  using Set = std::set<Elem>;

  Oracle(const Graph &G, unsigned MaxPathDepth, size_t MaxOffsets)
      : G(G), MaxPathDepth(MaxPathDepth), MaxOffsets(MaxOffsets) {
    // A collapse cannot be undone by what it makes possible, so solving again
    // with the objects known to collapse ends.
    do
      solveOnce();
    while (!GaveUp && collapseMore());
  }

  /// The graph is too dense for this way of solving.
  bool gaveUp() const { return GaveUp; }

  /// "{a, b+8}" as the solver's dump prints it.
  static std::string text(const Set &S) {
    std::set<std::string> Texts;
    for (const auto &[O, K] : S)
      Texts.insert(O + (K == AnyOffset ? "+*"
                        : K > 0        ? "+" + std::to_string(K)
                        : K < 0        ? std::to_string(K)
                                       : ""));
    std::string Out;
    for (const std::string &T : Texts)
      Out += (Out.empty() ? "" : ", ") + T;
    return "{" + Out + "}";
  }

  std::string dump() const {
    std::string Out;
    for (NodeId N = 0; N != G.numNodes(); ++N)
      if (auto It = Nodes.find(N); It != Nodes.end() && !It->second.empty())
        Out += "  n" + std::to_string(N) + " = " + text(It->second) + "\n";
    for (unsigned R = 0; R != NumReasons; ++R)
      if (auto It = Sinks.find(Reason(R));
          It != Sinks.end() && !It->second.empty())
        Out += "  leak " + reasonId(Reason(R)).str() + " = " +
               text(It->second) + "\n";
    return Out;
  }

  std::set<Reason> blockers(ObjectId Site) const {
    std::set<Reason> Out;
    for (const auto *Map : {&Sinks, &Holders})
      for (const auto &[R, S] : *Map)
        if (holds(S, name(Site)))
          Out.insert(R);
    if (repeats(Site))
      Out.insert(Reason::LoopCarried);
    return Out;
  }

private:
  const Graph &G;
  unsigned MaxPathDepth;
  size_t MaxOffsets;
  std::map<NodeId, Set> Nodes;
  std::map<Elem, Set> Cells;
  std::map<Obj, Set> Star;
  std::map<Reason, Set> Sinks, Holders;
  std::set<Elem> Loaded, Seen;
  std::set<Obj> Open, Collapsed;
  std::set<std::tuple<Obj, Obj, Offset>> Links; ///< to, from, distance
  Set Returned;
  bool Changed = false;
  bool GaveUp = false;

  std::string name(ObjectId O) const {
    static const char *const Kinds[] = {"site", "local", "global", "@"};
    return Kinds[int(G.object(O).Kind)] + std::to_string(O);
  }
  static bool is(const Obj &O, const char *Prefix) {
    return O.rfind(Prefix, 0) == 0;
  }
  static bool isOwn(const Obj &O) { return is(O, "site") || is(O, "local"); }
  static bool isOpaque(const Obj &O) { return is(O, "@"); }
  static bool isSymbol(const Obj &O) {
    return O[0] == 'p' || O.find('[') != Obj::npos;
  }
  static bool isDeep(const Obj &O) { return O.find("[...]") != Obj::npos; }
  bool isFlat(const Obj &O) const {
    return O == "outside" || isDeep(O) || Collapsed.count(O);
  }
  static Obj root(const Obj &O) { return O.substr(0, O.find('[')); }
  static bool holds(const Set &S, const Obj &O) {
    auto It = S.lower_bound({O, INT32_MIN});
    return It != S.end() && It->first == O;
  }

  static Offset plus(Offset A, Offset B) {
    return A == AnyOffset || B == AnyOffset ? AnyOffset : A + B;
  }
  Elem element(const Obj &O, Offset K) {
    Elem E{O, isOpaque(O) ? 0 : isFlat(O) ? AnyOffset : K};
    Changed |= Seen.insert(E).second;
    return E;
  }
  void add(Set &To, const Elem &E) {
    Elem N = element(E.first, E.second);
    Changed |= To.insert(N).second;
  }
  void addAll(Set &To, const Set &From) {
    for (const Elem &E : Set(From))
      add(To, E);
  }
  template <typename T> void note(std::set<T> &To, const T &V) {
    Changed |= To.insert(V).second;
  }

  Elem child(const Elem &E) {
    const Obj &O = E.first;
    if (isDeep(O))
      return {O, AnyOffset};
    size_t Depth = 1;
    for (char C : O)
      Depth += C == '[';
    if (Depth > (O[0] == 'p' ? MaxPathDepth : std::min(1u, MaxPathDepth)))
      return {root(O) + "[...]", AnyOffset};
    return {O + "[" + (E.second == AnyOffset ? "*" : std::to_string(E.second)) +
                "]",
            0};
  }

  Set all(const Obj &O) {
    if (O == "outside")
      return {{"outside", AnyOffset}};
    Set Out = Star[O];
    for (const auto &[E, S] : Cells)
      if (E.first == O)
        Out.insert(S.begin(), S.end());
    return Out;
  }
  /// A read that somebody made.
  Set read(const Obj &O, Offset K) {
    if (isOpaque(O))
      return {};
    Elem E = element(O, K);
    note(Loaded, E);
    if (O == "outside" || E.second == AnyOffset)
      return all(O);
    Set Out = Cells[E];
    const Set &Any = Cells[{O, AnyOffset}];
    Out.insert(Any.begin(), Any.end());
    return Out;
  }
  void write(const Obj &O, Offset K, const Set &S) {
    if (isOpaque(O))
      return;
    if (O == "outside")
      return addAll(Sinks[Reason::StoredInEscaped], S);
    addAll(Cells[element(O, K)], S);
  }

  void solveOnce() {
    Nodes.clear(), Cells.clear(), Star.clear(), Sinks.clear(), Holders.clear(),
        Loaded.clear(), Seen.clear(), Open.clear(), Links.clear(),
        Returned.clear();
    for (unsigned P = 0; P != G.numParams(); ++P)
      add(Nodes[P], {"p" + std::to_string(P), 0});
    do {
      Changed = false;
      for (const Constraint &C : G.constraints())
        constraint(C);
      for (const Leak &L : G.leaks())
        addAll(Sinks[L.Because], Nodes[L.Value]);
      for (auto [Value, At] : G.returned())
        addAll(Returned, Nodes[Value]);
      addAll(Holders[Reason::Return], Returned);
      memory();
      for (const auto &[To, From, Distance] : std::set(Links))
        link(To, From, Distance);
      GaveUp = Seen.size() > 100;
    } while (Changed && !GaveUp && !overflows());
  }

  void constraint(const Constraint &C) {
    switch (C.Kind) {
    case ConstraintKind::AddressOf:
      return add(Nodes[C.Dst], {name(C.Src), C.Shift});
    case ConstraintKind::Copy:
      for (const auto &[O, K] : Set(Nodes[C.Src]))
        add(Nodes[C.Dst], {O, plus(K, C.Shift)});
      return;
    case ConstraintKind::Load:
      for (const auto &[O, K] : Set(Nodes[C.Src]))
        addAll(Nodes[C.Dst], read(O, plus(K, C.Shift)));
      return;
    case ConstraintKind::LoadNumber:
      return; // the random graphs have none
    case ConstraintKind::Store:
      for (const auto &[O, K] : Set(Nodes[C.Dst]))
        write(O, plus(K, C.Shift), Nodes[C.Src]);
      return;
    case ConstraintKind::CopyMemory:
      for (const auto &[To, K] : Set(Nodes[C.Dst]))
        for (const auto &[From, J] : Set(Nodes[C.Src]))
          copy(To, K, From, J);
      return;
    }
  }

  void copy(const Obj &To, Offset K, const Obj &From, Offset J) {
    if (isOpaque(To) || isOpaque(From))
      return;
    bool Vague = K == AnyOffset || J == AnyOffset || isFlat(To) || isFlat(From);
    // A path of symbols may name two objects, one after the other.
    Vague |= To == From && K == J && isSymbol(To) && To.find('[') != Obj::npos;
    if (To == "outside")
      addAll(Sinks[Reason::StoredInEscaped], read(From, AnyOffset));
    else if (Vague)
      addAll(Cells[element(To, AnyOffset)], read(From, AnyOffset));
    else if (To != From || K != J)
      note(Links, {To, From, K - J});
  }

  void link(const Obj &To, const Obj &From, Offset Distance) {
    for (const auto &[E, S] : std::map(Cells))
      if (E.first == From)
        addAll(Cells[element(To, plus(E.second, Distance))], S);
    auto Demand = [&](Offset K) {
      read(From, plus(K, -Distance));
      if (K == AnyOffset)
        addAll(isFlat(To) ? Cells[{To, AnyOffset}] : Star[To], Star[From]);
    };
    for (const Elem &E : std::set(Loaded))
      if (E.first == To)
        Demand(E.second);
    if (isSymbol(To)) // callers may read it
      Demand(AnyOffset);
  }

  /// What escaping, holding and opening do, and what open memory holds.
  void memory() {
    std::set<Obj> Objects;
    for (ObjectId O = 0; O != G.objects().size(); ++O)
      Objects.insert(name(O));
    for (const Elem &E : Seen)
      Objects.insert(E.first);
    for (const Obj &O : Objects) {
      bool Escaped = is(O, "global");
      for (const auto &[R, S] : std::map(Sinks))
        Escaped |= holds(S, O);
      if (O == "outside" || isOpaque(O))
        continue;
      if (Escaped) {
        add(Cells[element(O, AnyOffset)], {"outside", AnyOffset});
        Reason R = is(O, "global") ? Reason::Global : Reason::StoredInEscaped;
        addAll(Sinks[R], isSymbol(O) ? all(O) : read(O, AnyOffset));
      }
      if (isSymbol(O)) {
        note(Open, O);
        addAll(Holders[Reason::StoredInArgument], all(O));
        if (isDeep(O))
          add(Cells[{O, AnyOffset}], {O, AnyOffset});
      }
      for (auto &[R, S] : std::map(Holders)) {
        if (!isOwn(O) || isSymbol(O) || !holds(S, O))
          continue;
        if (R != Reason::Return)
          note(Open, O);
        addAll(Holders[R], read(O, AnyOffset));
      }
    }
    for (const Elem &E : std::set(Loaded))
      if (Open.count(E.first)) {
        bool InStar = E.second == AnyOffset && !isFlat(E.first);
        add(InStar ? Star[E.first] : Cells[E], child(E));
      }
  }

  /// What overflows collapses, so what follows is solved again anyway.
  bool overflows() const {
    std::map<Obj, size_t> Offsets;
    for (const Elem &E : Seen)
      if (E.second != AnyOffset && !Collapsed.count(E.first) &&
          ++Offsets[E.first] > MaxOffsets)
        return true;
    return false;
  }

  bool collapseMore() {
    std::map<Obj, size_t> Offsets;
    for (const Elem &E : Seen)
      Offsets[E.first] += E.second != AnyOffset;
    bool More = false;
    for (const auto &[O, N] : Offsets)
      if (N > MaxOffsets)
        More |= Collapsed.insert(O).second;
    return More;
  }

  bool repeats(ObjectId Site) const {
    const Object &O = G.object(Site);
    if (!O.MayRepeat)
      return false;
    if (O.SurvivorsUnknown)
      return true;
    for (const auto *Map : {&Sinks, &Holders})
      for (const auto &[R, S] : *Map)
        if (R != Reason::Return && holds(S, name(Site)))
          return true;
    Set Held;
    auto Keep = [&](const Set &S) {
      size_t Before = Held.size();
      Held.insert(S.begin(), S.end());
      return Held.size() != Before;
    };
    auto KeepContent = [&](const Obj &O) {
      bool More = false;
      for (const auto &[E, S] : Cells)
        if (E.first == O)
          More |= Keep(S);
      return More;
    };
    for (NodeId N : O.SurvivingNodes)
      if (auto It = Nodes.find(N); It != Nodes.end())
        Keep(It->second);
    for (ObjectId L : O.SurvivingObjects)
      KeepContent(name(L));
    KeepContent(name(Site)); // one object of the site may hold another
    bool More = true;
    while (More) {
      More = false;
      for (const Elem &E : Set(Held))
        if (!is(E.first, "local") || isSymbol(E.first))
          More |= KeepContent(E.first);
    }
    return holds(Held, name(Site));
  }
};

} // namespace stackward::escape::test

#endif
