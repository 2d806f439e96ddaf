# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each transform of the plugin contributes at run time.

Each program must be built in the chosen mode with the plugin and a record of
its remarks (blockers.py has the flags). The units in which something was
promoted are compiled again with one switch turned off, linked, and the
workload's allocations are counted; a unit in which nothing was promoted has
the code of a build without the plugin, and is left. At the end everything is
as it was.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

import programs

SWITCHES = ["plain-slots", "guarded-slots", "merged", "demand-inline",
            "devirtualise", "callee-clones", "hoisted-factories"]
PROMOTED = re.compile(r"^--- !Passed\nPass: +stackward\nName: +"
                      r"(HeapToStack|GuardedSlot)\n", re.M)


def promoting_units(folder):
    """[(object, its record)] with promotions, and how many of each kind."""
    found, kinds = [], {"HeapToStack": 0, "GuardedSlot": 0}
    for record in glob.glob(f"{folder}/**/*.opt.yaml", recursive=True):
        with open(record, encoding="utf-8") as file:
            passed = PROMOTED.findall(file.read())
        for kind in passed:
            kinds[kind] += 1
        if passed:
            found += glob.glob(glob.escape(record.removesuffix(".opt.yaml"))
                               + "*.o")
    return found, kinds


def rebuild(options, name, units, words):
    for unit in units:
        if os.path.exists(unit):
            os.remove(unit)
    folder = programs.build_folder(options, name, options.mode)
    subprocess.run(["ninja", "-C", folder, f"-j{options.jobs}",
                    *options.table_of_programs[name]["targets"]],
                   env=dict(os.environ, STACKWARD_FLAGS=words), check=True,
                   stdout=subprocess.DEVNULL)


def code_of(options, name):
    """The text of what the workload runs, to see whether a switch changed
    anything."""
    folder = programs.build_folder(options, name, options.mode)
    code = []
    for target in options.table_of_programs[name]["targets"]:
        for path in sorted(glob.glob(f"{folder}/**/{target}", recursive=True)):
            if os.path.isfile(path):
                with tempfile.NamedTemporaryFile() as out:
                    subprocess.run(["llvm-objcopy-22", "-O", "binary",
                                    "--only-section=.text", path, out.name],
                                   check=True)
                    with open(out.name, "rb") as file:
                        code.append(file.read())
    return code


def allocations(options, name, counter):
    with tempfile.NamedTemporaryFile("r") as out:
        pre = f"env LD_PRELOAD={counter} COUNT_TO={out.name}"
        if not programs.workload_one(options, name, pre, quiet=True):
            sys.exit(f"{name}: the workload failed")
        return sum(int(line) for line in out)


def instructions(options, name):
    """Executed instructions, by Valgrind; None when they are not wanted."""
    if not options.instructions:
        return None
    with tempfile.TemporaryDirectory() as folder:
        pre = ("valgrind -q --tool=cachegrind --cache-sim=no "
               f"--cachegrind-out-file={folder}/%p")
        if not programs.workload_one(options, name, pre, quiet=True):
            sys.exit(f"{name}: the workload failed")
        total = 0
        for path in glob.glob(f"{folder}/*"):
            with open(path, encoding="utf-8", errors="replace") as file:
                total += int(re.search(r"^summary: (\d+)", file.read(),
                                       re.M)[1])
        return total


def contribute(options, name, counter):
    folder = programs.build_folder(options, name, options.mode)
    units, kinds = promoting_units(folder)
    all_code = code_of(options, name)
    everything = (allocations(options, name, counter),
                  instructions(options, name))
    print(f"| {name} | {kinds['HeapToStack']} + {kinds['GuardedSlot']} "
          f"| everything on | {everything[0]} | | {everything[1] or ''} | |",
          flush=True)
    for switch in ["heap-to-stack", *SWITCHES]:
        rebuild(options, name, units, f"{switch}=0")
        if code_of(options, name) == all_code:
            print(f"| {name} | | without {switch} | same code | | | |",
                  flush=True)
            continue
        count = allocations(options, name, counter)
        executed = instructions(options, name)
        ratio = f"{executed / everything[1]:.4f}" if executed else ""
        print(f"| {name} | | without {switch} | {count} "
              f"| {count - everything[0]:+} | {executed or ''} | {ratio} |",
              flush=True)
    rebuild(options, name, units, "")


def run(options):
    print("| program | promoted + guarded | | allocations | "
          "| instructions | |\n|---|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        counter = f"{scratch}/count.so"
        source = os.path.join(os.path.dirname(programs.HERE), "seeding",
                              "count_mallocs.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", counter, source,
                        "-ldl"], check=True)
        for name in list(programs.available(options, options.mode)):
            contribute(options, name, counter)
    return 0
