#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures what docs/gab/tutorial.md claims, and holds the claim against it.

usage: tutorial_win.py PROGRAM [RUNS]

Both halves of examples/gab/quotes.cpp run in turn, RUNS times; the best of each
counts. They must see the same quotes, and libgab must win by much less than the
tutorial says, because other things run on the machine too.
"""
import glob
import os
import re
import subprocess
import sys

program = sys.argv[1]
runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
mimalloc = sorted(glob.glob("/usr/lib/x86_64-linux-gnu/libmimalloc.so.*"))
systems = [("new", {})]
if mimalloc:
    systems.append(("new, mimalloc", {"LD_PRELOAD": mimalloc[0]}))
systems.append(("gab", {}))
best = {}
sums = set()
for _ in range(runs):
    for name, variables in systems:
        out = subprocess.check_output(
            [program, name.split(",")[0], "5"], text=True,
            env={**os.environ, **variables})
        each, left, total = re.match(
            r"\w+: ([\d.]+) ns a quote; 20,000 quotes are kept in ([\d.-]+) "
            r"MB; sum (\d+)$", out.strip()).groups()
        sums.add(total)
        row = best.setdefault(name, [1e9, 1e9])
        row[0] = min(row[0], float(each))
        row[1] = min(row[1], float(left))
for name, (each, left) in best.items():
    print(f"{name}: {each:.2f} ns a quote ({each / best['gab'][0]:.1f} times "
          f"gab), {left:.1f} MB left ({left / best['gab'][1]:.1f} times gab)")
if len(sums) != 1:
    sys.exit(f"the sums differ: {sums}")
if best["new"][0] < 1.3 * best["gab"][0]:
    sys.exit("libgab is not faster")
if best["new"][1] < 4 * best["gab"][1]:
    sys.exit("libgab does not leave less behind")
