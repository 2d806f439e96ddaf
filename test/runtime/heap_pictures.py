#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the heap maps of docs/gab/images again and holds them against those.

usage: heap_pictures.py PROGRAM FOLDER [--write]

What is pinned differs a little from compiler to compiler, so not the bytes are
compared but the number of blocks in use and the lines of each colour.
"""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml


def facts(path):
    root = xml.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    title = root.find(space + "text").text
    blocks = int(re.search(r"(\d+) blocks of 32 KB in use", title).group(1))
    lines = {}
    for rect in root.iter(space + "rect"):
        if rect.get("height") == "5":
            colour = rect.get("fill")
            lines[colour] = lines.get(colour, 0) + int(rect.get("width")) // 5
    return blocks, lines


def near(a, b):
    return abs(a - b) <= 40 + max(a, b) // 10


program, folder = sys.argv[1:3]
write = "--write" in sys.argv
environment = dict(os.environ, GAB_PLAN="gab-conc", GAB_YOUNG="64M")
with tempfile.TemporaryDirectory() as scratch:
    made = folder if write else scratch
    names = ["before.svg", "after.svg"]
    subprocess.check_call([program] + [f"{made}/{n}" for n in names],
                          env=environment)
    seen = [facts(f"{made}/{n}") for n in names]
    kept = [facts(f"{folder}/{n}") for n in names]
bad = 0
for name, (blocks, lines), (expected, wanted) in zip(names, seen, kept):
    print(name, blocks, lines)
    if abs(blocks - expected) > 4 or any(
            not near(lines.get(c, 0), wanted.get(c, 0))
            for c in set(lines) | set(wanted)):
        bad = 1
        print(f"{name} is not what the docs show: {expected} {wanted}")
if seen[1][0] * 8 > seen[0][0]:
    bad = 1
    print("the compaction did not empty the heap")
sys.exit(bad)
