# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: into-closed-pipe.py COMMAND...: its stdout has no reader."""
import os
import subprocess
import sys

reader, writer = os.pipe()
os.close(reader)
sys.exit(subprocess.run(sys.argv[1:], stdout=writer).returncode)
