#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# bisect.sh COMMAND...: finds the promotion that makes COMMAND fail.
#
# COMMAND builds one unit with the plugin, runs the program, and exits with 0
# when all is well. It is run with STACKWARD_FLAGS=limit=N in its environment
# (after what STACKWARD_FLAGS held before), which lets the first N promotions
# of a module happen. Prints the smallest N that fails; the N-th passed remark
# (-Rpass=stackward) of that unit is the culprit. Exit status 0: found; 1:
# nothing fails; 2: it fails without any promotion.
set -u
[ $# -gt 0 ] || { sed -n '3,11s/^# //p' "$0" >&2; exit 2; }
Given=${STACKWARD_FLAGS:-}

passes() {
  STACKWARD_FLAGS="$Given limit=$1" "${Command[@]}" >/dev/null 2>&1
}
Command=("$@")

passes 0 || { echo "fails with no promotion at all"; exit 2; }
High=1
while passes "$High"; do
  if [ "$High" -ge 65536 ]; then
    echo "passes with 65536 promotions"
    exit 1
  fi
  High=$((High * 2))
done
Low=$((High / 2))
while [ $((High - Low)) -gt 1 ]; do
  Middle=$(((Low + High) / 2))
  if passes "$Middle"; then Low=$Middle; else High=$Middle; fi
done
echo "promotion $High is the first that fails"
