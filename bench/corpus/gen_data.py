#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the inputs of the workloads into a folder; the same bytes each time.

usage: gen_data.py FOLDER
"""
import json
import os
import random
import sys

WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "x", "kernel", "module",
         "a rather longer string value that exceeds the small string buffer",
         "ünïcode"]


def value(rng, depth):
    """A random JSON value; objects and lists thin out below depth five."""
    dice = rng.random()
    if depth > 5 or dice < 0.25:
        return rng.choice(WORDS)
    if dice < 0.45:
        return rng.randint(-10**6, 10**9)
    if dice < 0.55:
        return rng.random() * 1e3
    if dice < 0.62:
        return rng.choice([True, False, None])
    if dice < 0.82:
        return {rng.choice(WORDS)[:12] + str(i): value(rng, depth + 1)
                for i in range(rng.randint(1, 6))}
    return [value(rng, depth + 1) for _ in range(rng.randint(1, 8))]


def yaml_lines(node, indent, out):
    pad = " " * indent
    items = (((f'"{key}":', item) for key, item in node.items())
             if isinstance(node, dict) else (("-", item) for item in node))
    for head, item in items:
        if isinstance(item, (dict, list)) and item:
            out.append(pad + head)
            yaml_lines(item, indent + 2, out)
        else:
            out.append(f"{pad}{head} {json.dumps(item, ensure_ascii=False)}")


def xml_lines(node, tag, out):
    if isinstance(node, dict):
        out.append(f"<{tag}>")
        for i, item in enumerate(node.values()):
            xml_lines(item, f"f{i}", out)
        out.append(f"</{tag}>")
    elif isinstance(node, list):
        out.append(f"<{tag}>")
        for item in node:
            xml_lines(item, "e", out)
        out.append(f"</{tag}>")
    else:
        out.append(f'<{tag} a="1" b="two">{node}</{tag}>')


def wat_lines():
    """A WebAssembly module of 4000 functions that call each other."""
    yield "(module (memory 1)"
    for f in range(4000):
        yield (f"(func $f{f} (param $a i32) (param $b i32) (result i32)"
               " (local $i i32)")
        yield (" (loop $l (local.set $i (i32.add (local.get $i)"
               " (i32.const 1)))"
               f" (i32.store (i32.const {f * 4 % 60000})"
               " (i32.mul (local.get $a) (local.get $b)))"
               f" (br_if $l (i32.lt_s (local.get $i) (i32.const {f % 7}))))")
        yield (f" (if (result i32) (i32.gt_s (local.get $a)"
               f" (i32.const {f % 100})) (then (i32.add"
               f" (call $f{max(0, f - 1)} (local.get $b) (i32.const 3))"
               " (i32.load (i32.const 8)))) (else (local.get $b))))")
    yield '(export "main" (func $f3999)))'


def ninja_tree(folder):
    """A build of 30,000 files for `ninja -n`, with its empty sources."""
    lines = ["rule cc", "  command = true $in $out $flags",
             "  depfile = $out.d", "  description = CC $out",
             "rule ld", "  command = true $in -o $out",
             "flags = -O2 -Wall -Iinclude"]
    names = [f"dir{i % 97}/file{i}" for i in range(30000)]
    for i, name in enumerate(names):
        lines.append(f"build obj/{name}.o: cc src/{name}.cc | gen/h{i % 50}.h"
                     f"\n  flags = $flags -DX={i}")
    for i in range(300):
        inputs = " ".join(f"obj/{n}.o" for n in names[i * 100:i * 100 + 100])
        lines.append(f"build bin/t{i}: ld {inputs}")
    empty = [f"src/{name}.cc" for name in names]
    empty += [f"gen/h{i}.h" for i in range(50)]
    for name in empty:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w", encoding="utf-8").close()
    write(folder, "build.ninja", "\n".join(lines) + "\n")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    folder = sys.argv[1]
    os.makedirs(os.path.join(folder, "ninja"), exist_ok=True)
    rng = random.Random(42)
    data = [{"id": i, "name": f"n{i}", "body": value(rng, 0)}
            for i in range(4000)]
    write(folder, "mid.json", json.dumps(data[:3000], indent=1))
    lines = []
    yaml_lines(data[:2500], 0, lines)
    write(folder, "mid.yaml", "\n".join(lines) + "\n")
    lines = ['<?xml version="1.0"?>']
    xml_lines({"r": data}, "root", lines)
    write(folder, "mid.xml", "\n".join(lines))
    write(folder, "big.wat", "\n".join(wat_lines()))
    ninja_tree(os.path.join(folder, "ninja"))


if __name__ == "__main__":
    main()
