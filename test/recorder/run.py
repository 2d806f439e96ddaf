#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles a program for the lifetime recorder, runs it, and compares.

Comments on the line of an allocation say what must be recorded of it:
  //= new count=10 alive=1 freed=10    freed: by frames returned until then
and whether a verdict "stack" given there would be found wrong:
  //? std::vector buffer ok        or        //? new size=16 fault
Each `//?` is tried alone, with a verdict for that line only.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

KEYS = {"count": "allocations", "alive": "alive_at_once",
        "other": "other_thread", "unfreed": "never_freed", "bytes": "bytes"}


def annotations(path, mark):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            for text in re.findall(r"//" + re.escape(mark) + r" ([^/]+)",
                                   line):
                words = text.split()
                values = dict(word.split("=") for word in words if "=" in word)
                yield number, [w for w in words if "=" not in w], values


def tool(options, name, *arguments):
    return subprocess.run([os.path.join(options.bin, name), *arguments],
                          capture_output=True, text=True, check=False)


def record(options, folder):
    flags = tool(options, "lifetime-record", "--flags").stdout.split()
    program, output = f"{folder}/program", f"{folder}/record.json"
    subprocess.run([options.cxx, "-std=c++20", "-pthread", *flags,
                    options.case, "-o", program], check=True)
    done = tool(options, "lifetime-record", "-o", output, "--", program)
    if done.returncode:
        sys.exit(f"the program failed: {done.stdout}{done.stderr}")
    return output


def compare_sites(options, output):
    done = tool(options, "lifetime-report", "json", output)
    sites = json.loads(done.stdout)
    for line, words, values in annotations(options.case, "="):
        here = [site for site in sites if site["line"] == line
                and os.path.samefile(site["file"], options.case)
                and site["what"].split("<")[0].startswith(words[0])]
        if len(here) != 1:
            yield f"line {line}: {len(here)} sites of {words[0]}: " + str(
                [s for s in sites if s["line"] == line])
            continue
        for key, wanted in values.items():
            if key == "freed":
                found = ",".join(map(str, here[0]["freed_by_frames_returned"]))
            else:
                found = str(here[0][KEYS[key]])
            if found != wanted:
                yield f"line {line}: {key} is {found}, not {wanted}"


def compare_checks(options, output, folder):
    for line, (*kind, wanted), values in annotations(options.case, "?"):
        verdict = {"file": options.case, "line": line, "column": 1,
                   "function": "", "kind": " ".join(kind), "verdict": "stack",
                   "size": int(values["size"]) if "size" in values else None}
        path = f"{folder}/verdicts.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "allocations": [verdict]}, file)
        done = tool(options, "lifetime-report", "check", "--verdicts", path,
                    output)
        if not re.search(r"1 sites called stack, 1 of them ran", done.stdout):
            yield f"line {line}: the check saw no objects: {done.stdout}"
        elif done.returncode != (wanted == "fault"):
            yield f"line {line}: {done.stdout}{done.stderr}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--cxx", default="clang++-22")
    parser.add_argument("case")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        output = record(options, folder)
        wrong = list(compare_sites(options, output))
        wrong += compare_checks(options, output, folder)
        if wrong:
            sys.exit("\n".join(wrong))


main()
