#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real programs: fetch them, build them, run them, run the tools over them.

Everything lives in one folder outside the tree of sources: $CORPUS, or
build/corpus. The programs are the rows of packages.toml. See README.md.
"""
import argparse
import os
import sys

import ablation
import blockers
import contributions
import cost
import fixes
import own_tests
import programs
import recorded
import relink
import sqlite
import verdicts

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def add_names(parser):
    parser.add_argument("names", nargs="*", metavar="PROGRAM",
                        help="programs (default: all)")


def add_tool(parser):
    parser.add_argument("--tool", type=os.path.abspath,
                        help="the tool to run, an escape-check",
                        default=f"{ROOT}/build/release/bin/escape-check")


def add_plugin(parser):
    parser.add_argument("--plugin", type=os.path.abspath,
                        help="the plugin",
                        default=f"{ROOT}/build/release/lib/StackwardPlugin.so")


def add_flags(parser):
    parser.add_argument("--flags", default="", help="more compiler flags")
    parser.add_argument("--link-flags", default="", help="and for the linker")
    parser.add_argument("--cxx-standard", default="", metavar="NN",
                        help="for all C++, whatever the program asks for")
    parser.add_argument("--libraries", default="",
                        help="at the end of each link of C++")


def add_build_commands(commands):
    fetch = commands.add_parser("fetch", help="obtain the sources")
    add_names(fetch)
    fetch.set_defaults(run=programs.fetch)

    data = commands.add_parser("gen-data", help="write the workloads' inputs")
    data.set_defaults(run=programs.generate)

    build = commands.add_parser("build", help="configure and build")
    add_names(build)
    build.add_argument("--mode", default="rel",
                       help="rel, recorder, or a name of your own")
    add_flags(build)
    build.add_argument("--needed", action="store_true",
                       help="only what the workload runs")
    build.add_argument("--configure-only", action="store_true")
    build.set_defaults(run=programs.build)

    own = commands.add_parser("own-tests", help="build and run the programs' "
                              "own test suites")
    add_names(own)
    own.add_argument("--mode", default="own", help="a name of your own")
    add_flags(own)
    own.set_defaults(run=own_tests.run)

    work = commands.add_parser("workload", help="run the workloads")
    add_names(work)
    work.add_argument("--mode", default="rel")
    work.add_argument("--pre", default="", help="goes before each program")
    work.set_defaults(run=programs.workload)


def add_tool_commands(commands):
    check = commands.add_parser("run-escape-check",
                                help="verdicts over every compile database")
    add_names(check)
    add_tool(check)
    check.add_argument("--gold", help="hand-made labels to compare with")
    check.add_argument("--timeout", type=int, default=1800,
                       help="seconds for one program")
    check.add_argument("--table", help="write the tables here (markdown)")
    check.set_defaults(run=verdicts.run)

    record = commands.add_parser("record", help="workloads under the lifetime "
                                 "recorder, then check the verdicts")
    add_names(record)
    record.add_argument("--recorder", type=os.path.abspath,
                        help="the recorder's folder",
                        default=f"{ROOT}/build/release/bin")
    record.add_argument("--ranks", type=int, default=0,
                        help="print the N sites that allocate most")
    record.set_defaults(run=recorded.run)

    fix = commands.add_parser("try-fixes", help="rewrite copies of the "
                              "programs, build and run them")
    add_names(fix)
    add_tool(fix)
    fix.set_defaults(run=fixes.run)

    price = commands.add_parser("cost", help="CPU and memory against "
                                "clang++ -fsyntax-only, file by file")
    price.add_argument("names", nargs="*", metavar="PROGRAM",
                       default=["leveldb", "jsoncpp"])
    add_tool(price)
    price.add_argument("--arguments", default="--all --quiet --fail-on=never",
                       help="the tool's, beside -p, -j and the file")
    price.add_argument("--max-cpu", type=float, help="fail above this ratio")
    price.add_argument("--max-memory", type=float,
                       help="fail above this ratio")
    price.set_defaults(run=cost.run)


def add_run_time_commands(commands):
    """Of builds with the plugin."""
    reasons = commands.add_parser("blockers", help="what keeps the workloads' "
                                  "allocations on the heap, by count")
    add_names(reasons)
    reasons.add_argument("--mode", required=True)
    reasons.add_argument("--tools", type=os.path.abspath,
                         help="the folder of allocation-blockers",
                         default=f"{ROOT}/build/release/bin")
    reasons.set_defaults(run=blockers.run)

    parts = commands.add_parser("contributions", help="allocations with one "
                                "transform at a time turned off")
    add_names(parts)
    parts.add_argument("--mode", required=True)
    parts.add_argument("--instructions", action="store_true",
                       help="executed instructions too (Valgrind)")
    parts.set_defaults(run=contributions.run)

    again = commands.add_parser("relink", help="link what the workloads run "
                                "once more, with other flags")
    add_names(again)
    again.add_argument("--mode", required=True, help="the build to link")
    again.add_argument("--to", required=True, help="a name of your own")
    again.add_argument("--link-flags", default="")
    again.set_defaults(run=relink.run)


def add_plugin_commands(commands):
    price = commands.add_parser("ablation", help="size and compile time with "
                                "the plugin, switch by switch")
    add_names(price)
    add_plugin(price)
    price.add_argument("--runs", type=int, default=1)
    price.add_argument("--variants", action="append",
                       help="only these (repeatable)")
    price.add_argument("--max-text", type=float, default=1e9,
                       help="fail above this ratio")
    price.set_defaults(run=ablation.run)

    database = commands.add_parser("sqlite", help="SQLite with the plugin, and "
                                   "SQLite's own tests")
    add_plugin(database)
    database.set_defaults(run=sqlite.run)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default=os.environ.get(
        "CORPUS", f"{ROOT}/build/corpus"), help="default: $CORPUS")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_build_commands(commands)
    add_tool_commands(commands)
    add_plugin_commands(commands)
    add_run_time_commands(commands)
    options = parser.parse_args()
    options.folder = os.path.abspath(options.folder)
    os.makedirs(options.folder, exist_ok=True)
    options.table_of_programs = programs.read_table()
    if hasattr(options, "names"):
        unknown = set(options.names) - set(options.table_of_programs)
        if unknown:
            parser.error(f"not in packages.toml: {', '.join(sorted(unknown))}")
        options.names = options.names or list(options.table_of_programs)
    sys.exit(options.run(options))


if __name__ == "__main__":
    main()
