#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every mistake that is reported to the user is made by some test, which expects
the report and its advice.

usage: misuse_checks.py SOURCE_DIR
"""
import glob
import re
import sys

root = sys.argv[1]


def joined(paths):
    text = "".join(open(path).read() for path in sorted(paths))
    return re.sub(r'"\s*\n\s*"', "", text)


source = joined(glob.glob(f"{root}/lib/Runtime/*.cpp") +
                glob.glob(f"{root}/include/gab/*.hpp"))
tests = joined(glob.glob(f"{root}/test/runtime/*.cpp") +
               [f"{root}/test/runtime/CMakeLists.txt"])
claims = re.findall(r'gab_misuse\(\s*"([^"]+)"', source)
claims += re.findall(r'requireUnblocked\(\*\w+, "([^"]+)"', source)
claims += re.findall(r'"(slot %p holds %p, where )(there is no object)', source)[0][1:]
claims += re.findall(r'"gab: (stale pointer) %p', source)
missing = [c for c in claims if not re.search(
    re.escape(c) + r'[^"]*\(\.\|\\+n\)\*[^"]+"', tests)]
for claim in missing:
    print(f"no test makes this mistake: {claim}")
print(f"{len(claims)} reports")
sys.exit(1 if missing or len(claims) < 12 else 0)
