#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes two units and a header that each hold one site with a fix."""
import json
import os
import shutil
import sys

FILES = {
    "shared.h": """#pragma once
struct Point {
  int X, Y;
};
inline int shared() {
  Point *P = new Point{1, 2};
  int S = P->X + P->Y;
  delete P;
  return S;
}
int other();
""",
    "a.cpp": """#include "shared.h"
#include <cstdio>
int main() {
  Point *Q = new Point{3, 4};
  std::printf("%d %d %d\\n", shared(), other(), Q->X * Q->Y);
  delete Q;
}
""",
    "b.cpp": """#include "shared.h"
int other() {
  Point *R = new Point{5, 6};
  R->X += shared();
  int V = R->X;
  delete R;
  return V;
}
""",
}

folder = sys.argv[1]
for old in (folder, folder + ".copy"):
    shutil.rmtree(old, ignore_errors=True)
os.makedirs(folder)
for name, text in FILES.items():
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
with open(os.path.join(folder, "compile_commands.json"), "w",
          encoding="utf-8") as file:
    json.dump([{"directory": folder, "file": name,
                "arguments": ["clang++", "-std=c++20", "-c", name]}
               for name in ("a.cpp", "b.cpp")], file)
