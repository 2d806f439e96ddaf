#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: exit.py STATUS COMMAND...: succeeds if COMMAND ends with STATUS.

lit's `not` knows only zero and the rest.
"""
import subprocess
import sys

status = subprocess.run(sys.argv[2:]).returncode
if status != int(sys.argv[1]):
    sys.exit(f"ended with status {status}, not {sys.argv[1]}")
