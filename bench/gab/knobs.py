#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each knob does to CPU time, memory and pauses: docs/gab/tuning.md.

usage: knobs.py BIN_DIR [-n RUNS] [-s SCALE] [workload...]

Each run of a setting stands between two runs with the defaults. Printed are the
median of RUNS ratios of CPU time, setting to the mean of its two neighbours, and
between which ratios half of them lay; peak resident memory; the 99th percentile
and the longest pause in CPU time, each the least of RUNS.
"""
import argparse
import json
import os
import statistics
import subprocess

LIMITED = {"GAB_LIMIT": "26M", "GAB_LIMIT_HARD": "80M"}
ROWS = {
    "churn1k": [{}, {"GAB_YOUNG": "512K"}, {"GAB_YOUNG": "4M"},
                {"GAB_YOUNG": "16M"}, {"GAB_RETURN": "prompt"},
                {"GAB_RETURN": "never"}, {"GAB_HUGE": "0"}, {"GAB_HUGE": "1"},
                {"GAB_PLAN": "copying"}, {"GAB_PLAN": "marksweep"},
                {"GAB_PROFILE": "512K"}],
    "random": [{}, {"GAB_YOUNG": "512K"}, {"GAB_YOUNG": "16M"},
               {"GAB_GROWTH": "50%"}, {"GAB_GROWTH": "200%"},
               {"GAB_PAUSE_US": "3000"}, {"GAB_PAUSE_US": "1000"},
               {"GAB_PAUSE_US": "300"}, {"GAB_RETURN": "prompt"},
               {"GAB_HUGE": "0"}, {"GAB_HUGE": "1"}],
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
    parser.add_argument("-n", type=int, default=7)
    parser.add_argument("-s", type=float, default=1)
    parser.add_argument("workloads", nargs="*", default=list(ROWS))
    args = parser.parse_intermixed_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; "
          f"best of {args.n}")
    for workload in args.workloads:
        rows = ROWS[workload]
        scale = args.s * (0.5 if workload == "trees" else 0.2)
        print(f"\n| {workload} | CPU | half of the runs | peak MB | "
              "p99 pause us | longest |")
        print("|---|---:|---:|---:|---:|---:|", flush=True)
        for knobs in rows:
            ratios, rest = [], [[], [], []]
            before = measure(args.folder, workload, scale, {})[0]
            for _ in range(args.n):
                cpu, *others = measure(args.folder, workload, scale, knobs)
                after = measure(args.folder, workload, scale, {})[0]
                ratios.append(2 * cpu / (before + after))
                before = after
                for seen, one in zip(rest, others):
                    seen.append(one)
            low, middle, high = statistics.quantiles(ratios, n=4)
            name = " ".join(f"{k}={v}" for k, v in knobs.items())
            name = f"`{name}`" if name else "defaults"
            peak, p99, longest = (min(seen) for seen in rest)
            print(f"| {name} | {middle:.2f} | {low:.2f} to {high:.2f} | "
                  f"{peak:.0f} | {p99:.0f} | {longest:.0f} |", flush=True)


main()
