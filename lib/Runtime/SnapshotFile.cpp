// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A snapshot as a file that Chrome's DevTools, and whatever else reads V8's
/// heap snapshots, can open: JSON with nodes and edges as rows of numbers. The
/// edges of a node follow one another, in the order of the nodes. Dominators
/// and retained sizes are the reader's business.
///
/// The number that identifies a node is made of its address: two snapshots can
/// be compared as far as objects have not moved in between.
#include "Collector.h"
#include "Snapshot.h"
#include <stdio.h>

namespace gab::rt {

static constexpr const char *Meta =
    "{\"snapshot\":{\"meta\":{"
    "\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\","
    "\"trace_node_id\",\"detachedness\"],"
    "\"node_types\":[[\"hidden\",\"array\",\"string\",\"object\",\"code\","
    "\"closure\",\"regexp\",\"number\",\"native\",\"synthetic\","
    "\"concatenated string\",\"sliced string\",\"symbol\",\"bigint\"],"
    "\"string\",\"number\",\"number\",\"number\",\"number\",\"number\"],"
    "\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],"
    "\"edge_types\":[[\"context\",\"element\",\"property\",\"internal\","
    "\"hidden\",\"shortcut\",\"weak\"],\"string_or_number\",\"node\"],"
    "\"trace_function_info_fields\":[\"function_id\",\"name\",\"script_name\","
    "\"script_id\",\"line\",\"column\"],"
    "\"trace_node_fields\":[\"id\",\"function_info_index\",\"count\",\"size\","
    "\"children\"],"
    "\"sample_fields\":[\"timestamp_us\",\"last_assigned_id\"],"
    "\"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}"
    ",\n";
static constexpr uint32_t NodeFields = 7;

static void writeText(FILE *F, const char *Text) {
  fputc('"', F);
  for (; *Text; ++Text) {
    auto C = static_cast<unsigned char>(*Text);
    if (C == '"' || C == '\\')
      fprintf(F, "\\%c", C);
    else if (C < 32)
      fprintf(F, "\\u%04x", unsigned(C));
    else
      fputc(C, F);
  }
  fputc('"', F);
}

/// Counts the edges of each node, and puts the numbers of the edges in the
/// order of their nodes, those of a node as they were found.
static bool orderEdges(Snapshot &S, PageArray<uint32_t> &Counts,
                       PageArray<uint32_t> &Order) {
  PageArray<uint32_t> Next;
  if (!Counts.reserve(S.Nodes.size()) || !Next.reserve(S.Nodes.size()) ||
      !Order.reserve(S.Edges.size()))
    return false;
  for (size_t I = 0; I < S.Nodes.size(); ++I)
    Counts.push(0);
  for (const SnapshotEdge &E : S.Edges) {
    ++Counts[E.From];
    Order.push(0);
  }
  uint32_t Start = 0;
  for (uint32_t Count : Counts) {
    Next.push(Start);
    Start += Count;
  }
  for (uint32_t I = 0; I < S.Edges.size(); ++I)
    Order[Next[S.Edges[I].From]++] = I;
  Next.release();
  return true;
}

static void writeNodes(FILE *F, Snapshot &S, PageArray<uint32_t> &Counts) {
  fputs("\"nodes\":[", F);
  for (uint32_t I = 0; I < S.Nodes.size(); ++I) {
    const SnapshotNode &N = S.Nodes[I];
    // Odd, as V8's are: objects begin far behind the roots.
    uint64_t Id = N.Object ? (N.Object - H.Base) / 4 + 1 : I * 2 + 1;
    fprintf(F, "%s%u,%u,%llu,%llu,%u,0,0\n", I ? "," : "", unsigned(N.Kind),
            N.Name, static_cast<unsigned long long>(Id),
            static_cast<unsigned long long>(N.Bytes), Counts[I]);
  }
  fputs("],\n", F);
}

static void writeEdges(FILE *F, Snapshot &S, PageArray<uint32_t> &Order) {
  fputs("\"edges\":[", F);
  for (uint32_t I = 0; I < Order.size(); ++I) {
    const SnapshotEdge &E = S.Edges[Order[I]];
    fprintf(F, "%s%u,%u,%llu\n", I ? "," : "", unsigned(E.Kind), E.Label,
            static_cast<unsigned long long>(E.To) * NodeFields);
  }
  fputs("],\n", F);
}

bool writeSnapshot(Snapshot &S, const char *Path) {
  PageArray<uint32_t> Counts, Order;
  bool Good = S.Complete && orderEdges(S, Counts, Order);
  FILE *F = Good ? fopen(Path, "w") : nullptr;
  if (F) {
    fputs(Meta, F);
    fprintf(F,
            "\"node_count\":%zu,\"edge_count\":%zu,"
            "\"trace_function_count\":0},\n",
            S.Nodes.size(), S.Edges.size());
    writeNodes(F, S, Counts);
    writeEdges(F, S, Order);
    fputs("\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],"
          "\"locations\":[],\n\"strings\":[",
          F);
    for (size_t I = 0; I < S.Texts.size(); ++I) {
      fputs(I ? ",\n" : "", F);
      writeText(F, S.Texts[I]);
    }
    fputs("]}\n", F);
  }
  Good = F && !ferror(F);
  if (F && fclose(F) != 0)
    Good = false;
  Counts.release();
  Order.release();
  return Good;
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" int gab_write_snapshot(const char *Path) {
  Thread *T = attachSelf();
  if (!T)
    return 0;
  requireUnblocked(*T, "gab_write_snapshot inside a gab::BlockedScope");
  Snapshot S;
  {
    RuntimeScope Scope(*T);
    lockStopped(T, CycleLock);
    captureSelf(*T);
    stopWorld(T);
    takeSnapshot(S);
    resumeWorld(T);
    CycleLock.unlock();
  }
  bool Good = writeSnapshot(S, Path);
  S.release();
  return Good;
}
