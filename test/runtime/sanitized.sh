#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Builds libgab and its tests with a sanitizer, in a folder that stays for the
# next time, and runs those that match; GAB_TARGETS: what to build, if not all.
# usage: sanitized.sh SOURCE BUILD SANITIZERS REGEX [CMAKE-OPTION...]
set -eu
Source=$1
Build=$2
Sanitizers=$3
Regex=$4
shift 4
mkdir -p "$Build"
run() { # run LOG COMMAND...: quiet unless it fails
  Log=$Build/$1
  shift
  "$@" >"$Log" 2>&1 || { tail -n 60 "$Log" >&2; exit 1; }
}
run configure.log cmake -S "$Source" -B "$Build" -G Ninja \
  -DGAB_RUNTIME_ONLY=ON -DCMAKE_BUILD_TYPE=Debug \
  "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" "-DSTACKWARD_SANITIZE=$Sanitizers" "$@"
# shellcheck disable=SC2086 # a list of targets
run build.log ninja -C "$Build" -j 2 ${GAB_TARGETS:-}
run test.log ctest --test-dir "$Build" --output-on-failure -j 2 -R "$Regex"
grep 'tests passed' "$Build/test.log"
