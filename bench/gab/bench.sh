#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `./dev bench gab [ARGUMENTS OF run.py]`: see run.py and packages.txt. MPS is
# no package: configure with -DGAB_MPS_SOURCE=FOLDER, where code/mps.c is.
set -euo pipefail
cd "$(dirname "$0")/../.."
Bin=build/release/bin
python3 bench/gab/run.py $Bin "$@"
$Bin/gab-bench-latency mark
for Plan in gab gab-gen; do
  GAB_PLAN=$Plan $Bin/gab-bench-latency young
done
for Plan in gab gab-gen gab-conc; do
  GAB_PLAN=$Plan $Bin/gab-bench-latency pauses
done
