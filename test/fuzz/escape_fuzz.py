#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds escape-check's verdicts on random programs against what happens when
they run (escape_program.py writes the programs, oracle/ watches them).

Exit status: 0 nothing wrong; 1 a verdict "stack" that a run contradicts, or
escape-check failed on a program; 2 the fuzzer itself is at fault (a program
that does not compile or that has undefined behaviour).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

from escape_program import write_programs

HERE = os.path.dirname(os.path.abspath(__file__))
FAULTS = {1: "freed or used after its function returned",
          2: "freed by another thread", 4: "freed in a callee",
          8: "two alive in one activation"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True, help="escape-check")
    parser.add_argument("--cxx", default="clang++-22")
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("STACKWARD_SEED", "1")),
                        help="of the first program (or STACKWARD_SEED)")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--batch", type=int, default=25,
                        help="programs in one translation unit")
    parser.add_argument("--seconds", type=float, default=0,
                        help="begin no batch after so long")
    parser.add_argument("--keep", help="folder for programs that fail")
    parser.add_argument("--sanitize", action="store_true",
                        help="also run the plain programs under ASan and UBSan")
    parser.add_argument("--expect-faults", action="store_true",
                        help="test of the oracle: take every verdict to be "
                        "\"stack\" and succeed if all kinds of fault are seen")
    return parser.parse_args()


# What a factory keeps for itself is not fresh to its callers, who are told of
# the other objects that it brings.
KEPT = {"global", "stored-in-escaped", "callee-leaks"}


def is_kept(found):
    return len(found) == 1 and not KEPT.isdisjoint(found[0]["reasons"])


def by_site(output, lines):
    """{(line, class): (faults, bytes, objects)} of what the oracle printed."""
    sites = {}
    for row in output.splitlines():
        if not row.startswith("L "):
            continue
        _, line, which, maker, count, faults, size = row.split()
        if line != maker and is_kept(lines.get((int(maker), which), [])):
            continue
        old = sites.get((int(line), which), (0, 0, 0))
        sites[int(line), which] = (old[0] | int(faults),
                                   max(old[1], int(size)),
                                   old[2] + int(count))
    return sites


