#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# run-both.sh CLANGXX PLUGIN SOURCE OUT [FLAGS...]
# Builds SOURCE without and with the plugin and demands the same output: at
# -O2 with a stack of 256 KiB, at -O3, with budgets at both extremes, and with
# AddressSanitizer put over the plugin's output (so that what is checked is
# the promoted program). Prints the output of the first.
set -euo pipefail
CXX=$1 Plugin=$2 Source=$3 Out=$4
shift 4
Flags=(-std=c++20 -w -pthread "$@")
With=("-fpass-plugin=$Plugin" -mllvm -stackward-verify-each)

"$CXX" "${Flags[@]}" -O2 "$Source" -o "$Out.without"
"$Out.without" >"$Out.expected"

same() { # same NAME COMMAND...
  local Name=$1
  shift
  "$@" >"$Out.$Name.txt" || { echo "$Name: exit status $?"; exit 1; }
  cmp "$Out.expected" "$Out.$Name.txt" || { echo "$Name: output differs"; exit 1; }
}

"$CXX" "${Flags[@]}" "${With[@]}" -O2 "$Source" -o "$Out.o2"
same o2 bash -c "ulimit -s 256 && exec '$Out.o2'"
"$CXX" "${Flags[@]}" "${With[@]}" -O3 "$Source" -o "$Out.o3" \
  -mllvm -stackward-object-budget=8192 -mllvm -stackward-function-budget=65536 \
  -mllvm -stackward-guarded-bytes=4096 \
  -mllvm -stackward-inline-budget=100000 -mllvm -stackward-clone-budget=100000
same o3 "$Out.o3"
"$CXX" "${Flags[@]}" "${With[@]}" -O1 "$Source" -o "$Out.o1" \
  -mllvm -stackward-object-budget=16 -mllvm -stackward-guarded-bytes=1 \
  -mllvm -stackward-inline-budget=0 \
  -mllvm -stackward-clone-budget=0
same o1 "$Out.o1"

"$CXX" "${Flags[@]}" "${With[@]}" -O2 -g1 -S -emit-llvm "$Source" -o "$Out.ll"
sed -i -E 's/^(attributes #[0-9]+ = \{)/\1 sanitize_address/' "$Out.ll"
"$CXX" -w -O1 -pthread -fsanitize=address "$Out.ll" -o "$Out.asan"
same asan env ASAN_OPTIONS=detect_stack_use_after_return=1:detect_leaks=0:allocator_may_return_null=1 \
  "$Out.asan"
cat "$Out.expected"
