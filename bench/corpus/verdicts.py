# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""escape-check over the compile databases of the corpus.

For each program: verdicts into results/PROGRAM.json, what it printed into
results/PROGRAM.log, and a row of the table. A crash or a time-out of the
tool, or one that it reports for a file, makes the run fail; so does a site
called "stack" that the hand-made labels say is not.
"""
import collections
import json
import os
import re
import sys

import programs
from measure import measure

TROUBLE = re.compile(r"crashed|not analysed|ended early|error: |Stack dump|"
                     r"Assertion")
NEVER_STACK = {"N", "W", "YB"}
WANTED = {"Y", "YI"}


def results_folder(options):
    folder = f"{options.folder}/results"
    os.makedirs(folder, exist_ok=True)
    return folder


def read_allocations(options, name):
    path = f"{results_folder(options)}/{name}.json"
    with open(path, encoding="utf-8") as file:
        return json.load(file)["allocations"]


def is_container(allocation):
    return allocation["kind"].endswith(" buffer")


def translation_units(folder):
    with open(f"{folder}/compile_commands.json", encoding="utf-8") as file:
        return len({entry["file"] for entry in json.load(file)})


def check_one(options, name):
    """Runs the tool; returns the usage and the lines that mean trouble."""
    folder = programs.build_folder(options, name)
    base = f"{results_folder(options)}/{name}"
    if os.path.exists(f"{base}.json"):
        os.remove(f"{base}.json")  # a crash must not leave old verdicts
    with open(f"{base}.log", "wb") as log:
        usage = measure(
            [options.tool, "-p", folder, "--all", "--format=json",
             "--fail-on=never", "-j", str(options.jobs),
             "--output", f"{base}.json"],
            options.timeout, results_folder(options), log, log)
    with open(f"{base}.log", encoding="utf-8", errors="replace") as log:
        trouble = [line.strip()[:200] for line in log if TROUBLE.search(line)]
    if usage.timed_out:
        trouble.append(f"no end after {options.timeout} s")
    if usage.status:
        trouble.append(f"exit status {usage.status}")
    return usage, trouble


class Table:
    """The rows of docs/results.md, and the sums below them."""

    def __init__(self):
        self.lines = ["| program | files | sites | stack: direct | stack: "
                      "containers | heap | main reasons | CPU s | peak MB |",
                      "|---|---:|---:|---:|---:|---:|---|---:|---:|"]
        self.reasons = collections.Counter()
        self.sums = collections.Counter()

    def add(self, name, files, allocations, usage):
        stack = [each for each in allocations if each["verdict"] == "stack"]
        containers = sum(is_container(each) for each in stack)
        reasons = collections.Counter(
            reason for each in allocations for reason in each["reasons"])
        self.reasons += reasons
        row = collections.Counter(
            files=files, sites=len(allocations), containers=containers,
            direct=len(stack) - containers,
            heap=len(allocations) - len(stack))
        self.sums += row
        self.sums["cpu"] += usage.cpu
        self.sums["peak"] = max(self.sums["peak"], usage.peak)
        top = ", ".join(f"{reason} {count}"
                        for reason, count in reasons.most_common(4))
        self.lines.append(self.row(name, row, top, usage.cpu, usage.peak))

    @staticmethod
    def row(name, row, top, cpu, peak):
        return (f"| {name} | {row['files']} | {row['sites']} "
                f"| {row['direct']} | {row['containers']} | {row['heap']} "
                f"| {top} | {cpu:.1f} | {peak:.0f} |")

    def text(self):
        total = self.row("**all**", self.sums, "", self.sums["cpu"],
                         self.sums["peak"])
        reasons = [f"| `{reason}` | {count} |"
                   for reason, count in self.reasons.most_common()]
        return "\n".join(self.lines + [
            total, "", "| reason | sites |", "|---|---:|"] + reasons) + "\n"


def read_labels(path):
    """Rows `program, file:line, label, why` of a tab-separated file."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if line.startswith(("#", "program\t")) or len(cells) < 3:
                continue
            where, number = cells[1].rsplit(":", 1)
            yield cells[0], where, int(number), cells[2]


def compare(labels, verdicts):
    """Prints each labelled site; returns those that are wrong."""
    wrong, wanted, found = [], 0, 0
    for program, where, line, label in labels:
        if program not in verdicts:
            continue
        here = [each for each in verdicts[program] if each["line"] == line
                and each["file"].endswith("/" + where)]
        verdict = "not reported"
        if here:
            verdict = ("stack" if any(each["verdict"] == "stack"
                                      for each in here) else "heap: "
                       + ", ".join(sorted({reason for each in here
                                           for reason in each["reasons"]})))
        print(f"  {program} {where}:{line} {label}: {verdict}")
        wanted += label in WANTED
        found += label in WANTED and verdict == "stack"
        if label in NEVER_STACK and verdict == "stack":
            wrong.append(f"{program} {where}:{line}")
    print(f"labels: {found} of {wanted} that can move are called stack; "
          f"wrong: {', '.join(wrong) or 'none'}")
    return wrong


def run(options):
    table, verdicts, bad = Table(), {}, []
    for name in list(programs.available(options)):
        usage, trouble = check_one(options, name)
        for line in trouble[:20]:
            print(f"{name}: {line}", file=sys.stderr)
        bad += trouble
        try:
            verdicts[name] = read_allocations(options, name)
        except (OSError, ValueError, KeyError) as error:
            print(f"{name}: no verdicts: {error}", file=sys.stderr)
            bad.append(name)
            continue
        files = translation_units(programs.build_folder(options, name))
        table.add(name, files, verdicts[name], usage)
        print(table.lines[-1], flush=True)
    print("\n" + table.text())
    if options.table:
        with open(options.table, "w", encoding="utf-8") as file:
            file.write(table.text())
    if options.gold:
        bad += compare(read_labels(options.gold), verdicts)
    return 1 if bad else 0
