#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The library built by each compiler, and a program built by each of them, with
# and without exceptions and RTTI, linked to the library of the other.
# usage: compilers.sh SOURCE COMPILER...
set -eu
Source=$1
shift
Work=$(mktemp -d)
trap 'rm -rf "$Work"' EXIT
Found=0
for Cxx in "$@"; do
  command -v "$Cxx" >/dev/null || continue
  Found=$((Found + 1))
  mkdir "$Work/$Cxx"
  for File in "$Source"/lib/Runtime/*.cpp; do
    "$Cxx" -std=c++20 -O1 -Wall -Wextra -Wundef -Werror -DGAB_BUILDING \
      -D_GNU_SOURCE -fno-exceptions -fno-rtti -fno-threadsafe-statics \
      -fvisibility=hidden -fno-strict-aliasing -I"$Source/include" -c "$File" \
      -o "$Work/$Cxx/$(basename "$File").o"
  done
done
[ "$Found" -ge 2 ] || { echo "two compilers are needed"; exit 1; }
for Cxx in "$@"; do
  for Flags in "" "-fno-exceptions -fno-rtti" "-O0" "-DNDEBUG -O3"; do
    for Other in "$@"; do
      # shellcheck disable=SC2086 # lists of flags
      "$Cxx" -std=c++20 -O2 $Flags -Wall -Wextra -Werror -I"$Source/include" \
        "$Source/test/runtime/consumer.cpp" -x none "$Work/$Other"/*.o \
        -pthread -ldl -o "$Work/program"
      for Plan in gab gab-gen copying; do
        GAB_PLAN=$Plan GAB_VERIFY=2 GAB_YOUNG=200K "$Work/program" ||
          { echo "$Cxx $Flags with the library of $Other, $Plan"; exit 1; }
      done
    done
  done
done
echo "all combinations work"
