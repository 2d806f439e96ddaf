#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `./dev bench [NAME...]`: runs bench/NAME/bench.sh, or all of them in turn.
# Each prints its own tables; figures of one run compare with each other only.
set -uo pipefail
cd "$(dirname "$0")"

Names=("$@")
if [ $# -eq 0 ]; then
  for Script in */bench.sh; do Names+=("$(dirname "$Script")"); done
fi
Status=0
for Name in "${Names[@]}"; do
  echo "== $Name"
  bash "$Name/bench.sh" || Status=1
done
exit $Status
