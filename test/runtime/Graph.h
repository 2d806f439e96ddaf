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
#include <unordered_map>
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
  gab::WeakMember<Tag> Faint;
  GAB_TRACE(Node, Edges, Small, Large, Text, More, Back, Faint)
};
#ifdef GAB_TEST_SEGREGATED
GAB_SEGREGATE(Node);
#endif

struct Shadow {
  uint64_t Id;
  std::shared_ptr<Shadow> Edges[3];
  // Small objects are handed on from node to node; 0: none.
  uint64_t SmallId = 0, TextId = 0, FaintId = 0;
  bool HasLarge = false;
  std::vector<std::shared_ptr<Shadow>> More;
  std::weak_ptr<Shadow> Back;
};

inline uint64_t checkOf(uint64_t Id) { return Id * 0x9E3779B97F4A7C15ull + 1; }

class Model {
  static constexpr size_t RootCount = 24;
  using NodeArray = gab::Array<gab::Member<Node>>;
  gab::Root<Node> Roots[RootCount];
  std::shared_ptr<Shadow> Shadows[RootCount];
  gab::Root<Tag> Tags[4];
  uint64_t TagIds[4] = {};
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
      S->SmallId = Id;
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
      S->TextId = Id;
      auto Length =
          static_cast<uint32_t>(below(40) ? 1 + below(60) : 1 + below(20000));
      TextLengths[Id] = Length;
      auto A = gab::make_array<uint32_t>(Length);
      for (uint32_t I = 0; I < Length; ++I)
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

  static bool isTag(const Tag *T, uint64_t Id) {
    return Id ? T && T->Id == Id && T->Check == checkOf(Id) : !T;
  }

  void compareOne(Node *N, const Shadow &S) {
    if (N->Id != S.Id)
      return fail("wrong node");
    if (!isTag(N->Small.get(), S.SmallId))
      return fail("wrong small object");
    if (Tag *Faint = N->Faint.lock().get(); Faint && !isTag(Faint, S.FaintId))
      return fail("wrong object behind a weak reference");
    if (bool(N->Large) != S.HasLarge ||
        (S.HasLarge &&
         (N->Large->Id != S.Id || N->Large->Body[23] != checkOf(S.Id))))
      return fail("wrong large object");
    if (bool(N->Text) != (S.TextId != 0))
      return fail("array lost");
    if (S.TextId) {
      uint32_t Length = TextLengths[S.TextId];
      if (N->Text->size() != Length)
        return fail("wrong array length");
      for (uint32_t I : {0u, Length / 2, Length - 1})
        if ((*N->Text)[I] != static_cast<uint32_t>(checkOf(S.TextId) + I))
          return fail("wrong array element");
    }
    if (bool(N->More) != !S.More.empty() ||
        (N->More && N->More->size() != S.More.size()))
      return fail("wrong array of references");
  }

