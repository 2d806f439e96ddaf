#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# seed-both.sh CLANGXX LIBRARY-FOLDER SOURCE OUT [FLAGS...]
# Builds SOURCE without and with container seeding and demands the same output:
# C++17 and C++20 containers, -O1 to -O3, small and large buffers, heap-to-stack
# on top, a stack of 256 KiB, and AddressSanitizer put over the plugin's output.
# Prints the output of the first.
set -euo pipefail
CXX=$1 Lib=$2 Source=$3 Out=$4
shift 4
Flags=(-w -pthread "$@")
With=("-fpass-plugin=$Lib/StackwardPlugin.so" -mllvm -stackward-seed
      -mllvm -stackward-verify-each)
Alone=(-mllvm -stackward-heap-to-stack=0)
Large=(-mllvm -stackward-seed-bytes=4096
       -mllvm -stackward-seed-function-budget=65536
       -mllvm -stackward-seed-recursion-bytes=512
       -mllvm -stackward-seed-recursion-budget=4096)
Rt=$Lib/libstackward_seed.a

"$CXX" -std=c++17 "${Flags[@]}" -O2 "$Source" -o "$Out.without"
"$Out.without" >"$Out.expected"

same() { # same NAME COMMAND...
  local Name=$1
  shift
  "$@" >"$Out.$Name.txt" || { echo "$Name: exit status $?"; exit 1; }
  diff "$Out.expected" "$Out.$Name.txt" || { echo "$Name: output differs"; exit 1; }
}

build() { # build NAME FLAGS...
  local Name=$1
  shift
  "$CXX" "${Flags[@]}" "${With[@]}" "$@" "$Source" "$Rt" -o "$Out.$Name"
}
build o2 -std=c++17 -O2 "${Alone[@]}"
same o2 bash -c "ulimit -s 256 && exec '$Out.o2'"
build o3 -std=c++20 -O3 "${Large[@]}"
same o3 "$Out.o3"
build o1 -std=c++20 -O1 "${Alone[@]}" -mllvm -stackward-seed-bytes=32 \
  -mllvm -stackward-seed-recursion-bytes=32
same o1 "$Out.o1"

if [ -n "${SEED_NO_ASAN:-}" ]; then
  cat "$Out.expected"
  exit 0
fi
"$CXX" -std=c++17 "${Flags[@]}" "${With[@]}" "${Alone[@]}" "${Large[@]}" -O2 \
  -g1 -S -emit-llvm "$Source" -o "$Out.ll"
sed -i -E 's/^(attributes #[0-9]+ = \{)/\1 sanitize_address/' "$Out.ll"
"$CXX" -w -O1 -pthread -fsanitize=address "$Out.ll" "$Rt" -o "$Out.asan"
same asan env ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0:alloc_dealloc_mismatch=0 \
  "$Out.asan"
cat "$Out.expected"
