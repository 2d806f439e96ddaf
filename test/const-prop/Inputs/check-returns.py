# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: check-returns.py CONST-PROP CLANGXX SOURCE FOLDER

Every "always returns" that is said of SOURCE against the truth: each function
`int f(int, bool, ...)` is run with all of a few arguments. Prints what was
claimed falsely, and how many claims there were.
"""
import itertools
import json
import re
import subprocess
import sys

VALUES = (-2, -1, 0, 1, 2, 3, 4, 5, 7, 8, 128, 255)


def functions(text):
    for name, params in re.findall(r"^int (\w+)\(([^)&*]*)\) \{", text, re.M):
        yield name, [p.split()[:-1] for p in params.split(",") if p.strip()]


def driver(text, wanted):
    calls = []
    for name, params in functions(text):
        if name not in wanted:
            continue
        for values in itertools.product(VALUES, repeat=len(params)):
            args = ", ".join(f"({' '.join(p)}){v}"
                             for p, v in zip(params, values))
            calls.append(f'  std::printf("{name} %d\\n", {name}({args}));')
    return (text + "\n#include <cstdio>\nint main() {\n" + "\n".join(calls)
            + "\n}\n")


def main():
    tool, clang, source, folder = sys.argv[1:]
    flags = ["-std=c++20", "-w"]
    found = json.loads(subprocess.run(
        [tool, source, "--format=json", "--", *flags],
        stdout=subprocess.PIPE, check=False).stdout)["findings"]
    claims = dict(re.match(r"'(\w+)' always returns (\S+)", f["message"])
                  .groups() for f in found if f["rule"] == "constant-return")
    with open(source, encoding="utf-8") as file:
        text = file.read()
    runnable = {name for name, _ in functions(text)}
    claims = {n: value for n, value in claims.items() if n in runnable}
    text = driver(text, claims)
    with open(f"{folder}/run.cpp", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([clang, *flags, "-O0", "-pthread", f"{folder}/run.cpp",
                    "-o", f"{folder}/run"], check=True)
    truth = {}
    for line in subprocess.run([f"{folder}/run"], stdout=subprocess.PIPE,
                               text=True, check=True).stdout.splitlines():
        name, value = line.split()
        truth.setdefault(name, set()).add(value)
    false = [name for name in claims if truth.get(name) != {claims[name]}]
    for name in false:
        print(f"{name}: claimed {claims[name]}, seen {truth.get(name)}")
    print(f"{len(claims)} claims, {len(false)} false")


main()
