#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The inlined allocation path, read from the disassembly.

usage: fast_path.py INCLUDE_DIR COMPILER...

`gab::make<T>` of a 32-byte pointer-free T must reach the first store of the
constructor without a call, in at most 10 instructions from the first access to
the thread's run. Prints the path and fails when it is longer.
"""
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = """
#include "gab/gab.hpp"
struct Price { double value; long a, b, c; };
Price *makePrice(double v, long t) {
  return gab::make<Price>(v, t, t, t).get();
}
"""


def disassemble(compiler, include, folder):
    source, object_file = folder + "/p.cpp", folder + "/p.o"
    with open(source, "w") as f:
        f.write(SOURCE)
    subprocess.check_call([compiler, "-std=c++20", "-O2", "-DNDEBUG", "-fPIC",
                           "-I", include, "-c", source, "-o", object_file])
    text = subprocess.check_output(
        ["objdump", "-dr", "--no-show-raw-insn", object_file], text=True)
    body, inside = [], False
    for line in text.splitlines():
        if re.match(r"^[0-9a-f]+ <.*makePrice.*>:$", line):
            inside = "cold" not in line
            continue
        if inside and re.match(r"^\s+[0-9a-f]+:\t\S", line) and \
                "R_X86_64" not in line:
            body.append(line.split("\t", 1)[1].strip())
        elif inside and not line.strip():
            break
    return body


def main():
    include, compilers = sys.argv[1], sys.argv[2:]
    checked = 0
    for compiler in compilers:
        if not shutil.which(compiler):
            print(f"{compiler}: not here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            body = disassemble(compiler, include, folder)
        first = next(i for i, x in enumerate(body) if "%fs:" in x)
        # The address of the thread's block is computed just before.
        if first and "0x0(%rip)" in body[first - 1]:
            first -= 1
        # Stores to the object: not to %fs:, not pushes.
        store = next(i for i, x in enumerate(body) if i > first and
                     re.match(r"mov\w*\s+%\w+,(0x[0-9a-f]+)?\(%r", x))
        path = body[first:store]
        print(f"{compiler}: {len(path)} instructions")
        for x in path:
            print("   ", x)
        if len(path) > 10 or any(x.startswith("call") for x in path):
            sys.exit(f"{compiler}: the path is too long or calls")
        checked += 1
    if not checked:
        sys.exit("no compiler was found")


main()
