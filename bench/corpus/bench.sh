#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What escape-check and const-prop cost beside the compiler's own front end, on
# real files. Fails where a tool costs more than it may.
set -euo pipefail
cd "$(dirname "$0")"
for Program in leveldb jsoncpp; do
  bash run.sh fetch $Program >/dev/null
  bash run.sh build $Program >/dev/null
done
Bin=../../build/release/bin
Status=0
python3 corpus.py cost --max-cpu 1.3 --max-memory 2 || Status=1
python3 corpus.py cost --tool $Bin/const-prop --arguments="--quiet --no-calls" \
  --max-cpu 1.3 || Status=1
python3 corpus.py cost --tool $Bin/const-prop --arguments=--quiet \
  --max-cpu 1.6 || Status=1
exit $Status
