#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Two builds of the programs of bench/corpus, side by side.

    measure.py --folder CORPUS --without rel --with seed [--pairs N]
               [--seconds S] [--preload LIBRARY] [PROGRAM...]

For each program: allocations of its workload in both builds (counted by a
preload), the ratio of CPU time over pairs of runs that alternate (the median
of the pairs, and the sums), and the ratio of the size of the text of what the
workload runs. With --seconds there are as many pairs as it takes for either
side to use so much CPU time: short runs that alternate see the same
neighbours, long ones do not. The builds are made by corpus.py, the second with
    --flags "-fpass-plugin=P.so -mllvm -stackward-seed"
            --libraries libstackward_rt.a
"""
import argparse
import glob
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "corpus"))
import programs  # noqa: E402


def run(options, name, mode, pre):
    """CPU seconds of a workload."""
    options.mode = mode
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not programs.workload_one(options, name, pre, quiet=True):
        sys.exit(f"{name} {mode}: the workload failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime
            - before.ru_utime - before.ru_stime)


def allocations(options, name, mode, counter):
    with tempfile.NamedTemporaryFile("r") as out:
        run(options, name, mode, f"env LD_PRELOAD={counter} COUNT_TO={out.name} "
            # With it operator new does not call malloc each time.
            "STACKWARD_GAB_LOWERING=0")
        return sum(int(line) for line in out)


def text_size(options, name, mode):
    """Bytes of text of the programs in the build's folder."""
    folder = programs.build_folder(options, name, mode)
    total = 0
    for path in sorted(glob.glob(f"{folder}/*") + glob.glob(f"{folder}/bin/*")
                       + glob.glob(f"{folder}/util/*")):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            done = subprocess.run(["size", path], capture_output=True,
                                  text=True, check=False)
            if done.returncode == 0:
                total += int(done.stdout.splitlines()[1].split()[0])
    return total


def compare(options, name, counter):
    counts = [allocations(options, name, mode, counter)
              for mode in options.modes]
    pre = f"env LD_PRELOAD={options.preload}" if options.preload else ""
    times = [[], []]
    once = run(options, name, options.modes[0], pre)
    for pair in range(max(options.pairs, math.ceil(options.seconds / once))):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        for side in order:
            times[side].append(run(options, name, options.modes[side], pre))
    sizes = [text_size(options, name, mode) for mode in options.modes]
    pairs = [b / a for a, b in zip(*times)]
    print(f"| {name} | {counts[0]} | {counts[1]} "
          f"| {100 * (counts[1] / counts[0] - 1):+.1f} % "
          f"| {statistics.median(pairs):.3f} "
          f"| {sum(times[1]) / sum(times[0]):.3f} | {len(pairs)} "
          f"| {sizes[1] / sizes[0]:.3f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", required=True, type=os.path.abspath)
    parser.add_argument("--without", default="rel")
    parser.add_argument("--with", dest="changed", default="seed")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0,
                        help="of CPU for either side, at least")
    parser.add_argument("--preload", help="an allocator for the timed runs")
    parser.add_argument("names", nargs="+", metavar="PROGRAM")
    options = parser.parse_args()
    options.modes = (options.without, options.changed)
    options.table_of_programs = programs.read_table()
    print("| program | allocations without | with | | CPU, median of pairs "
          "| CPU, sums | pairs | text |\n"
          "|---|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        counter = f"{scratch}/count.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", counter,
                        f"{HERE}/count_mallocs.c", "-ldl"], check=True)
        for name in options.names:
            compare(options, name, counter)


if __name__ == "__main__":
    main()
