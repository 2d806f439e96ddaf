#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: run-tidy.py BUILD JOBS < list of files

Runs clang-tidy over the files, JOBS at once, and remembers those it found
nothing in: a file is looked at again when it, one of our headers that it
includes, or .clang-tidy has changed. (A first run over everything costs a few
minutes of two cores, a second one a second.) Status 1 if there is an error.
"""
import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def closure(path, seen):
    """path and those of our own headers that it includes, directly or not."""
    if path in seen or not os.path.exists(path):
        return
    seen.add(path)
    with open(path, encoding="utf-8") as file:
        for name in INCLUDE.findall(file.read()):
            for folder in (os.path.dirname(path), "include"):
                closure(os.path.normpath(os.path.join(folder, name)), seen)


def key(path):
    files = set()
    closure(path, files)
    digest = hashlib.sha256()
    for name in sorted(files) + [".clang-tidy"]:
        with open(name, "rb") as file:
            digest.update(name.encode() + b"\0" + file.read() + b"\0")
    return digest.hexdigest()


def check(build, path):
    run = subprocess.run(["clang-tidy-22", "-p", build, "--quiet", path],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         text=True)
    return run.returncode, run.stdout.strip()


def main():
    build, jobs = sys.argv[1], int(sys.argv[2])
    memory = os.path.join(os.path.dirname(build), "tidy")
    os.makedirs(memory, exist_ok=True)
    todo = {}
    total = 0
    for path in sys.stdin.read().split():
        total += 1
        mark = os.path.join(memory, key(path))
        if not os.path.exists(mark):
            todo[path] = mark
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = pool.map(lambda path: check(build, path), todo)
        for (path, mark), (status, text) in zip(todo.items(), results):
            if text:
                print(text)
            if status:
                failed += 1
                print(f"{path}: clang-tidy failed")
            else:
                open(mark, "w", encoding="utf-8").close()
    print(f"tidy: {total} files, {len(todo)} looked at, {failed} failed")
    sys.exit(1 if failed else 0)


main()
