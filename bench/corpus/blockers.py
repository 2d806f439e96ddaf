# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What keeps the allocations of the workloads on the heap, by dynamic count.

Each program must be built in the chosen mode with the plugin, line tables and
a record of its remarks: --flags "-O3 -g1 -fpass-plugin=P.so
-fsave-optimization-record=yaml -foptimization-record-passes=stackward".
"""
import collections
import glob
import json
import os
import shutil
import subprocess

import programs
from verdicts import results_folder


def figures(options, name):
    """What allocation-blockers says of one workload."""
    folder = f"{results_folder(options)}/{name}.{options.mode}.sites"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    tool = f"{options.tools}/allocation-blockers"
    if not programs.workload_one(
            options, name, f"{tool} record -o {folder}/%p.json --", quiet=True):
        return None
    sums = f"{folder}/sums"
    with open(f"{folder}/report.txt", "w", encoding="utf-8") as file:
        subprocess.run(
            [tool, "report", *sorted(glob.glob(f"{folder}/*.json")),
             "--remarks",
             programs.build_folder(options, name, options.mode), "--top", "60",
             "--json", sums], stdout=file, check=True)
    with open(sums, encoding="utf-8") as file:
        return json.load(file)


def print_table(title, found, key):
    shares = collections.Counter()
    for each in found.values():
        for reason, count in each[key].items():
            shares[reason] += count / each["allocations"]
    columns = [reason for reason, _ in shares.most_common(8)]
    print(f"\n{title}, % of allocations\n\n| program | allocations | "
          + " | ".join(f"`{reason}`" for reason in columns) + " | others |")
    print("|---|---:" + "|---:" * (len(columns) + 1) + "|")
    for name, each in found.items():
        cells = [100 * each[key].get(reason, 0) / each["allocations"]
                 for reason in columns]
        cells.append(100 - sum(cells))
        print(f"| {name} | {each['allocations']:,} | "
              + " | ".join(f"{cell:.1f}" for cell in cells) + " |")


def run(options):
    found = {}
    for name in list(programs.available(options, options.mode)):
        one = figures(options, name)
        if one is None:
            return 1
        found[name] = one
        print(f"{name}: {one['allocations']} allocations", flush=True)
    print_table("First blocker", found, "first")
    print_table("Last blocker", found, "last")
    return 0
