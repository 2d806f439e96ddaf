#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each knob does to CPU time, memory and pauses: docs/gab/tuning.md.

usage: knobs.py BIN_DIR [-n RUNS] [-s SCALE]

Each round runs every setting of a workload once, so that a busy machine disturbs
all alike. Printed are the best CPU time of RUNS relative to the defaults in the
same run, peak resident memory, and the 99th percentile and the longest pause in
CPU time, each the least of RUNS.
"""
import argparse
import json
import os
import subprocess

LIMITED = {"GAB_LIMIT": "26M", "GAB_LIMIT_HARD": "80M"}
ROWS = {
    "churn1k": [{}, {"GAB_YOUNG": "512K"}, {"GAB_YOUNG": "4M"},
                {"GAB_YOUNG": "16M"}, {"GAB_RETURN": "prompt"},
                {"GAB_RETURN": "never"}, {"GAB_HUGE": "1"},
                {"GAB_PLAN": "copying"}, {"GAB_PLAN": "marksweep"},
                {"GAB_PROFILE": "512K"}],
    "random": [{}, {"GAB_YOUNG": "512K"}, {"GAB_YOUNG": "16M"},
               {"GAB_GROWTH": "50%"}, {"GAB_GROWTH": "200%"},
               {"GAB_PAUSE_US": "3000"}, {"GAB_PAUSE_US": "1000"},
               {"GAB_PAUSE_US": "300"}, {"GAB_RETURN": "prompt"},
               {"GAB_HUGE": "1"}],
    "trees": [{}, {"GAB_GROWTH": "50%"}, {"GAB_GROWTH": "200%"},
              {"GAB_PLAN": "gab-gen"}, {"GAB_PLAN": "gab-conc"},
              {"GAB_GC_THREADS": "1"},
              {**LIMITED, "GAB_GC_CPU_MAX": "0"},
              {**LIMITED, "GAB_GC_CPU_MAX": "50%"},
              {**LIMITED, "GAB_GC_CPU_MAX": "20%"}],
}


def pauses(lines):
    """Of all cycles that were traced, in microseconds."""
    found = []
    for line in lines.splitlines():
        if line.startswith('{"gab":"cycle"'):
            cycle = json.loads(line)
            found.append(cycle["pause_cpu_ns"] / 1e3)
            if cycle["first_pause_cpu_ns"]:
                found.append(cycle["first_pause_cpu_ns"] / 1e3)
    found.sort()
    return found


def measure(folder, workload, scale, knobs):
    run = subprocess.run(
        [os.path.join(folder, "gab-bench-gab"), workload, str(scale)],
        text=True, capture_output=True, timeout=300, check=True,
        env={**os.environ, "GAB_TRACE": "2", **knobs})
    result = json.loads(run.stdout)
    each = pauses(run.stderr)
    p99 = each[int(0.99 * (len(each) - 1))] if each else 0
    return [result["cpu_ns"], result["peak_mb"], p99,
            each[-1] if each else 0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("-s", type=float, default=1)
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; "
          f"best of {args.n}")
    for workload, rows in ROWS.items():
        scale = args.s * (0.5 if workload == "trees" else 0.1)
        best = [[1e12] * 4 for _ in rows]
        for _ in range(args.n):
            for row, knobs in enumerate(rows):
                seen = measure(args.folder, workload, scale, knobs)
                best[row] = [min(a, b) for a, b in zip(best[row], seen)]
        print(f"\n| {workload} | CPU | peak MB | p99 pause us | longest |")
        print("|---|---:|---:|---:|---:|", flush=True)
        for knobs, (cpu, peak, p99, longest) in zip(rows, best):
            name = " ".join(f"{k}={v}" for k, v in knobs.items())
            name = f"`{name}`" if name else "defaults"
            print(f"| {name} | {cpu / best[0][0]:.2f} | {peak:.0f} | "
                  f"{p99:.0f} | {longest:.0f} |", flush=True)


main()
