#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The USDT probes of libgab: in its notes, in the docs, and under gdb.

usage: usdt_check.py LIBRARY PAGE [GDB PROGRAM]

PAGE has a row for each probe, with as many arguments as the note in LIBRARY, and
commands that use no other probe and no other argument. With GDB, PROGRAM is
stopped at each probe, and the arguments are looked at.
"""
import re
import subprocess
import sys

library, page = sys.argv[1:3]
notes = subprocess.run(["readelf", "-n", library], text=True, check=True,
                       capture_output=True).stdout
probes = {}
for provider, name, arguments in re.findall(
        r"Provider: (\w+)\s+Name: (\w+)\s+.*\n\s+Arguments: ?(.*)", notes):
    if provider == "gab":
        count = len(re.findall(r"-?\d@", arguments))
        assert probes.setdefault(name, count) == count, name
with open(page) as f:
    text = f.read()
# A comma inside brackets separates no arguments.
rows = {name: len(re.sub(r"\(.*?\)", "", arguments).split(","))
        for name, arguments in re.findall(
            r"^\| `gab:(\w+)` \| .*? \| (.*) \|$", text, re.M)}
assert set(probes) == {"gc_start", "gc_pause", "gc_evac", "gc_end"}, probes
assert rows == probes, f"{page}: {rows}, {library}: {probes}"
for name, body in re.findall(r"usdt:\S+:gab:(\w+) \{(.*?)\}", text):
    for number in re.findall(r"\barg(\d)", body):
        assert int(number) < probes[name], (name, body)
used = set(re.findall(r"(?:gab:|sdt_gab:)(gc_\w+)", text))
assert used <= set(probes), used


def watch(gdb, program, name, form, *arguments):
    """What form prints of the arguments when the probe is hit first."""
    values = ", ".join(arguments)
    out = subprocess.run(
        [gdb, "-nx", "-batch", "-ex", f"break -probe-stap gab:{name}", "-ex",
         "run", "-ex", f'printf "{form}\\n", {values}', program],
        text=True, capture_output=True)
    return out.stdout.strip().splitlines()[-1], out.stdout + out.stderr


def mayTrace(gdb):
    """Some containers do not allow it."""
    out = subprocess.run([gdb, "-nx", "-batch", "-ex", "run", "true"],
                         text=True, capture_output=True)
    return "exited normally" in out.stdout


if len(sys.argv) > 3 and mayTrace(sys.argv[3]):
    gdb, program = sys.argv[3:5]
    seen, log = watch(gdb, program, "gc_start", "%d %d %s", "$_probe_arg0",
                      "$_probe_arg1", "(char *)$_probe_arg2")
    assert seen in ("1 1 budget", "1 1 explicit"), log
    seen, log = watch(gdb, program, "gc_pause", "%ld", "$_probe_arg0")
    assert 1000 < int(seen) < 60 * 10**9, log
    seen, log = watch(gdb, program, "gc_evac", "%ld %ld %ld", "$_probe_arg0",
                      "$_probe_arg1", "$_probe_arg2")
    blocks, objects, moved = map(int, seen.split())
    assert blocks and 16 * objects <= moved <= 32768 * blocks, log
    seen, log = watch(gdb, program, "gc_end", "%d %ld %ld %ld", "$_probe_arg0",
                      "$_probe_arg1", "$_probe_arg2", "$_probe_arg3")
    number, pause, live, inuse = map(int, seen.split())
    assert number == 1 and pause and live <= inuse and inuse % 32768 == 0, log
    print("seen under gdb")
print(probes)
