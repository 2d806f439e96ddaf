#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-hazards.py TABLE FOLDER CLANGXX PLUGIN: each row of hazards.txt names a
test that exists, and in the function it names the plugin does what it says."""
import os
import re
import subprocess
import sys
import tempfile

WORDS = {"moved": "HeapToStack", "slot": "GuardedSlot"}
REMARK = re.compile(r"^--- !(Passed|Missed)$.*?^Name: +(\S+)$.*?"
                    r"^Function: +(\S+)$", re.M | re.S)


def remarks(source, clangxx, plugin):
    """Mangled function name to the names of its remarks."""
    with tempfile.NamedTemporaryFile("r", suffix=".yaml") as record:
        subprocess.run([clangxx, "-std=c++20", "-w", "-O2", "-g1", "-c", source,
                        "-o", os.devnull, f"-fpass-plugin={plugin}",
                        f"-foptimization-record-file={record.name}",
                        "-foptimization-record-passes=stackward"], check=True)
        found = {}
        # One document at a time: a match must not run into the next.
        for text in record.read().split("\n...\n"):
            match = REMARK.search(text)
            if match:
                found.setdefault(match[3], set()).add(match[2])
        return found


def of_function(found, name):
    tag = f"{len(name)}{name}"
    return set().union(*(names for function, names in found.items()
                         if tag in function))


def main():
    table, folder, clangxx, plugin = sys.argv[1:]
    records, problems, rows = {}, [], 0
    with open(table, encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    for line in lines:
        hazard, test, *rest = [word.strip() for word in line.split("|")]
        rows += 1
        path = os.path.join(folder, "exec" if rest else "", test)
        if not os.path.exists(path):
            problems.append(f"{hazard}: no test {test}")
            continue
        if not rest:
            continue
        if test not in records:
            records[test] = remarks(path, clangxx, plugin)
        function, what = rest
        with open(path, encoding="utf-8") as file:
            if not re.search(rf"\b{function}\(", file.read()):
                problems.append(f"{hazard}: no function {function} in {test}")
        got = of_function(records[test], function)
        want = {WORDS.get(word, word) for word in what.split(",")}
        if (got and want == {"gone"}) or (want != {"gone"} and want - got):
            problems.append(f"{hazard}: {function}: {sorted(got)} for {what}")
    print("\n".join(problems) or f"{rows} hazards")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
