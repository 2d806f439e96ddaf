// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A random object graph in the collected heap and the same graph in ordinary
/// memory. After any number of steps both must look alike: every object that
/// can be reached has the contents it was given, whatever was collected or
/// moved meanwhile. The shadow decides what is reachable; it shares nothing
/// with the collector.
#ifndef GAB_TEST_GRAPH_H
#define GAB_TEST_GRAPH_H

#include "gab/gab.hpp"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

namespace graph {

struct Tag {
  uint64_t Id;
  uint64_t Check;
};
struct Fat { // pointer-free, too large for a GAB
  uint64_t Id;
  uint64_t Body[24];
};
GAB_NOSCAN(Fat);

struct Node {
  uint64_t Id = 0;
  gab::Member<Node> Edges[3];
  gab::Member<Tag> Small;
  gab::Member<Fat> Large;
  gab::Member<gab::Array<uint32_t>> Text;
  gab::Member<gab::Array<gab::Member<Node>>> More;
  gab::WeakMember<Node> Back;
  GAB_TRACE(Node, Edges, Small, Large, Text, More, Back)
};

struct Shadow {
  uint64_t Id;
  std::shared_ptr<Shadow> Edges[3];
  bool HasSmall = false, HasLarge = false;
  uint32_t TextLength = 0; // 0: none
  std::vector<std::shared_ptr<Shadow>> More;
  std::weak_ptr<Shadow> Back;
};

inline uint64_t checkOf(uint64_t Id) { return Id * 0x9E3779B97F4A7C15ull + 1; }

class Model {
  static constexpr size_t RootCount = 24;
  using NodeArray = gab::Array<gab::Member<Node>>;
  gab::Root<Node> Roots[RootCount];
  std::shared_ptr<Shadow> Shadows[RootCount];
  std::mt19937_64 Random;
  uint64_t NextId = 1;
  const char *Failure = nullptr;

  size_t below(size_t N) { return Random() % N; }

  gab::Ref<Node> makeNode(std::shared_ptr<Shadow> &S) {
    uint64_t Id = NextId++;
    S = std::make_shared<Shadow>();
    S->Id = Id;
    Made.push_back(S);
    gab::Local<Node> N = gab::make<Node>();
    N->Id = Id;
    if (below(2)) {
      S->HasSmall = true;
      N->Small = gab::make<Tag>(Id, checkOf(Id));
    }
    if (below(8) == 0) {
      S->HasLarge = true;
      gab::Ref<Fat> F = gab::make<Fat>();
      F->Id = Id;
      for (uint64_t &Word : F->Body)
        Word = checkOf(Id);
      N->Large = F;
    }
    if (below(2)) {
      S->TextLength =
          static_cast<uint32_t>(below(40) ? 1 + below(60) : 1 + below(20000));
      auto A = gab::make_array<uint32_t>(S->TextLength);
      for (uint32_t I = 0; I < S->TextLength; ++I)
        (*A)[I] = static_cast<uint32_t>(checkOf(Id) + I);
      N->Text = A;
    }
    if (below(6) == 0) {
      size_t Length = below(60) ? 1 + below(12) : 1 + below(9000);
      S->More.resize(Length);
      N->More = gab::make_array<gab::Member<Node>>(Length);
    }
    return N;
  }

  void fail(const char *What) {
    if (!Failure)
      Failure = What;
  }

  void compareOne(Node *N, const Shadow &S) {
    if (N->Id != S.Id)
      return fail("wrong node");
    if (bool(N->Small) != S.HasSmall ||
        (S.HasSmall &&
         (N->Small->Id != S.Id || N->Small->Check != checkOf(S.Id))))
      return fail("wrong small object");
    if (bool(N->Large) != S.HasLarge ||
        (S.HasLarge &&
         (N->Large->Id != S.Id || N->Large->Body[23] != checkOf(S.Id))))
      return fail("wrong large object");
    if (bool(N->Text) != (S.TextLength != 0))
      return fail("array lost");
    if (S.TextLength) {
      if (N->Text->size() != S.TextLength)
        return fail("wrong array length");
      for (uint32_t I : {0u, S.TextLength / 2, S.TextLength - 1})
        if ((*N->Text)[I] != static_cast<uint32_t>(checkOf(S.Id) + I))
          return fail("wrong array element");
    }
    if (bool(N->More) != !S.More.empty() ||
        (N->More && N->More->size() != S.More.size()))
      return fail("wrong array of references");
  }

  /// Shadows that refer to each other in circles would never be freed.
  std::vector<std::weak_ptr<Shadow>> Made;

public:
  explicit Model(uint64_t Seed) : Random(Seed) {}
  ~Model() {
    std::vector<std::shared_ptr<Shadow>> Left;
    for (auto &Weak : Made)
      if (std::shared_ptr<Shadow> S = Weak.lock())
        Left.push_back(S);
    for (auto &S : Left) {
      for (auto &E : S->Edges)
        E.reset();
      S->More.clear();
    }
  }

