#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every complaint of the verifier is expected by some death test.

usage: verifier_checks.py Verifier.cpp VerifierTest.cpp
"""
import re
import sys

source, tests = (open(f).read() for f in sys.argv[1:3])
join = lambda text: re.sub(r'"\s*\n\s*"', "", text)
claims = re.findall(r'fail\(C,\s*"([^"]+)"', join(source))
expected = re.findall(r'"([^"]+)"\)', join(tests))
missing = [c for c in claims if not any(e in c for e in expected if len(e) > 8)]
for claim in missing:
    print(f"no test expects: {claim}")
print(f"{len(claims)} complaints")
sys.exit(1 if missing or len(claims) < 20 else 0)
