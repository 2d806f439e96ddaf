# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The workloads under the lifetime recorder, and what it says of verdicts.

Each program must be built with `--mode recorder`. If results/PROGRAM.json
holds verdicts (run-escape-check), they are checked against what happened.
"""
import glob
import os
import shutil
import subprocess

import programs
from verdicts import results_folder


def run_one(options, name):
    folder = f"{results_folder(options)}/{name}.recorded"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    pre = f"{options.recorder}/lifetime-record -o {folder}/%p.json --"
    if not programs.workload_one(options, name, pre, quiet=True):
        return 1
    report = [f"{options.recorder}/lifetime-report"]
    records = sorted(glob.glob(f"{folder}/*.json"))
    print(f"== {name}: {len(records)} processes recorded", flush=True)
    subprocess.run(report + ["rank", "--top", str(options.ranks)] + records,
                   check=True)
    verdicts = f"{results_folder(options)}/{name}.json"
    if not os.path.exists(verdicts):
        return 0
    return subprocess.run(report + ["check", "--verdicts", verdicts]
                          + records, check=False).returncode


def run(options):
    options.mode = "recorder"
    return max([run_one(options, name)
                for name in list(programs.available(options, "recorder"))],
               default=0)
