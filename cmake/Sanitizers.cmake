# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
if(STACKWARD_SANITIZE)
  add_compile_options(-fsanitize=${STACKWARD_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  # -fno-rtti and the vptr check exclude each other.
  if(STACKWARD_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${STACKWARD_SANITIZE})
endif()
