#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the include rules of docs/ARCHITECTURE.md against the tree.

Each row of RULES names a folder and the include prefixes that its files may
use besides the C and C++ standard library. A file of a room may also include
headers beside it, with quotes and without a folder. Anything else is printed,
and the exit status is 1.
"""
import os
import re
import sys

CORE = ["llvm/ADT/", "llvm/Support/"]
SOURCE = ["stackward/Dataflow/", "stackward/Escape/", "stackward/Inlining/",
          "stackward/Report/", "stackward/Source/", "clang/",
          "llvm/Option/"] + CORE
RULES = {
    "Dataflow": ["stackward/Dataflow/"] + CORE,
    "Escape": ["stackward/Escape/"] + CORE,
    "Inlining": ["stackward/Inlining/"] + CORE,
    "Report": ["stackward/Report/"] + CORE,
    "Source": SOURCE,
    "IR": ["stackward/Escape/", "stackward/Inlining/", "stackward/Report/",
           "stackward/IR/", "llvm/", "gab/Symbols.def"],
    "Runtime": ["gab/", "valgrind/"],
}
FOLDERS = {
    "passes": ["stackward/IR/", "stackward/Report/", "llvm/Passes/",
               "llvm/Plugins/", "llvm/IR/"] + CORE,
    # What programs link: the runtime's explicit-free allocator, and no more.
    "rt": ["Malloc.h"],
    "tools": ["stackward/Source/", "stackward/Report/", "clang/Tooling/",
              "clang/Basic/Version.h",
              "llvm/Config/llvm-config.h"] + CORE,
}
# Formats are Report's business: only it may name a JSON or SARIF writer.
FORMATS = re.compile(r"(llvm/Support/JSON\.h|SarifDocumentWriter|Sarif\.h)")
FORMAT_ROOMS = ("Report",)
STANDARD = re.compile(r"^[a-z0-9_]+(\.h)?$|^(sys|linux|bits)/")
SUFFIXES = (".h", ".cpp", ".def", ".hpp", ".c")


def includes(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
            if match:
                yield number, match[1], match[2]


def check(path, folder, allowed):
    wrong = []
    for number, quote, name in includes(path):
        beside = os.path.exists(os.path.join(folder, name))
        if quote == '"' and "/" not in name and beside:
            continue
        if quote == "<" and STANDARD.match(name):
            continue
        if not any(name.startswith(prefix) for prefix in allowed):
            wrong.append((number, name))
    return wrong


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    rows = [(os.path.join(base, room), allowed)
            for room, allowed in RULES.items()
            for base in ("lib", "include/stackward")]
    rows += list(FOLDERS.items())
    rows.append(("include/gab", RULES["Runtime"]))
    failures = files = 0
    for folder, allowed in rows:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith(SUFFIXES):
                    continue
                files += 1
                path = os.path.join(where, name)
                for number, header in check(path, where, allowed):
                    print(f"{os.path.relpath(path, root)}:{number}: "
                          f"'{header}' is not for this room")
                    failures += 1
                room = os.path.basename(folder)
                if room in FORMAT_ROOMS or not path.startswith(
                        os.path.join(root, "lib")):
                    continue
                for number, _, header in includes(path):
                    if FORMATS.search(header):
                        print(f"{os.path.relpath(path, root)}:{number}: "
                              f"'{header}': only Report knows a format")
                        failures += 1
    print(f"layers: {files} files, {failures} wrong includes")
    sys.exit(1 if failures else 0)


main()
