#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `./dev soak [SECONDS]`: the random-graph campaign under every plan and stress
# mode, SECONDS (60) each; then the thread tests with asynchronous stops.
set -eu
cd "$(dirname "$0")/../.."
Bin=build/release/test/bin
Seconds=${1:-60}
for Mode in GAB_PLAN=marksweep GAB_PLAN=gab GAB_PLAN=copying GAB_PLAN=gab-gen \
  GAB_PLAN=gab-conc "GAB_PLAN=gab GAB_STRESS=evac GAB_YOUNG=100K" \
  "GAB_PLAN=gab-gen GAB_VERIFY=2 GAB_YOUNG=100K" \
  "GAB_PLAN=gab GAB_STRESS=budget0,evac" \
  "GAB_PLAN=gab GAB_GC_THREADS=4 GAB_VERIFY=1"; do
  echo "== $Mode"
  # shellcheck disable=SC2086 # a list of assignments
  env $Mode $Bin/gab-soak "$Seconds"
done
for Plan in gab gab-gen gab-conc; do
  GAB_PLAN=$Plan GAB_STRESS=async GAB_YOUNG=300K $Bin/gab-thread-test
done
