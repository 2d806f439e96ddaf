# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The programs' own test suites: what they call the result of each command,
kept to be compared between builds without and with the plugin.

The tables `own` of packages.toml say which options and targets the suites
need on top of the workload's, and how they are run.
"""
import os
import re
import shutil
import subprocess

import programs

# What differs between two runs of the same binary.
PASSING = re.compile(r"\(\d+ ms( total)?\)|[0-9.]+ ?(m?s|sec|milli-seconds)\b"
                     r"|0x[0-9a-f]+|/tmp/\S+|\[\d+/\d+\]|\d+(?=\|)")


def build_suite(options, name, suite):
    """Its own folder, so that the workload's stays as it was measured."""
    source = programs.source_folder(options, name)
    folder = programs.build_folder(options, name, options.mode)
    os.makedirs(folder, exist_ok=True)
    configure = programs.configure_command(options, name, source, folder)
    configure += [f"-D{each}" for each in suite.get("cmake", [])]
    build = ["ninja", "-C", folder, f"-j{options.jobs}", *suite["targets"]]
    with open(f"{folder}.log", "w", encoding="utf-8") as log:
        for step in (configure, build):
            if subprocess.run(step, stdout=log, stderr=log,
                              check=False).returncode:
                print(f"{name} {options.mode}: FAILED, see {folder}.log",
                      flush=True)
                return None
    return {"source": source, "build": folder, "jobs": options.jobs,
            "data": f"{options.folder}/data"}


def run_suite(options, name, suite, places):
    """The status of each command; what they print goes to a file."""
    scratch = f"{options.folder}/tmp/{name}.{options.mode}"
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    os.makedirs(f"{options.folder}/results", exist_ok=True)
    kept = f"{options.folder}/results/{name}.{options.mode}.txt"
    failed = 0
    with open(kept, "w", encoding="utf-8") as file:
        for command in suite["run"]:
            ran = subprocess.run(command.format(**places), shell=True,
                                 cwd=scratch, text=True, errors="replace",
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, check=False)
            text = ran.stdout.replace(places["build"], "BUILD")
            file.write(f"$ {command}\n{PASSING.sub('', text)}"
                       f"status {ran.returncode}\n")
            failed += ran.returncode != 0
            last = (ran.stdout.strip().splitlines() or [""])[-1]
            print(f"{name} {options.mode}: {command}: "
                  f"{'FAILED' if ran.returncode else 'passed'}: {last[:90]}",
                  flush=True)
    print(f"{name} {options.mode}: output in {kept}", flush=True)
    return failed


def run(options):
    failed = 0
    for name in options.names:
        suite = options.table_of_programs[name]["own"]
        if not programs.source_folder(options, name):
            print(f"{name}: no sources, left out (corpus.py fetch)")
            continue
        places = build_suite(options, name, suite)
        failed += (run_suite(options, name, suite, places) if places else 1)
    return 1 if failed else 0
