#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: check-tables.py SOURCE: what is told in more than one place agrees.

The rows of Reasons.def, Suggestions.def and ConstRules.def with the lists in
the JSON Schemas and with the pages of docs/reference that describe them, in
both directions.
"""
import json
import os
import re
import sys


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def rows(source, path, macro):
    text = read(source, path)
    return re.findall(rf'^{macro}\(\w+,\s*"([^"]+)"', text, re.M)


def main():
    source = sys.argv[1]
    reasons = rows(source, "include/stackward/Escape/Reasons.def", "REASON")
    suggestions = rows(source, "include/stackward/Report/Suggestions.def",
                       "SUGGESTION")
    rules = rows(source, "lib/Source/ConstRules.def", "CONST_RULE")
    reference = os.path.join(source, "docs", "reference")
    wrong = []

    def agree(place, wanted, found):
        for name in sorted(set(wanted) ^ set(found)):
            wrong.append(f"{place}: '{name}' is "
                         + ("missing" if name in wanted else "unknown"))

    for name in ("escape-check", "findings"):
        schema = json.loads(read(reference, f"{name}.schema.json"))["$defs"]
        agree(f"{name}.schema.json", suggestions,
              schema["suggestionKind"]["enum"])
        if name == "escape-check":
            agree(f"{name}.schema.json", reasons, schema["allocation"][
                "properties"]["reasons"]["items"]["enum"])
    for page, wanted in (("reasons.md", reasons),
                         ("suggestions.md", suggestions)):
        agree(page, wanted, re.findall(r"^## `?([a-z0-9-]+)`?$",
                                       read(reference, page), re.M))
    # The rules are the first column of a table; a row may hold several.
    first = re.findall(r"^\| (`[^|]+) \|", read(reference, "const-prop.md"), re.M)
    agree("const-prop.md", rules, re.findall(r"`([a-z0-9-]+)`", " ".join(first)))
    print("\n".join(wrong + [f"tables: {len(reasons)} reasons, "
                             f"{len(suggestions)} suggestions, {len(rules)} rules, "
                             f"{len(wrong)} differences"]))
    sys.exit(1 if wrong else 0)


main()
