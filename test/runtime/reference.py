#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The reference says a word about everything that is public.

usage: reference.py SOURCE_DIR

docs/gab/api.md must name every symbol of gab/Symbols.def that is not a half of
an inlined path, every field and constant of gab/c.h, every macro, type, function
and member function of gab/*.hpp; docs/gab/tuning.md every knob of Knobs.def, in
a row of its own.
"""
import glob
import os
import re
import sys

root = sys.argv[1]
Words = ("operator", "requires", "bool", "new", "delete")


def read(path):
    with open(os.path.join(root, path)) as f:
        return f.read()


def without(text, opening, closing):
    """Leaves out namespaces that are not for users."""
    while (start := text.find(opening)) >= 0:
        end = text.find(closing, start)
        text = text[:start] + text[end + len(closing):]
    return text


def symbols():
    return re.findall(r"^GAB_SYMBOL\([^,]+, (\w+),",
                      read("include/gab/Symbols.def"), re.M)


def c_names():
    text = re.sub(r"/\*.*?\*/", "", read("include/gab/c.h"), flags=re.S)
    names = re.findall(r"^  (GAB_\w+)", text, re.M)
    names += re.findall(r"^typedef (?:struct|enum) (\w+)", text, re.M)
    names += re.findall(r"^#define (GAB_SMALL_LIMIT)", text, re.M)
    stats = re.search(r"typedef struct gab_stats \{(.*?)\}", text, re.S)
    for line in re.findall(r"uint64_t ([^;]+);", stats.group(1)):
        names += [name.strip() for name in line.split(",")]
    layout = {"gab_thread_block", "gab_run", "gab_barrier_state", "GAB_COLD"}
    return [name for name in names if name not in layout]


def members(body):
    """Names of the functions in the public part of a class."""
    public = not body.startswith("class")
    depth, names = 0, []
    for line in body.splitlines()[1:]:
        word = line.strip()
        if word in ("public:", "private:", "protected:"):
            public = word == "public:"
        if depth == 0 and public and line.startswith("  "):
            found = re.match(r"  (?:(?:static|constexpr|explicit|friend|inline) )*"
                             r"(?:[\w:<>,*&\[\] ]+?[ *&])(\w+)\([^*]", line)
            if found and found.group(1) not in Words:
                names.append(found.group(1))
        depth += line.count("{") - line.count("}")
    return names


def cpp_names():
    names = []
    for path in sorted(glob.glob(os.path.join(root, "include/gab/*.hpp"))):
        text = without(read(path), "namespace detail {", "// namespace detail")
        names += [m for m in re.findall(r"^#define (GAB_\w+)\(", text, re.M)
                  if "DETAIL" not in m]
        for found in re.finditer(
                r"^(?:template <[^\n]*> )?(?:template <[^\n]*>\n)?"
                r"((?:class|struct)(?: \[\[nodiscard\]\])? (\w+)[^;\n]*\{.*?^\};)",
                text, re.M | re.S):
            names.append(found.group(2))
            names += members(found.group(1))
        names += re.findall(r"\busing (\w+) = detail::StrongHandle", text)
        names += re.findall(
            r"^(?:template <[^\n]*>\s)?inline (?:constexpr )?[\w:<> *]+?[ *](\w+)"
            r"(?:\(| =)", text, re.M)
        names += re.findall(r'operator""(_\w+)', text)
    return names


def missing(names, page, form):
    text = read(page)
    return [f"{page}: {name}" for name in dict.fromkeys(names)
            if not re.search(form.format(re.escape(name)), text)]


knobs = re.findall(r'^GAB_KNOB\("(\w+)"', read("lib/Runtime/Knobs.def"), re.M)
public = symbols() + c_names() + cpp_names()
absent = missing(public, "docs/gab/api.md", r"`[^`]*\b{}\b[^`]*`")
absent += missing(knobs, "docs/gab/tuning.md", r"(?m)^\| `{}[`=]")
print(f"{len(set(public))} names, {len(knobs)} knobs")
for line in absent:
    print(f"not described: {line}")
sys.exit(1 if absent or len(set(public)) < 100 or len(knobs) < 15 else 0)
