# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Finds LLVM and Clang 22 as Debian packages them. `find_package(LLVM 22)`
# cannot be used: its version file wants an equal major *and* minor version.
set(STACKWARD_LLVM_ROOT /usr/lib/llvm-22 CACHE PATH "Where LLVM 22 lives")
find_package(LLVM REQUIRED CONFIG HINTS ${STACKWARD_LLVM_ROOT})
find_package(Clang REQUIRED CONFIG HINTS ${STACKWARD_LLVM_ROOT})
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "LLVM 22 is needed, found ${LLVM_PACKAGE_VERSION} in "
                      "${LLVM_DIR}; set STACKWARD_LLVM_ROOT")
endif()
