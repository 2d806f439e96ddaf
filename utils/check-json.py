#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: check-json.py SCHEMA [FILE]: holds a document against a JSON Schema.

Checks the schema itself first: one that is wrong accepts anything. Prints
every violation with its place in the document; status 1 if there is one.
"""
import json
import sys

import jsonschema


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    with (open(sys.argv[2], encoding="utf-8") if len(sys.argv) == 3
          else sys.stdin) as file:
        document = json.load(file)
    errors = list(kind(schema).iter_errors(document))
    for error in errors:
        print(f"{error.json_path}: {error.message}")
    sys.exit(1 if errors else 0)


main()
