#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds escape-check's verdicts against comments beside the allocations.

    auto *P = new int(4);  // expect: stack
    return new int(4);     // expect: heap(return)
    keep(make_unique<T>()); // expect: heap(global, callee-leaks)

usage: verify-expectations.py ESCAPE-CHECK FILE [FLAGS OF THE TOOL] [-- COMPILER FLAGS]

Runs `escape-check --all --format=json FILE` and compares, for FILE itself and
not for its headers. Each allocation reported must be expected on its line and
each expectation met by one; several on a line are written one after another,
`// expect: stack heap(return)`, in the order of their columns. All reasons in
the brackets must be among those reported; `heap()` takes any. Both differences
are printed, and the exit status is 1 if there is one.
"""
import json
import os
import re
import subprocess
import sys

COMMENT = re.compile(r"//\s*expect:\s*(.*)$")
VERDICT = re.compile(r"(stack|heap)\s*(?:\(([^)]*)\))?[\s,]*")


def expectations(path):
    """{line: [(verdict, set of reasons)]}; a comment we cannot read is fatal."""
    wanted = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = COMMENT.search(line)
            if not match:
                continue
            rest = match[1].strip()
            wanted[number] = []
            while rest:
                verdict = VERDICT.match(rest)
                if not verdict or (verdict[1] == "heap") != (
                        verdict[2] is not None):
                    sys.exit(f"{path}:{number}: cannot read '{match[0]}'")
                reasons = {r.strip() for r in (verdict[2] or "").split(",")}
                wanted[number].append((verdict[1], reasons - {""}))
                rest = rest[verdict.end():]
    return wanted


def reports(command, path):
    """{line: [allocation, ...]} in the order of columns, for path alone."""
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {run.returncode}\n{run.stderr}")
    found = {}
    for allocation in json.loads(run.stdout)["allocations"]:
        if os.path.realpath(allocation["file"]) != os.path.realpath(path):
            continue
        found.setdefault(allocation["line"], []).append(allocation)
    for on_line in found.values():
        on_line.sort(key=lambda a: a["column"])
    return found


def agrees(wanted, allocation):
    verdict, reasons = wanted
    return (verdict == allocation["verdict"]
            and reasons <= set(allocation["reasons"])
            and (verdict == "stack" or allocation["reasons"]))


def show(allocation):
    reasons = ", ".join(allocation["reasons"])
    text = "stack" if allocation["verdict"] == "stack" else f"heap({reasons})"
    return (f"{allocation['kind']} at column {allocation['column']} "
            f"in {allocation['function']}: {text}")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    tool, path, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    if "--" not in rest:
        rest.append("--")
    wanted = expectations(path)
    found = reports([tool, "--all", "--format=json", path] + rest, path)
    if not wanted:
        sys.exit(f"{path}: expects nothing; such a test cannot fail")
    differences = 0
    for line in sorted(set(wanted) | set(found)):
        expected, reported = wanted.get(line, []), found.get(line, [])
        if len(expected) == len(reported) and all(
                agrees(*pair) for pair in zip(expected, reported)):
            continue
        differences += 1
        texts = [f"{v}({', '.join(sorted(r))})" if v == "heap" else v
                 for v, r in expected]
        print(f"{path}:{line}: expected {' '.join(texts) or 'nothing'}")
        for allocation in reported or [None]:
            print("    reported "
                  + (show(allocation) if allocation else "nothing"))
    count = sum(map(len, wanted.values()))
    print(f"{path}: {count} expectations, {differences} lines differ")
    sys.exit(1 if differences else 0)


main()
