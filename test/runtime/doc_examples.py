#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs the programs in docs/gab.

usage: doc_examples.py DOCS INCLUDE LIBRARY COMPILER

A fence `cpp` after `<!-- program: OUTPUT -->` is a whole program; what it
prints must be OUTPUT. A fence after `<!-- excerpt: FILE -->` must be found in
FILE, word for word.
"""
import glob
import re
import subprocess
import sys
import tempfile

docs, include, library, compiler = sys.argv[1:5]
pattern = re.compile(r"<!-- program: (.*?) -->\n```cpp\n(.*?)```", re.S)
excerpt = re.compile(r"<!-- excerpt: (.*?) -->\n```cpp\n(.*?)```", re.S)
count = bad = 0
for page in sorted(glob.glob(docs + "/*.md")):
    for expected, text in pattern.findall(open(page).read()):
        count += 1
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/p.cpp", "w") as f:
                f.write(text)
            subprocess.check_call(
                [compiler, "-std=c++20", "-Wall", "-Wextra", "-I", include,
                 folder + "/p.cpp", library, "-pthread", "-ldl", "-o",
                 folder + "/p"])
            seen = subprocess.check_output([folder + "/p"], text=True).strip()
        if seen != expected:
            bad += 1
            print(f"{page}: expected '{expected}', got '{seen}'")
    for name, text in excerpt.findall(open(page).read()):
        with open(f"{docs}/../../{name}") as f:
            if text not in f.read():
                bad += 1
                print(f"{page}: not in {name}:\n{text}")
sys.exit(1 if bad or not count else 0)
