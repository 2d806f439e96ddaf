#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the first example of docs/howto/record-lifetimes.md as it stands:
writes its program, runs its commands, compares what they print."""
import argparse
import os
import re
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("page")
    options = parser.parse_args()
    with open(options.page, encoding="utf-8") as file:
        blocks = re.findall(r"```(\w+)\n(.*?)```", file.read(), re.S)
    (_, program), (_, commands), (_, wanted) = blocks[:3]
    if [language for language, _ in blocks[:3]] != ["cpp", "sh", "text"]:
        sys.exit("the page no longer begins with program, commands, output")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/words.cpp", "w", encoding="utf-8") as file:
            file.write(program)
        done = subprocess.run(
            ["bash", "-ec", commands], cwd=folder, text=True, check=False,
            capture_output=True,
            env=dict(os.environ, PATH=f"{options.bin}:{os.environ['PATH']}"))
    if done.returncode or done.stdout != wanted:
        sys.exit(f"printed:\n{done.stdout}{done.stderr}\nthe page says:\n"
                 f"{wanted}")


main()
