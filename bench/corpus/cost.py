# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a tool costs beside `clang++ -fsyntax-only`, file by file.

Both run one after the other on each file with the flags of the compile
database, so that other load on the machine falls on both. Of several runs
the one with the least CPU counts.
"""
import json
import os
import shlex
import subprocess

import programs
from measure import measure

RUNS = 3
DROPPED = {"-c"}


def syntax_command(entry):
    """The entry's own command, without its output and with -fsyntax-only."""
    words = entry.get("arguments") or shlex.split(entry["command"])
    kept = ["clang++-22"]
    skip = False
    for word in words[1:]:
        if skip:
            skip = False
        elif word == "-o":
            skip = True
        elif word not in DROPPED:
            kept.append(word)
    return kept + ["-fsyntax-only"]


def best(command, cwd):
    runs = [measure(command, 600, cwd, subprocess.DEVNULL, subprocess.DEVNULL)
            for _ in range(RUNS)]
    return min(runs, key=lambda run: run.cpu)


def cost_of(options, name):
    folder = programs.build_folder(options, name)
    with open(f"{folder}/compile_commands.json", encoding="utf-8") as file:
        entries = {entry["file"]: entry for entry in json.load(file)
                   if not entry["file"].endswith(".c")}
    rows = []
    for path, entry in sorted(entries.items()):
        syntax = best(syntax_command(entry), entry["directory"])
        check = best([options.tool, "-p", folder, "-j", "1",
                      *shlex.split(options.arguments), path], folder)
        if syntax.status or check.status:
            print(f"{path}: status {syntax.status} of clang, "
                  f"{check.status} of {os.path.basename(options.tool)}")
        rows.append((path, syntax, check))
    return rows


def run(options):
    rows = []
    tool = os.path.basename(options.tool)
    print(f"| program | files | clang CPU s | {tool} CPU s | ratio "
          f"| clang MB | {tool} MB | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name in list(programs.available(options)):
        mine = cost_of(options, name)
        rows += mine
        print_row(name, mine)
    print_row("all", rows)
    by_ratio = sorted(rows, key=lambda row: row[1].cpu / row[2].cpu)
    for path, syntax, check in by_ratio[:3]:
        print(f"dearest: {os.path.basename(path)} "
              f"{check.cpu / syntax.cpu:.2f} x CPU, "
              f"{check.peak / syntax.peak:.2f} x memory")
    cpu, memory = ratios(rows)
    failed = any(row[1].status or row[2].status for row in rows)
    too_dear = (options.max_cpu and cpu > options.max_cpu
                or options.max_memory and memory > options.max_memory)
    return 1 if failed or too_dear else 0


def ratios(rows):
    cpu = sum(row[2].cpu for row in rows) / sum(row[1].cpu for row in rows)
    memory = (max(row[2].peak for row in rows)
              / max(row[1].peak for row in rows))
    return cpu, memory


def print_row(name, rows):
    cpu, memory = ratios(rows)
    print(f"| {name} | {len(rows)} | {sum(r[1].cpu for r in rows):.1f} "
          f"| {sum(r[2].cpu for r in rows):.1f} | {cpu:.2f} "
          f"| {max(r[1].peak for r in rows):.0f} "
          f"| {max(r[2].peak for r in rows):.0f} | {memory:.2f} |",
          flush=True)