  /// Walks both graphs in step.
  bool compare() {
    std::vector<std::pair<Node *, Shadow *>> Work;
    std::vector<bool> Seen(NextId);
    auto Add = [&](Node *N, Shadow *S) {
      if (bool(N) != bool(S))
        return fail("reference lost or invented");
      if (!N || Seen[S->Id])
        return;
      Seen[S->Id] = true;
      Work.push_back({N, S});
    };
    // Nothing is allocated in the collected heap here, so nothing moves, and
    // the world is never stopped by others.
    for (size_t I = 0; I < RootCount; ++I)
      Add(Roots[I].get(), Shadows[I].get());
    std::vector<std::pair<Node *, Shadow *>> All;
    while (!Work.empty() && !Failure) {
      auto [N, S] = Work.back();
      Work.pop_back();
      All.push_back({N, S});
      compareOne(N, *S);
      for (int I = 0; I < 3 && !Failure; ++I)
        Add(N->Edges[I].get(), S->Edges[I].get());
      for (size_t I = 0; I < S->More.size() && !Failure; ++I)
        Add((*N->More)[I].get(), S->More[I].get());
    }
    // A weak reference may outlive its target until the next cycle, never the
    // other way round, and never refer to something else. (Shadows in a cycle
    // are not freed, so what is reachable is what was seen.)
    for (auto [N, S] : All) {
      std::shared_ptr<Shadow> Back = S->Back.lock();
      gab::Ref<Node> Weak = N->Back.lock();
      if (Back && Seen[Back->Id] && (!Weak || Weak->Id != Back->Id))
        fail("weak reference to a live object lost");
    }
    return !Failure;
  }
  const char *failure() const { return Failure; }

  void step() {
    size_t I = below(RootCount), J = below(RootCount);
    switch (below(12)) {
    case 0:
    case 1:
    case 2: {
      std::shared_ptr<Shadow> S;
      gab::Ref<Node> N = makeNode(S);
      size_t E = below(3);
      N->Edges[E] = Roots[I];
      S->Edges[E] = Shadows[I];
      Roots[I] = N;
      Shadows[I] = std::move(S);
      break;
    }
    case 3:
      Roots[I] = Roots[J];
      Shadows[I] = Shadows[J];
      break;
    case 4:
    case 5:
    case 6:
      if (Roots[I]) {
        size_t E = below(3);
        Roots[I]->Edges[E] = Roots[J];
        Shadows[I]->Edges[E] = Shadows[J];
      }
      break;
    case 7:
    case 8:
      walk(I, below(20));
      break;
    case 9:
      if (Roots[I] && Roots[I]->More) {
        size_t E = below(Shadows[I]->More.size());
        (*Roots[I]->More)[E] = Roots[J];
        Shadows[I]->More[E] = Shadows[J];
      }
      break;
    case 10:
      if (Roots[I] && Roots[J]) {
        Roots[I]->Back = gab::Ref<Node>(Roots[J].get());
        Shadows[I]->Back = Shadows[J];
      }
      break;
    case 11:
      if (below(4) == 0) {
        Roots[I] = nullptr;
        Shadows[I].reset();
      } else {
        garbage();
      }
      break;
    }
    bound();
  }

private:
  /// Follows edges from root I and makes the end the root.
  void walk(size_t I, size_t Steps) {
    for (size_t K = 0; K < Steps && Roots[I]; ++K) {
      size_t E = below(3);
      if (!Shadows[I]->Edges[E])
        break;
      gab::Local<Node> Next = gab::Ref<Node>(Roots[I]->Edges[E]);
      std::shared_ptr<Shadow> S = Shadows[I]->Edges[E];
      Roots[I] = Next;
      Shadows[I] = S;
    }
  }
  void garbage() {
    for (size_t K = below(60); K; --K)
      gab::make<Tag>(K, K);
  }
  /// Shadows are counted, so cycles of them stay; start over now and then.
  /// Destroying a long chain of them would recurse: cut them up.
  void bound() {
    if (below(3000))
      return;
    std::vector<std::shared_ptr<Shadow>> Work;
    for (size_t I = 0; I < RootCount; ++I) {
      if (below(3) == 0)
        continue;
      if (Shadows[I])
        Work.push_back(Shadows[I]);
      Roots[I] = nullptr;
      Shadows[I].reset();
    }
    // Only what no root needs may be cut.
    std::vector<Shadow *> Keep;
    std::vector<bool> Needed(NextId);
    for (auto &S : Shadows)
      if (S)
        Keep.push_back(S.get());
    while (!Keep.empty()) {
      Shadow *S = Keep.back();
      Keep.pop_back();
      if (Needed[S->Id])
        continue;
      Needed[S->Id] = true;
      for (auto &E : S->Edges)
        if (E)
          Keep.push_back(E.get());
      for (auto &E : S->More)
        if (E)
          Keep.push_back(E.get());
    }
    while (!Work.empty()) {
      std::shared_ptr<Shadow> S = std::move(Work.back());
      Work.pop_back();
      if (Needed[S->Id])
        continue;
      for (auto &E : S->Edges)
        if (E)
          Work.push_back(std::move(E));
      for (auto &E : S->More)
        if (E)
          Work.push_back(std::move(E));
      S->More.clear();
    }
  }
};

} // namespace graph
#endif
