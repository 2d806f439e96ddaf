// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The graph of what can be reached: a node for each object and each kind of
/// root, an edge for each reference. Snapshot.cpp walks the heap, and
/// SnapshotFile.cpp writes what it found.
#ifndef GAB_RUNTIME_SNAPSHOT_H
#define GAB_RUNTIME_SNAPSHOT_H

#include "Heap.h"

namespace gab::rt {

/// Texts, each once. Numbers are in the order of their first use.
class TextTable {
  PageArray<char> Bytes;
  PageArray<uint32_t> Starts;
  PageArray<uint32_t> Index; ///< open addressing; number + 1
  size_t slotFor(const char *Text, size_t Length) const;
  bool grow();

public:
  /// The number of Text; ~0u when memory is used up.
  uint32_t add(const char *Text);
  size_t size() const { return Starts.size(); }
  const char *operator[](size_t I) const { return &Bytes[Starts[I]]; }
  void release();
};

/// The numbers are those of the file's "node_types" and "edge_types".
enum class NodeKind : uint32_t { Object = 3, Unknown = 8, Root = 9 };
enum class EdgeKind : uint32_t {
  Element = 1,  ///< Label is an index
  Property = 2, ///< Label is a text, as for the others
  Internal = 3,
  Weak = 6
};

struct SnapshotNode {
  uintptr_t Object; ///< 0 for roots
  uint64_t Bytes;   ///< with its header and what its cell leaves unused
  uint32_t Name;
  NodeKind Kind;
};
struct SnapshotEdge {
  uint32_t From, To;
  EdgeKind Kind;
  uint32_t Label;
};

struct Snapshot {
  PageArray<SnapshotNode> Nodes; ///< the first is the root of all
  PageArray<SnapshotEdge> Edges;
  TextTable Texts;
  bool Complete = true; ///< memory was enough
  void release();
};

/// Walks the heap. The world is stopped, and no cycle is under way.
void takeSnapshot(Snapshot &S);
/// Writes it in the form of Chrome's .heapsnapshot files; false: not written.
bool writeSnapshot(Snapshot &S, const char *Path);

} // namespace gab::rt
#endif