  /// All shadows, so that none dies before the model: a long chain of them
  /// would be destroyed by recursion.
  std::vector<std::shared_ptr<Shadow>> Made;
  std::unordered_map<uint64_t, uint32_t> TextLengths;

public:
  explicit Model(uint64_t Seed) : Random(Seed) {}
  ~Model() {
    for (auto &S : Made) {
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
    for (size_t I = 0; I < 4; ++I)
      if (!isTag(Tags[I].get(), TagIds[I]))
        fail("wrong small object behind a handle");
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
    // other way round, and never refer to something else. (No shadow dies, so
    // what is reachable is what was seen.)
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
    size_t E = below(3);
    switch (below(15)) {
    case 0:
    case 1:
    case 2:
    case 3: { // a new node below an old one, or above a root
      std::shared_ptr<Shadow> S;
      gab::Local<Node> N = makeNode(S);
      Place P = walk();
      if (P.N && below(8)) {
        N->Edges[E] = P.N->Edges[E];
        S->Edges[E] = P.S->Edges[E];
        P.N->Edges[E] = gab::Ref<Node>(N);
        P.S->Edges[E] = S;
      } else {
        size_t I = below(RootCount);
        N->Edges[E] = Roots[I];
        S->Edges[E] = Shadows[I];
        Roots[I] = gab::Ref<Node>(N);
        Shadows[I] = S;
      }
      break;
    }
    case 4:
    case 5:
    case 6: { // an edge between any two
      Place From = walk(), To = walk();
      if (From.N && (To.N || below(10) == 0)) {
        From.N->Edges[E] = gab::Ref<Node>(To.N);
        From.S->Edges[E] = To.S;
      }
      break;
    }
    case 7: { // another handle
      Place P = walk();
      if (P.N) {
        size_t I = below(RootCount);
        Roots[I] = gab::Ref<Node>(P.N);
        Shadows[I] = P.S;
      }
      break;
    }
    case 8: {
      Place From = walk(), To = walk();
      if (From.N && From.N->More) {
        size_t K = below(From.S->More.size());
        (*From.N->More)[K] = gab::Ref<Node>(To.N);
        From.S->More[K] = To.S;
      }
      break;
    }
    case 9: {
      Place From = walk(), To = walk();
      if (From.N && To.N) {
        From.N->Back = gab::Ref<Node>(To.N);
        From.S->Back = To.S;
      }
      break;
    }
    case 10:
      garbage();
      break;
    case 11:
      if (below(100) == 0) {
        size_t I = below(RootCount);
        Roots[I] = nullptr;
        Shadows[I].reset();
      }
      break;
    case 12:
      handSmallOn(walk(), walk());
      break;
    case 13: { // what only a new object holds from now on
      Place From = walk();
      if (!From.N)
        break;
      std::shared_ptr<Shadow> S;
      gab::Local<Node> N = makeNode(S);
      handSmallOn(From, {gab::Ref<Node>(N), S});
      N->Edges[E] = From.N->Edges[E];
      S->Edges[E] = From.S->Edges[E];
      From.N->Edges[E] = gab::Ref<Node>(N);
      From.S->Edges[E] = S;
      break;
    }
    case 14: { // by way of a handle
      Place P = walk();
      size_t I = below(4);
      if (!P.N)
        break;
      if (below(2)) {
        Tags[I] = P.N->Small;
        TagIds[I] = P.S->SmallId;
      } else {
        P.N->Small = Tags[I];
        P.S->SmallId = TagIds[I];
      }
      break;
    }
    }
    bound();
  }

private:
  struct Place {
    gab::Local<Node> N;
    std::shared_ptr<Shadow> S;
  };
  /// Some node: down from a root for a while, now and then through an array.
  Place walk() {
    size_t I = below(RootCount);
    Place P{gab::Ref<Node>(Roots[I]), Shadows[I]};
    for (size_t Steps = below(30); Steps && P.N; --Steps) {
      size_t E = below(3);
      if (!P.S->More.empty() && below(3) == 0) {
        size_t K = below(P.S->More.size());
        if (!P.S->More[K])
          continue;
        P.N = gab::Ref<Node>((*P.N->More)[K]);
        P.S = std::shared_ptr<Shadow>(P.S->More[K]);
      } else if (P.S->Edges[E]) {
        P.N = gab::Ref<Node>(P.N->Edges[E]);
        P.S = std::shared_ptr<Shadow>(P.S->Edges[E]);
      }
    }
    return P;
  }
  /// Small objects go from one node to another: the only reference to one may
  /// be on the stack for a while, which the collector cannot rewrite.
  void handSmallOn(Place From, Place To) {
    if (!From.N || !To.N)
      return;
    Tag *Small = From.N->Small.get();
    uint64_t Id = From.S->SmallId;
    if (below(2)) {
      From.N->Small = nullptr;
      From.S->SmallId = 0;
    }
    if (below(4) == 0)
      garbage();
    To.N->Small = gab::Ref<Tag>(Small);
    To.S->SmallId = Id;
    if (below(2)) {
      To.N->Faint = gab::Ref<Tag>(Small);
      To.S->FaintId = Id;
    }
    if (below(2)) {
      To.N->Text = From.N->Text;
      To.S->TextId = From.S->TextId;
    }
  }
  void garbage() {
    if (below(2000) == 0)
      return below(2) ? gab::compact() : gab::collect();
    for (size_t K = below(60); K; --K)
      gab::make<Tag>(K, K);
  }
  /// Lets most of the graph die now and then.
  void bound() {
    if (below(12000))
      return;
    for (size_t I = 0; I < RootCount; ++I)
      if (below(3)) {
        Roots[I] = nullptr;
        Shadows[I].reset();
      }
  }
};

} // namespace graph
#endif
