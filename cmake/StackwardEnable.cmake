# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# stackward_enable(TARGET) compiles a target with the pass plugin and, when
# interprocedural optimisation is on, links it with it. Options come from
# STACKWARD_FLAGS in the environment or from
#   set_property(TARGET t PROPERTY STACKWARD_OPTIONS rollout=10 limit=5)
# With `seed` or `gab-lowering` among them their library is linked too; with the
# property STACKWARD_SHARED_HEAP the heap of gab-lowering as a shared one.
find_file(STACKWARD_PLUGIN StackwardPlugin.so
  HINTS ${CMAKE_CURRENT_LIST_DIR}/../.. ${CMAKE_BINARY_DIR}/lib
  DOC "The pass plugin of Stackward")
foreach(Library seed.a rt.a rt_shared.a heap.so)
  string(MAKE_C_IDENTIFIER STACKWARD_${Library} Variable)
  string(TOUPPER ${Variable} Variable)
  find_file(${Variable} libstackward_${Library}
    HINTS ${CMAKE_CURRENT_LIST_DIR}/../.. ${CMAKE_BINARY_DIR}/lib
    DOC "A part of the run-time library of seeded and lowered programs")
endforeach()

function(stackward_enable Target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR
     NOT CMAKE_CXX_COMPILER_VERSION MATCHES "^22\\.")
    message(FATAL_ERROR "stackward_enable: the plugin loads into clang 22, "
      "not into ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  endif()
  if(NOT STACKWARD_PLUGIN)
    message(FATAL_ERROR "stackward_enable: set STACKWARD_PLUGIN to the path "
      "of StackwardPlugin.so")
  endif()
  set(Options $<TARGET_PROPERTY:${Target},STACKWARD_OPTIONS>)
  target_compile_options(${Target} PRIVATE
    $<$<COMPILE_LANGUAGE:C,CXX>:-fpass-plugin=${STACKWARD_PLUGIN}>
    "$<$<BOOL:${Options}>:SHELL:-mllvm -stackward-$<JOIN:${Options}, -mllvm -stackward->>")
  # Other programs keep their operators.
  foreach(Name seed gab-lowering)
    set(Ways)
    foreach(Value "" =1 =on =true)
      list(APPEND Ways $<IN_LIST:${Name}${Value},${Options}>)
    endforeach()
    list(JOIN Ways "," Ways)
    set(Asks $<OR:${Ways}>)
    string(MAKE_C_IDENTIFIER Asks_${Name} Variable)
    set(${Variable} ${Asks})
  endforeach()
  set(Shared $<BOOL:$<TARGET_PROPERTY:${Target},STACKWARD_SHARED_HEAP>>)
  target_link_libraries(${Target} PRIVATE
    "$<$<AND:${Asks_seed},$<NOT:${Asks_gab_lowering}>>:${STACKWARD_SEED_A}>"
    "$<$<AND:${Asks_gab_lowering},$<NOT:${Shared}>>:${STACKWARD_RT_A}>"
    "$<$<AND:${Asks_gab_lowering},${Shared}>:${STACKWARD_RT_SHARED_A}>"
    "$<$<AND:${Asks_gab_lowering},${Shared}>:${STACKWARD_HEAP_SO}>")
  get_target_property(Ipo ${Target} INTERPROCEDURAL_OPTIMIZATION)
  if(Ipo)
    target_link_options(${Target} PRIVATE
      -fuse-ld=lld -Wl,--load-pass-plugin=${STACKWARD_PLUGIN})
  endif()
endfunction()
