#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Installs libgab to a folder of its own and builds a program against it, once
# with the CMake package and once with pkg-config. usage: consumer.sh BUILD CXX
set -eu
Build=$1
Cxx=$2
Here=$(cd "$(dirname "$0")" && pwd)
Work=$(mktemp -d)
trap 'rm -rf "$Work"' EXIT
# The library alone; other parts of the build tree may not be built.
cmake -DCMAKE_INSTALL_PREFIX="$Work/prefix" \
  -P "$Build/lib/Runtime/cmake_install.cmake" >"$Work/install.log"
cat >"$Work/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.20)
project(Consumer CXX)
find_package(gab REQUIRED)
add_executable(with-static main.cpp)
target_link_libraries(with-static gab::gab)
add_executable(with-shared main.cpp)
target_link_libraries(with-shared gab::gab_shared)
CMAKE
cp "$Here/consumer.cpp" "$Work/main.cpp"
cmake -S "$Work" -B "$Work/b" -DCMAKE_PREFIX_PATH="$Work/prefix" \
  -DCMAKE_CXX_COMPILER="$Cxx" >"$Work/cmake.log"
cmake --build "$Work/b" >"$Work/build.log"
"$Work/b/with-static" && "$Work/b/with-shared"
# pkg-config knows the prefix it was configured for; say where it really is.
Lib=$(dirname "$(find "$Work/prefix" -name libgab.a)")
if command -v pkg-config >/dev/null; then
  Flags=$(PKG_CONFIG_PATH="$Lib/pkgconfig" pkg-config \
    --define-variable=prefix="$Work/prefix" --cflags --libs --static gab)
else
  Flags="-I$Work/prefix/include -L$Lib -lgab -pthread"
  grep -q '^Libs:.*-lgab' "$Lib/pkgconfig/gab.pc"
fi
# shellcheck disable=SC2086 # a list of flags
"$Cxx" -std=c++20 "$Work/main.cpp" $Flags -Wl,-rpath,"$Lib" -o "$Work/p"
"$Work/p"
