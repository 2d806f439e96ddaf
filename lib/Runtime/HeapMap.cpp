// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The heap as a picture. Each block is a row of 32 cells, one for a line; the
/// colour says what is there. What is shown is copied while the world is
/// stopped and written afterwards.
///
/// A path that ends in .html gets two pictures, before and after a compaction.
#include "Collector.h"
#include <stdio.h>

namespace gab::rt {

namespace {
struct Shot {
  uint32_t Block;
  BlockKind Kind;
  uint32_t Live, Pinned, Handed; ///< masks of lines
  uint32_t Cells, LiveCells;
};
struct Picture {
  PageArray<Shot> Shots;
  size_t Used = 0, Live = 0;
};
} // namespace

static void takeShot(uint32_t Block, Picture &P) {
  const BlockInfo &B = H.Blocks[Block];
  Shot S{Block, B.Kind, 0, 0, 0, 1, 1};
  if (B.Kind == BlockKind::Gab) {
    S.Pinned = B.PinMask & B.LineMask;
    S.Live = B.LineMask & ~S.Pinned;
    S.Handed = B.AllocMask & ~B.LineMask;
  } else if (B.Kind != BlockKind::Free && B.Kind != BlockKind::LargeRest &&
             !B.has(LargeFlag)) {
    S.Cells = cellsIn(B);
    S.LiveCells = 0;
    for (uint64_t Word : H.Bits[Block].Live)
      S.LiveCells += countBits(Word);
  }
  P.Used += B.Kind == BlockKind::Free ? 0 : BlockSize;
  P.Shots.push(S);
}

static void takePicture(Picture &P) {
  Thread *T = attachSelf();
  requireUnblocked(*T, "gab_write_heap_map inside a gab::BlockedScope");
  RuntimeScope S(*T);
  lockStopped(T, CycleLock);
  captureSelf(*T);
  stopWorld(T);
  // Free blocks beyond the last one in use tell nothing.
  uint32_t End = H.Committed;
  while (End > 1 && H.Blocks[End - 1].Kind == BlockKind::Free)
    --End;
  for (uint32_t Block = 1; Block < End; ++Block)
    takeShot(Block, P);
  P.Live = H.Count.LiveBytes;
  resumeWorld(T);
  CycleLock.unlock();
}

static const char *colourOf(const Shot &S, uint32_t Line) {
  uint32_t Bit = uint32_t(1) << Line;
  switch (S.Kind) {
  case BlockKind::Free:
    return "#f4f4f4";
  case BlockKind::LargeRest:
    return "#8e6bbf";
  case BlockKind::Gab:
    return S.Pinned & Bit   ? "#d1495b"
           : S.Live & Bit   ? "#3a9d5d"
           : S.Handed & Bit ? "#8ecae6"
                            : "#ffffff";
  case BlockKind::Scan:
  case BlockKind::Noscan:
    // Cells are not lines: as many of the 32 as the share of live cells.
    if (S.Cells == 1)
      return "#8e6bbf";
    if (Line * S.Cells < S.LiveCells * LinesPerBlock)
      return S.Kind == BlockKind::Scan ? "#e09f3e" : "#c6a15b";
    return "#ffffff";
  }
  return "#000000";
}

static constexpr int Side = 5, Columns = 4, ColumnWidth = 32 * Side + 24;

static void writeRow(FILE *F, const Shot &S, int X, int Y) {
  // Neighbours of one colour are one rectangle.
  for (uint32_t Line = 0; Line < LinesPerBlock;) {
    const char *Colour = colourOf(S, Line);
    uint32_t End = Line + 1;
    while (End < LinesPerBlock && !strcmp(colourOf(S, End), Colour))
      ++End;
    fprintf(F,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>",
            X + int(Line) * Side, Y, int(End - Line) * Side, Side, Colour);
    Line = End;
  }
  fputc('\n', F);
}

static void writeLegend(FILE *F, int Y) {
  static constexpr struct {
    const char *Colour, *Text;
  } Rows[] = {
      {"#3a9d5d", "GAB line, live"},   {"#d1495b", "pinned, or a thread's"},
      {"#8ecae6", "handed out since"}, {"#e09f3e", "cells, references"},
      {"#c6a15b", "cells, plain"},     {"#8e6bbf", "large"},
      {"#f4f4f4", "free block"}};
  int X = 4;
  for (const auto &Row : Rows) {
    fprintf(F,
            "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\" "
            "stroke=\"#888\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
            X, Y, Row.Colour, X + 14, Y + 9, Row.Text);
    X += 24 + 6 * int(strlen(Row.Text));
  }
}

static void writeSvg(FILE *F, Picture &P, const char *Title) {
  int Rows = int(P.Shots.size() + Columns - 1) / Columns;
  int Height = 50 + Rows * (Side + 2);
  fprintf(F,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
          "height=\"%d\" font-family=\"sans-serif\" font-size=\"10\">\n"
          "<rect width=\"100%%\" height=\"100%%\" fill=\"#ddd\"/>\n"
          "<text x=\"4\" y=\"14\">%s: %zu blocks of 32 KB in use, %zu KB found "
          "alive by the last cycle; a row is a block, a cell a line of 1 KB"
          "</text>\n",
          Columns * ColumnWidth + 8, Height, Title, P.Used / BlockSize,
          P.Live / 1024);
  writeLegend(F, 22);
  for (size_t I = 0; I < P.Shots.size(); ++I)
    writeRow(F, P.Shots[I], 4 + int(I) / Rows * ColumnWidth,
             42 + int(I) % Rows * (Side + 2));
  fputs("</svg>\n", F);
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" int gab_write_heap_map(const char *Path) {
  if (!attachSelf())
    return 0;
  FILE *F = fopen(Path, "w");
  if (!F)
    return 0;
  size_t Length = strlen(Path);
  bool Html = Length > 5 && !strcmp(Path + Length - 5, ".html");
  Picture Now, After;
  takePicture(Now);
  if (Html) {
    fputs("<!DOCTYPE html><meta charset=\"utf-8\"><title>gab heap map</title>"
          "<h1>Before</h1>\n",
          F);
    writeSvg(F, Now, "now");
    gab_collect(GAB_COLLECT_COMPACT);
    takePicture(After);
    fputs("<h1>After a compaction</h1>\n", F);
    writeSvg(F, After, "compacted");
  } else {
    writeSvg(F, Now, "heap");
  }
  Now.Shots.release();
  After.Shots.release();
  return fclose(F) == 0;
}
