#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""libgab and its peers on the same work, in one run.

usage: run.py BIN_DIR [-n RUNS] [-s SCALE] [-o SYSTEM,...] [workload...]

Each round runs every system once, so that a busy machine disturbs all alike;
what is printed is the best of RUNS, CPU nanoseconds per object, and the ratio
to the bare bump pointer and to mimalloc. Peers that are not installed
(packages.txt) are left out.
"""
import argparse
import glob
import json
import os
import shutil
import subprocess

LIBRARIES = "/usr/lib/x86_64-linux-gnu/"
WORKLOADS = ["churn1k", "churn100k", "random", "trees", "survivors",
             "threads1", "threads2", "strings", "handoff"]
JAVA = ["-Xmx1g", "-cp"]


def preload(pattern):
    found = sorted(glob.glob(LIBRARIES + pattern))
    return found[0] if found else None


def systems(folder):
    def program(name):
        path = os.path.join(folder, name)
        return path if os.path.exists(path) else None

    table = [("bump pointer", program("gab-bench-bump"), {}),
             ("glibc", program("gab-bench-malloc"), {})]
    for name, pattern in (("mimalloc", "libmimalloc.so.*"),
                          ("jemalloc", "libjemalloc.so.*"),
                          ("tcmalloc", "libtcmalloc_minimal.so.*")):
        library = preload(pattern)
        if library:
            table.append((name, program("gab-bench-malloc"),
                          {"LD_PRELOAD": library}))
    table.append(("gab_malloc", program("gab-bench-gab-malloc"), {}))
    table.append(("bdwgc", program("gab-bench-bdwgc"), {}))
    for size, kb in (("1 MB", "1024"), ("16 MB", "16384")):
        table.append((f"MPS {size}", program("gab-bench-mps"),
                      {"MPS_NURSERY": kb}))
    table.append(("cppgc", program("gab-bench-cppgc"), {}))
    table.append(("cppgc, concurrent", program("gab-bench-cppgc"),
                  {"CPPGC": "concurrent"}))
    table.append(("Go", program("gab-bench-go"), {}))
    for name in ("Parallel", "G1", "Z"):
        table.append((f"Java, {name}", program("gab-bench-java"),
                      {"GC": f"-XX:+Use{name}GC"}))
    for plan in ("gab", "gab-gen", "copying", "marksweep", "gab-conc"):
        table.append((plan, program("gab-bench-gab"), {"GAB_PLAN": plan}))
    return [row for row in table if row[1]]


def measure(program, variables, workload, scale):
    command = [program]
    if os.path.isdir(program):
        command = ["java", variables["GC"], *JAVA, program, "Bench"]
    try:
        out = subprocess.run([*command, workload, str(scale)], text=True,
                             capture_output=True, timeout=300,
                             env={**os.environ, **variables})
        # A workload that a system does not have prints nothing.
        return json.loads(out.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def better(old, new):
    if new is None or (old and old["cpu_ns"] <= new["cpu_ns"]):
        for key in ("first_ms", "settle_ms", "alloc_ns"):
            if old and new and key in new:
                old[key] = min(old[key], new[key])
        return old
    return new


def table(workload, rows, best):
    base = {n: best[n]["cpu_ns"] for n in ("bump pointer", "mimalloc")
            if best.get(n)}
    print(f"\n### {workload}\n", flush=True)
    print("| system | CPU ns | / bump | / mimalloc | wall ns | peak MB |"
          " left MB | alloc ns | first ms | settle ms |")
    print("|---|" + "---:|" * 9)
    for name, _, _ in rows:
        r = best.get(name)
        if not r:
            continue
        ratio = [f"{r['cpu_ns'] / base[b]:.2f}" if b in base else ""
                 for b in ("bump pointer", "mimalloc")]
        print(f"| {name} | {r['cpu_ns']:.2f} | {ratio[0]} | {ratio[1]} | "
              f"{r['wall_ns']:.2f} | {r['peak_mb']:.0f} | {r['left_mb']:.1f} | "
              f"{r.get('alloc_ns', '')} | {r.get('first_ms', '')} | "
              f"{r.get('settle_ms', '')} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("-s", type=float, default=1)
    parser.add_argument("-o", help="only these systems, joined by commas")
    parser.add_argument("workloads", nargs="*", default=WORKLOADS)
    args = parser.parse_intermixed_args()
    if shutil.which("nproc"):
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} "
              f"cores; best of {args.n}, scale {args.s}")
    rows = systems(args.folder)
    if args.o:
        rows = [row for row in rows if row[0] in args.o.split(",")]
    for workload in args.workloads:
        best = {}
        for _ in range(args.n):
            for name, program, variables in rows:
                best[name] = better(best.get(name), measure(
                    program, variables, workload, args.s))
        table(workload, rows, best)


main()
