#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: join-remarks.py FINDINGS.json REMARKS.yaml...

Puts what escape-check found in the source beside what the plugin did. The
findings come from `escape-check --all --format=json`, the remarks from
`-g -fsave-optimization-record=yaml -foptimization-record-passes=stackward`
(relative paths are those of the current folder in both). One line for each
place where something is allocated:

    a.cpp:12:9 moved    escape-check: stack, make it a local object
    a.cpp:20:7 heap     plugin: loop-carried; escape-check: heap(global)

moved: the optimiser took it. guarded: it did, when the object fits. heap: it
did not. unseen: no remark, since the code or the allocation was optimised
away. "source" in front of a line says that the source can be changed where
the optimiser could not help.
"""
import collections
import json
import os
import re
import sys

REMARK = re.compile(r"^--- !(Passed|Missed)\nPass: +stackward\nName: +(\S+)\n"
                    r"(.*?)^\.\.\.$", re.M | re.S)
SITE = re.compile(r"- Site: +'?(.+?):(\d+):(\d+)'?$", re.M)
RANK = {"moved": 0, "guarded": 1, "heap": 2}


def read_remarks(paths):
    """{(file, line): (outcome, reason)}; the best outcome counts, since one
    place of a source may be compiled into many."""
    found = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for kind, name, body in REMARK.findall(text):
            site = SITE.search(body)
            if not site:
                continue
            key = (os.path.abspath(site[1]), int(site[2]))
            outcome = ("heap" if kind == "Missed" else
                       "guarded" if name == "GuardedSlot" else "moved")
            old = found.get(key)
            if old is None or RANK[outcome] < RANK[old[0]]:
                found[key] = (outcome, name)
    return found


def describe(one):
    if one["verdict"] == "stack":
        suggestion = one.get("suggestion")
        return "stack" + (f", {suggestion['text']}" if suggestion else "")
    return f"heap({','.join(one['reasons'])})"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        allocations = json.load(file)["allocations"]
    remarks = read_remarks(sys.argv[2:])
    counts = collections.Counter()
    for one in allocations:
        key = (os.path.abspath(one["file"]), one["line"])
        outcome, name = remarks.get(key, ("unseen", ""))
        source = outcome in ("heap", "unseen") and bool(one.get("suggestion"))
        counts[outcome] += 1
        counts["source"] += source
        plugin = f"plugin: {name}; " if outcome == "heap" else ""
        print(f"{'source ' if source else ''}{one['file']}:{one['line']}:"
              f"{one['column']} {outcome:8} {plugin}"
              f"escape-check: {describe(one)}")
    print(f"{len(allocations)} allocations: "
          + ", ".join(f"{counts[name]} {name}" for name in
                      ("moved", "guarded", "heap", "unseen"))
          + f"; {counts['source']} could change in the source")


if __name__ == "__main__":
    main()
