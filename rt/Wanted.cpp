// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// libstackward_rt: the part that is linked when a unit was compiled with
/// gab-lowering, and says so to New.cpp.
#include "Operators.h"

extern "C" {
/// What such a unit refers to, so that it cannot be linked without this
/// library.
extern HIDDEN const char stackward_gab_lowering_needs_libstackward_rt;
const char stackward_gab_lowering_needs_libstackward_rt = 0;
extern DOOR const char stackward_rt_operators;
extern DOOR const char *stackward_gab_lowering_asked;
const char *stackward_gab_lowering_asked = &stackward_rt_operators;
}
