#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Lets the n-th request for memory fail, and all later ones, for n = 1, 2, ...
# until the program needs no more than that: every request of a run has then
# failed once. The program must end by itself: with 0, or with 3 when it caught
# std::bad_alloc. usage: map_failures.sh PROGRAM
set -u
Program=$1
for Plan in nogc marksweep gab copying gab-gen gab-conc; do
  N=1
  Good=0
  while [ "$Good" -lt 3 ]; do
    GAB_PLAN=$Plan GAB_YOUNG=200K GAB_STRESS=mmapfail:$N "$Program" \
      >/dev/null 2>&1
    Code=$?
    case $Code in
    0) Good=$((Good + 1)) ;;
    3) Good=0 ;;
    *)
      echo "plan $Plan, failure at request $N: exit code $Code"
      exit 1
      ;;
    esac
    N=$((N + 1))
    if [ "$N" -gt 500 ]; then
      echo "plan $Plan: 500 requests are not enough"
      exit 1
    fi
  done
  echo "plan $Plan: $((N - 1)) points of failure"
done