class Fuzzer:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.keep = options.keep or tempfile.gettempdir()
        self.wrong = self.broken = self.faulty = 0
        self.programs = self.sites = self.clean = self.moved = 0
        self.doubtful = self.seen = 0
        self.oracle = os.path.join(folder, "Oracle.o")
        self.run([options.cxx, "-std=c++20", "-O1", "-c", "-o", self.oracle,
                  os.path.join(HERE, "oracle", "Oracle.cpp")], check=True)

    def run(self, command, check=False, limit=600):
        # Some programs leak, which is what they are written for.
        quiet = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        try:
            return subprocess.run(command, capture_output=True, text=True,
                                  check=check, timeout=limit, env=quiet,
                                  cwd=self.folder)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "time-out")

    def write(self, seeds):
        plain, hooked, ranges = write_programs(seeds)
        for name, text in (("plain.cpp", plain), ("hooked.cpp", hooked)):
            with open(os.path.join(self.folder, name), "w",
                      encoding="utf-8") as file:
                file.write(text)
        return plain, ranges

    def save(self, seed, text=None):
        """The program of one seed, in a file that stays."""
        os.makedirs(self.keep, exist_ok=True)
        path = os.path.join(self.keep, f"escape-fuzz-{seed}.cpp")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text or write_programs([seed])[0])
        return path

    def verdicts(self, seeds, text):
        """{(line, class): allocations}, or None when the tool failed."""
        result = self.run([self.options.tool, "--all", "--format=json",
                           "--fail-on=errors", "-j1", "--quiet", "plain.cpp",
                           "--", "-std=c++20", "-w"])
        try:
            if result.returncode:
                raise ValueError(result.stderr.strip()[-400:] or
                                 f"status {result.returncode}")
            found = json.loads(result.stdout)["allocations"]
        except (ValueError, KeyError) as error:
            if len(seeds) > 1:
                for seed in seeds:
                    self.batch([seed])
                return None
            self.broken += 1
            print(f"BROKEN seed {seeds[0]}: {error}; "
                  f"{self.save(seeds[0], text)}", flush=True)
            return None
        lines = {}
        for one in found:
            which = "c" if one["kind"].endswith("buffer") else "o"
            lines.setdefault((one["line"], which), []).append(one)
        return lines

    def observe(self, seeds, source, *extra):
        """What the oracle printed, or None when a program is no good."""
        binary = os.path.join(self.folder, "program")
        made = self.run([self.options.cxx, "-std=c++20", "-O0", "-w",
                         *extra, source, "-pthread", "-o", binary])
        ran = made if made.returncode else self.run([binary], limit=120)
        if ran.returncode == 0 and "\nB " not in "\n" + ran.stdout:
            return ran.stdout
        if len(seeds) > 1:
            for seed in seeds:
                self.batch([seed])
            return None
        self.faulty += 1
        text = (ran.stderr or ran.stdout).strip()
        print(f"FAULTY program, seed {seeds[0]}: status {ran.returncode}: "
              f"{text[:600]}; {self.save(seeds[0])}", flush=True)
        return None

    def batch(self, seeds):
        text, ranges = self.write(seeds)
        lines = self.verdicts(seeds, text)
        if lines is None:
            return
        if self.options.sanitize and self.observe(
                seeds, "plain.cpp", "-g1", "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all") is None:
            return
        if (output := self.observe(seeds, "hooked.cpp",
                                   f"-I{HERE}/oracle",
                                   self.oracle)) is None:
            return
        self.programs += len(seeds)
        for (line, which), seen in by_site(output, lines).items():
            self.judge(ranges, text, lines, line, which, *seen)

    def judge(self, ranges, text, lines, line, which, faults, size, count):
        found = lines.get((line, which), [])
        if len(found) != 1:
            # Nothing is said of a factory that is judged by its callers; with
            # several containers made in one line we do not know which it is.
            self.doubtful += bool(found)
            return
        site = found[0]
        self.sites += 1
        self.clean += not faults
        self.seen |= faults
        if site["verdict"] != "stack" or self.options.expect_faults:
            return
        if (site["suggestion"] or {}).get("kind") == "object-array":
            faults &= ~8  # several alive is what it says
        self.moved += not faults
        what = [text for bit, text in FAULTS.items() if faults & bit]
        # An array of objects with destructors is preceded by its length.
        room = {"new": 0, "new[]": 8, "make_unique": 0, "malloc": 0}
        extra = room.get(site["kind"], 0 if which == "c" else None)
        if extra is not None and size > site["size"] + extra:
            what.append(f"has {size} bytes, not {site['size']}")
        if not what:
            return
        self.wrong += 1
        seed, first, _ = next(r for r in ranges if r[1] <= line <= r[2])
        code = text.splitlines()[line - 1].strip()
        alone = line - first + write_programs([seed])[2][0][1]
        print(f"UNSOUND seed {seed}, line {alone}: {site['kind']} in "
              f"{site['function']}: {', '.join(what)} ({count} made)\n"
              f"  {code}\n  {self.save(seed)}:{alone}", flush=True)

    def report(self, seconds):
        share = 100 * self.moved / self.clean if self.clean else 0
        print(f"{self.programs} programs in {seconds:.0f} s; {self.sites} "
              f"sites ran, {self.clean} without a fault, {self.moved} of "
              f"these called \"stack\" ({share:.0f} %); {self.wrong} verdicts "
              f"wrong, {self.broken} programs not analysed, {self.faulty} "
              f"programs no good; {self.doubtful} lines not judged")


def main():
    options = parse_arguments()
    options.tool = os.path.abspath(options.tool)
    last = options.seed + options.count
    print(f"seeds {options.seed} to {last - 1} (STACKWARD_SEED={options.seed} "
          f"repeats this)", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(options, folder)
        for first in range(options.seed, last, options.batch):
            if options.seconds and time.monotonic() - start > options.seconds:
                break
            fuzzer.batch(list(range(first,
                                    min(first + options.batch, last))))
        fuzzer.report(time.monotonic() - start)
    if fuzzer.faulty:
        return 2
    if options.expect_faults:
        missed = [text for bit, text in FAULTS.items()
                  if not fuzzer.seen & bit]
        print("faults not seen:", ", ".join(missed) or "none")
        return 1 if missed else 0
    return 1 if fuzzer.wrong or fuzzer.broken else 0


if __name__ == "__main__":
    sys.exit(main())
