#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What escape-check costs beside the compiler's own front end, on real files.
set -euo pipefail
cd "$(dirname "$0")"
for Program in leveldb jsoncpp; do
  bash run.sh fetch $Program >/dev/null
  bash run.sh build $Program >/dev/null
done
exec python3 corpus.py cost --max-cpu 1.3 --max-memory 2
