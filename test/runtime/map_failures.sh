#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Lets the n-th request for memory fail, and all later ones, for n = 1 ... MOST.
# The program must end by itself: 0, or 3 when it caught std::bad_alloc, or 134
# with the message that names the limit. usage: map_failures.sh PROGRAM MOST
set -u
Program=$1
Most=$2
for Plan in gab copying; do
  N=1
  while [ "$N" -le "$Most" ]; do
    GAB_PLAN=$Plan GAB_STRESS=mmapfail:$N "$Program" >/dev/null 2>&1
    Code=$?
    case $Code in
    0 | 3) ;;
    *)
      echo "plan $Plan, failure at request $N: exit code $Code"
      exit 1
      ;;
    esac
    N=$((N + 1))
  done
done
