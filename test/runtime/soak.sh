#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `./dev soak [OPERATIONS [SEED]]`: random graphs against their shadows under
# every plan, OPERATIONS (10,000,000) each, then a tenth of that under each
# stress mode, then the thread tests with asynchronous stops.
set -eu
cd "$(dirname "$0")/../.."
Bin=${GAB_TEST_BIN:-build/release/test/bin}
Operations=${1:-10000000}
Seed=${2:-$(date +%s)}
soak() { # soak OPERATIONS ASSIGNMENTS
  Count=$1
  shift
  echo "$* gab-soak $Count $Seed"
  env "$@" "$Bin/gab-soak" "$Count" "$Seed"
}
for Plan in nogc marksweep gab copying gab-gen gab-conc; do
  # What is never collected has to fit into memory.
  [ $Plan = nogc ] && soak $((Operations / 20)) GAB_PLAN=nogc && continue
  soak "$Operations" GAB_PLAN=$Plan GAB_YOUNG=500K GAB_GROWTH=30
done
Few=$((Operations / 10))
for Plan in marksweep gab copying gab-gen gab-conc; do
  soak $Few GAB_PLAN=$Plan GAB_VERIFY=2 GAB_YOUNG=1M
  soak $Few GAB_PLAN=$Plan GAB_STRESS=evac GAB_YOUNG=1M
done
soak $Few GAB_PLAN=gab GAB_STRESS=budget0,evac
soak $Few GAB_PLAN=gab GAB_STRESS=parallel,evac GAB_GC_THREADS=4 GAB_VERIFY=1
soak $Few GAB_PLAN=copying GAB_STRESS=parallel GAB_GC_THREADS=4
soak $Few GAB_PLAN=gab GAB_QUARANTINE=2
for Plan in gab copying gab-gen gab-conc; do
  GAB_PLAN=$Plan GAB_STRESS=async GAB_YOUNG=300K "$Bin/gab-thread-test" \
    --gtest_repeat=20 --gtest_brief=1
done
