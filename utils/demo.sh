#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `./dev demo` shows: the tools on a program that ships with them.
set -euo pipefail
cd "$(dirname "$0")/.."
Build=$PWD/build/release
Scratch=$(mktemp -d)
trap 'rm -rf "$Scratch"' EXIT
Sales='apple 3 1.50\npear 2 2.25\napple 1 1.40\n'

show() { # show COMMAND: prints it, then runs it
  printf '\n$ %s\n' "$*"
  "$@"
}

export PATH=$Build/bin:$PATH
echo "== What can live on the stack, and what blocks the rest"
show escape-check examples/sales.cpp -- -std=c++20

echo
echo "== Why one of them cannot"
show escape-check --quiet --explain --reasons=global examples/sales.cpp -- -std=c++20

echo
echo "== The same program after --fix"
cp examples/sales.cpp "$Scratch"
clang++-22 -std=c++20 "$Scratch/sales.cpp" -o "$Scratch/before"
escape-check --fix "$Scratch/sales.cpp" -- -std=c++20 >/dev/null
clang++-22 -std=c++20 "$Scratch/sales.cpp" -o "$Scratch/after"
diff examples/sales.cpp "$Scratch/sales.cpp" || true
cmp <(printf "$Sales" | "$Scratch/before") <(printf "$Sales" | "$Scratch/after")
echo "It prints the same."

Plugin=$Build/lib/StackwardPlugin.so
if [ -e "$Plugin" ]; then
  echo
  echo "== The optimiser, with the plugin"
  (set -x; clang++-22 -std=c++20 -O2 -fpass-plugin="$Plugin" \
    -Rpass=stackward examples/sales.cpp -o "$Scratch/optimised")
  cmp <(printf "$Sales" | "$Scratch/before") \
    <(printf "$Sales" | "$Scratch/optimised")
  echo "It prints the same."
fi
