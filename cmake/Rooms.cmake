# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# One function for each kind of thing that is built here, so that flags,
# include paths and names are decided in one place.

# Warnings and language options of all our code against LLVM. Not for the
# runtime, which sets its own.
function(stackward_target_options Target)
  target_compile_features(${Target} PUBLIC cxx_std_20)
  target_compile_options(${Target} PRIVATE -Wall -Wextra -Wno-unused-parameter
    -Wundef -Werror=switch -Werror=return-type -fno-exceptions -fno-rtti
    -fvisibility-inlines-hidden)
  target_include_directories(${Target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  # After the system's folders, not before: beside LLVM's headers Debian puts
  # libc++abi's <cxxabi.h>, which must not shadow libstdc++'s own.
  set(Folders ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
  list(REMOVE_DUPLICATES Folders)
  foreach(Folder IN LISTS Folders)
    target_compile_options(${Target} PUBLIC "SHELL:-idirafter ${Folder}")
  endforeach()
  separate_arguments(Definitions UNIX_COMMAND "${LLVM_DEFINITIONS}")
  target_compile_definitions(${Target} PRIVATE ${Definitions})
endfunction()

# stackward_add_room(Escape SOURCES a.cpp ... DEPS StackwardDataflow LLVM ...)
# makes the static library StackwardEscape, position independent because the
# plugin links it too.
function(stackward_add_room Room)
  cmake_parse_arguments(Arg "" "" "SOURCES;DEPS" ${ARGN})
  set(Target Stackward${Room})
  add_library(${Target} STATIC ${Arg_SOURCES})
  add_library(Stackward::${Room} ALIAS ${Target})
  set_target_properties(${Target} PROPERTIES EXPORT_NAME ${Room})
  stackward_target_options(${Target})
  target_link_libraries(${Target} PUBLIC ${Arg_DEPS})
  set_property(GLOBAL APPEND PROPERTY STACKWARD_ROOMS ${Target})
endfunction()

# stackward_add_tool(escape-check SOURCES ... LINK ...)
function(stackward_add_tool Name)
  cmake_parse_arguments(Arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${Name} ${Arg_SOURCES})
  stackward_target_options(${Name})
  target_link_libraries(${Name} PRIVATE ${Arg_LINK})
  set_property(GLOBAL APPEND PROPERTY STACKWARD_TOOLS ${Name})
  install(TARGETS ${Name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# stackward_add_unit_test(escape-solver-test SOURCES ... LINK ... [LABELS ...])
function(stackward_add_unit_test Name)
  cmake_parse_arguments(Arg "" "" "SOURCES;LINK;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${Name} ${Arg_SOURCES})
  stackward_target_options(${Name})
  target_link_libraries(${Name} PRIVATE ${Arg_LINK} GTest::gtest_main)
  set_target_properties(${Name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                        ${CMAKE_BINARY_DIR}/test/bin)
  add_test(NAME ${Name} COMMAND ${Name})
  set_tests_properties(${Name} PROPERTIES LABELS "unit;${Arg_LABELS}"
                       TIMEOUT 300)
endfunction()
