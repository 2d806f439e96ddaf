# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the plugin costs at compile time, and which switch costs it.

Each unit of a program is compiled without the plugin, with it, with one switch
at a time turned off, and with what is off by default turned on, one right
after the other, so that other load on the machine falls on all. Text is the sum over the objects of their code and
read-only data; the CPU time of a variant is the best of the runs.
"""
import collections
import json
import os
import re
import shlex
import subprocess
import sys

import programs
from measure import measure

VARIANTS = {
    "without": None,
    "all": "",
    "no guarded slots": "guarded-slots=0",
    "no demand inlining": "demand-inline=0",
    "neither": "guarded-slots=0 demand-inline=0",
    "seeded": "seed=1",
    "seeded and lowered": "seed=1 gab-lowering=1",
}


def unit_command(entry, output):
    words = entry.get("arguments") or shlex.split(entry["command"])
    kept, skip = ["clang++-22"], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word == "-o":
            skip = True
        elif word != "-g":
            kept.append(word)
    return kept + ["-o", output]


def text_size(path):
    out = subprocess.run(["size", path], capture_output=True, text=True,
                         check=True).stdout
    return int(out.splitlines()[1].split()[0])


def promotions(command, environment):
    """Passed remarks by name."""
    record = command[-1] + ".yaml"
    subprocess.run(command + [f"-foptimization-record-file={record}",
                              "-foptimization-record-passes=^stackward$"],
                   env=environment, check=True)
    with open(record, encoding="utf-8") as file:
        kinds = re.findall(r"^--- !(\w+)\nPass:\s+stackward\nName:\s+(\S+)",
                           file.read(), re.M)
    os.remove(record)
    return collections.Counter(
        "promoted" if name == "HeapToStack" else
        "guarded" if name == "GuardedSlot" else name
        for kind, name in kinds if kind in ("Passed", "Missed"))


def compile_unit(options, entry, words, output, found):
    environment = dict(os.environ)
    command = unit_command(entry, output)
    if words is not None:
        command[1:1] = [f"-fpass-plugin={options.plugin}"]
        environment["STACKWARD_FLAGS"] = words
    runs = []
    for _ in range(options.runs):
        timed = ["env", f"STACKWARD_FLAGS={words or ''}"] + command
        runs.append(measure(timed, 900, entry["directory"],
                            subprocess.DEVNULL, subprocess.DEVNULL))
    if any(run.status for run in runs):
        print(f"{entry['file']}: failed with '{words}'", file=sys.stderr)
        return 0, 0.0
    if words == "":
        found.update(promotions(command, environment))
    return text_size(output), min(run.cpu for run in runs)


def ablate(options, name):
    folder = programs.build_folder(options, name)
    with open(f"{folder}/compile_commands.json", encoding="utf-8") as file:
        entries = [entry for entry in json.load(file)
                   if not entry["file"].endswith(".c")]
    text, cpu = collections.Counter(), collections.Counter()
    found = collections.Counter()
    output = f"{options.folder}/tmp/ablation.{name}.o"
    for entry in entries:
        for variant, words in VARIANTS.items():
            if options.variants and variant not in options.variants:
                continue
            size, seconds = compile_unit(options, entry, words, output, found)
            text[variant] += size
            cpu[variant] += seconds
    for variant in text:
        print(f"| {name} | {variant} | {text[variant]} "
              f"| {100 * text[variant] / text['without'] - 100:+.2f} % "
              f"| {cpu[variant]:.1f} "
              f"| {100 * cpu[variant] / cpu['without'] - 100:+.1f} % |",
              flush=True)
    counts = ", ".join(f"{name} {n}" for name, n in found.most_common())
    print(f"{name}: {counts}", flush=True)
    return text["all"] / text["without"], cpu["all"] / cpu["without"]


def run(options):
    os.makedirs(f"{options.folder}/tmp", exist_ok=True)
    print("| program | variant | text | | CPU s | |\n"
          "|---|---|---:|---:|---:|---:|")
    ratios = [ablate(options, name)
              for name in list(programs.available(options))]
    return 1 if any(text > options.max_text for text, _ in ratios) else 0
