# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SQLite's amalgamation with the plugin, and SQLite's own tests on the result.

The amalgamation is one unit of 250,000 lines; `testfixture` is its test
program, with that unit inside. Some tests expect that a read-only file cannot
be written, so they run without root's rights.
"""
import glob
import os
import re
import subprocess
import sys

import programs

TESTS = ["select1", "select3", "select5", "insert", "update", "delete",
         "where", "join", "index", "trans", "collate1", "func", "expr",
         "printf", "subquery", "trigger1", "view", "window1", "with1",
         "json101", "alter", "vacuum"]
RESULT = re.compile(r"(\d+) errors out of (\d+) tests")


def sources(options):
    def found():
        return max(glob.glob(f"{options.folder}/src/sqlite3-[0-9]*/configure"),
                   default=None)

    if not found():
        environment = programs.private_apt(options.folder)
        os.makedirs(f"{options.folder}/src", exist_ok=True)
        subprocess.run("apt-get update -qq && apt-get source -qq sqlite3",
                       shell=True, check=True, env=environment,
                       cwd=f"{options.folder}/src", stdout=subprocess.DEVNULL)
    return os.path.dirname(found())


def build(options, source):
    folder = f"{options.folder}/build/sqlite/plugin"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}.log", "w", encoding="utf-8") as log:
        for step in ([f"{source}/configure", "CC=clang-22", "--disable-shared",
                      f"CFLAGS=-O2 -w -fpass-plugin={options.plugin}"],
                     ["make", f"-j{options.jobs}", "testfixture"]):
            if subprocess.run(step, cwd=folder, stdout=log, stderr=log,
                              check=False).returncode:
                sys.exit(f"sqlite: FAILED, see {folder}.log")
    return folder


def test(folder, source, name):
    """Errors and tests of one file; a test program that ends early has made
    one error."""
    scratch = f"{folder}/scratch"
    os.makedirs(scratch, exist_ok=True)
    os.chmod(scratch, 0o777)
    drop = (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            if os.geteuid() == 0 else [])
    ran = subprocess.run(drop + [f"{folder}/testfixture",
                                 f"{source}/test/{name}.test"], cwd=scratch,
                         capture_output=True, text=True, errors="replace",
                         timeout=900, check=False)
    match = RESULT.search(ran.stdout)
    return (int(match[1]), int(match[2])) if match else (1, 0)


def run(options):
    source = sources(options)
    folder = build(options, source)
    results = {name: test(folder, source, name) for name in TESTS}
    for name, (errors, count) in results.items():
        if errors:
            print(f"sqlite: {name}: {errors} errors of {count}")
    print(f"sqlite: {sum(count for _, count in results.values())} tests, "
          f"{sum(errors for errors, _ in results.values())} errors")
    return int(any(errors for errors, _ in results.values()))
