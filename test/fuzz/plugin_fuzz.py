#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random programs (escape_program.py) with and without the plugin: the same
results at each level, with budgets at both extremes and the verifier after
every transform, in a stack of 256 KiB, and with AddressSanitizer put over the
IR that the plugin made. One file in five is also built with one transform at a
time, and seeded in a full LTO link.

Exit status: 0 nothing wrong; 1 a difference, or the compiler failed; 2 the
fuzzer itself is at fault (a program that does not compile or run without the
plugin).
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

from escape_program import write_programs

LARGE = ("object-budget=65536 function-budget=200000 guarded-bytes=4096 "
         "cold-object-budget=65536 recursion-budget=512 inline-budget=100000 "
         "clone-budget=100000 growth-percent=1000 effort-percent=1000 "
         "solver-steps=200000")
SMALL = ("object-budget=16 guarded-bytes=1 inline-budget=0 clone-budget=0 "
         "growth-floor=0 growth-percent=0 solver-steps=100")
ALL = "seed=1 gab-lowering=1 "
# Every transform on, at each level, with the budgets as they are and at both
# extremes.
RUNS = [("O1", "-O1", ALL), ("small", "-O2", ALL + SMALL),
        ("large", "-O3", ALL + "seed-bytes=4096 seed-function-budget=65536 "
         "seed-recursion-bytes=512 " + LARGE)]
# One at a time, for one file in so many.
ONE_IN = 5
MORE_RUNS = [("O2", "-O2", ""), ("O3", "-O3", LARGE),
             ("seen-again", "-O2", "trust-odr=1"), ("seeded", "-O2", "seed=1"),
             ("lowered", "-O2", ALL)]
ATTRIBUTES = re.compile(r"^(attributes #\d+ = \{)", re.M)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plugin", required=True, type=os.path.abspath)
    parser.add_argument("--runtime", type=os.path.abspath,
                        help="libstackward_rt.a (default: beside the plugin)")
    parser.add_argument("--cxx", default="clang++-22")
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("STACKWARD_SEED", "1")))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--batch", type=int, default=10,
                        help="programs in one translation unit")
    parser.add_argument("--seconds", type=float, default=0,
                        help="begin no batch after so long")
    parser.add_argument("--keep", help="folder for programs that fail",
                        default=tempfile.gettempdir())
    options = parser.parse_args()
    options.runtime = options.runtime or os.path.join(
        os.path.dirname(options.plugin), "libstackward_rt.a")
    return options


class Fuzzer:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.programs = self.wrong = self.faulty = self.moved = 0
        self.batches = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, words=""):
        environment = dict(os.environ, STACKWARD_FLAGS=words, ASAN_OPTIONS=(
            "detect_leaks=0:detect_stack_use_after_return=1"))
        try:
            return subprocess.run(command, capture_output=True, text=True,
                                  timeout=900, env=environment, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", "time-out")

    def build(self, output, *flags, words=""):
        return self.run([self.options.cxx, "-std=c++20", "-w", "-pthread",
                         *flags, "-o", output], words)

    def with_plugin(self, output, *flags, words=""):
        return self.build(output, f"-fpass-plugin={self.options.plugin}",
                          "-Rpass=stackward", *flags,
                          words="verify-each=1 " + words)

    def problem(self, expected, name, made, binary, stack=""):
        if made.returncode:
            return f"{name}: the compiler: {made.stderr[-600:]}"
        self.moved += made.stderr.count("[-Rpass=stackward]")
        ran = self.run(["bash", "-c", f"{stack} exec {binary}"])
        if ran.returncode or ran.stdout != expected:
            return (f"{name}: status {ran.returncode}, "
                    f"{ran.stdout[-200:]!r} for {expected[-200:]!r} "
                    f"{ran.stderr[:800]}")
        return None

    def under_asan(self, source, expected):
        ll, binary = self.path("program.ll"), self.path("asan")
        made = self.with_plugin(ll, "-O2", "-g1", "-S", "-emit-llvm", source)
        if made.returncode == 0:
            with open(ll, encoding="utf-8") as file:
                text = ATTRIBUTES.sub(r"\1 sanitize_address", file.read())
            with open(ll, "w", encoding="utf-8") as file:
                file.write(text)
            made = self.build(binary, "-O1", "-fsanitize=address", ll)
        return self.problem(expected, "asan", made, binary)

    def seeded_at_link(self, source, expected):
        """Nothing is seeded before the link, everything in it."""
        unit, binary = self.path("unit.o"), self.path("at-link")
        made = self.with_plugin(unit, "-O2", "-flto", "-c", source, words=(
            "seed=1 seed-at-link=1 seed-limit=0"))
        if made.returncode == 0:
            made = self.build(
                binary, "-O2", "-flto", "-fuse-ld=lld", unit,
                f"-Wl,--load-pass-plugin={self.options.plugin}",
                self.options.runtime, words="verify-each=1")
        return self.problem(expected, "at link", made, binary,
                            "ulimit -s 256;")

    def problems(self, source, expected, more):
        for name, level, words in RUNS + (MORE_RUNS if more else []):
            binary = self.path(name)
            library = [self.options.runtime] if "seed=1" in words else []
            made = self.with_plugin(binary, level, source, *library,
                                    words=words)
            yield self.problem(expected, f"{name} '{words}'", made, binary,
                               "ulimit -s 256;")
        if more:
            yield self.seeded_at_link(source, expected)
        yield self.under_asan(source, expected)

    def batch(self, seeds):
        text, _, _ = write_programs(seeds)
        text = re.sub(r"^  (p\d+)::run\(\);$",
                      r'  printf("\1 %d\\n", \1::run()); fflush(stdout);',
                      text, flags=re.M)
        source = self.path("program.cpp")
        with open(source, "w", encoding="utf-8") as file:
            file.write("#include <cstdio>\n" + text)
        made = self.build(self.path("plain"), "-O1", source)
        ran = made if made.returncode else self.run([self.path("plain")])
        if ran.returncode:
            self.faulty += 1
            print(f"FAULTY seeds {seeds}: {ran.stderr[-600:]}", flush=True)
            return
        self.programs += len(seeds)
        more = self.batches % ONE_IN == 0
        self.batches += 1
        for problem in self.problems(source, ran.stdout, more):
            if problem:
                self.wrong += 1
                kept = os.path.join(self.options.keep,
                                    f"plugin-fuzz-{seeds[0]}.cpp")
                os.makedirs(self.options.keep, exist_ok=True)
                with open(kept, "w", encoding="utf-8") as file:
                    file.write("#include <cstdio>\n" + text)
                print(f"WRONG seeds {seeds}: {problem}; {kept}", flush=True)


def main():
    options = parse_arguments()
    print(f"seed {options.seed}", flush=True)
    began = time.time()
    with tempfile.TemporaryDirectory(prefix="plugin-fuzz-") as folder:
        fuzzer = Fuzzer(options, folder)
        end = options.seed + options.count
        for first in range(options.seed, end, options.batch):
            if options.seconds and time.time() - began > options.seconds:
                break
            fuzzer.batch(list(range(first, min(first + options.batch, end))))
            if sys.stderr.isatty():
                print(f"\r{fuzzer.programs} of {options.count}", end="",
                      file=sys.stderr, flush=True)
    print(f"{fuzzer.programs} programs, {fuzzer.moved} promotions in all "
          f"builds, {fuzzer.wrong} wrong, {fuzzer.faulty} faulty")
    if fuzzer.wrong:
        return 1
    return 2 if fuzzer.faulty or not fuzzer.moved else 0


if __name__ == "__main__":
    sys.exit(main())
