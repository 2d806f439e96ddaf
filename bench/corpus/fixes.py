# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lets escape-check rewrite the programs, and sees whether they still work.

Each program is copied, built, run; rewritten with --fix, built again, run
again. Both runs must succeed and print the same.
"""
import copy
import os
import shutil
import subprocess
import sys

import programs


def private_copy(options, name):
    """Options whose folder holds a copy of the sources of one program."""
    mine = copy.copy(options)
    mine.folder = f"{options.folder}/fixed/{name}"
    mine.mode, mine.flags, mine.configure_only = "rel", "", False
    shutil.rmtree(mine.folder, ignore_errors=True)
    source = programs.source_folder(options, name)
    shutil.copytree(source, f"{mine.folder}/src/{os.path.basename(source)}",
                    symlinks=True)
    os.symlink(f"{options.folder}/data", f"{mine.folder}/data")
    return mine


def output_of(options, name):
    """What the workload prints, or None if it fails."""
    command = [sys.executable, f"{programs.HERE}/corpus.py", "--folder",
               options.folder, "workload", name]
    done = subprocess.run(command, capture_output=True, check=False)
    return None if done.returncode else done.stdout


def changed_lines(options, mine, name):
    done = subprocess.run(
        ["diff", "-ru", programs.source_folder(options, name),
         programs.source_folder(mine, name)],
        capture_output=True, text=True, errors="replace", check=False)
    with open(f"{mine.folder}/fixes.diff", "w", encoding="utf-8") as file:
        file.write(done.stdout)
    return sum(line.startswith("-") and not line.startswith("---")
               for line in done.stdout.splitlines())


def try_one(options, name):
    mine = private_copy(options, name)
    if programs.build_one(mine, name):
        return 1
    before = output_of(mine, name)
    folder = programs.build_folder(mine, name)
    tool = subprocess.run([options.tool, "-p", folder, "--fix", "--quiet",
                           "--fail-on=never"], cwd=folder, check=False,
                          stdout=subprocess.DEVNULL)
    if tool.returncode:
        print(f"{name}: escape-check ended with {tool.returncode}")
        return 1
    lines = changed_lines(options, mine, name)
    built = subprocess.run(["ninja", "-C", folder, f"-j{options.jobs}"],
                           capture_output=True, text=True, check=False)
    if built.returncode:
        errors = [line for line in built.stdout.splitlines()
                  if "error:" in line]
        print(f"{name}: {lines} lines changed, does not build:",
              *errors[:5], sep="\n  ")
        return 1
    same = before is not None and comparable(before) == comparable(
        output_of(mine, name))
    print(f"{name}: {lines} lines changed, builds, "
          + ("runs as before" if same else "RUNS DIFFERENTLY"), flush=True)
    return 0 if same else 1


def comparable(output):
    """Output without the lines that tell times."""
    if output is None:
        return None
    return [line for line in output.splitlines()
            if not any(word in line.lower() for word in
                       (b"micros", b"mb/s", b"date", b"ms", b"sec",
                        b"time="))]


def run(options):
    return max([try_one(options, name) for name in options.names])
