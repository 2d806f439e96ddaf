#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: check-flags.py HELP PAGE: a page of docs/reference and a tool's --help
speak of the same flags.
"""
import re
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        shown = set(re.findall(r"^  (--?[a-z][a-z-]*)", file.read(), re.M))
    with open(sys.argv[2], encoding="utf-8") as file:
        page = file.read()
    described = {flag for span in re.findall(r"`([^`]*)`", page)
                 for flag in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", span)}
    shown -= {"--help", "--help-list", "--version"}
    missing = shown - described
    # A single dash may be a compiler's flag that the page mentions.
    unknown = {flag for flag in described - shown if flag.startswith("--")}
    for flag in sorted(missing):
        print(f"{flag}: not described")
    for flag in sorted(unknown):
        print(f"{flag}: described, but there is no such flag")
    sys.exit(1 if missing or unknown else 0)


main()
