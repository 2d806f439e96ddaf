// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The state that the fast paths of explicit-free allocation look at. Apart
/// from what fills it: an `operator delete` that has to tell cells from other
/// addresses needs no more than this where nobody makes cells.
#include "Malloc.h"

namespace gab::rt {

constinit NoBinsType NoBins = {};
constinit ManualRange Manual;

} // namespace gab::rt

extern "C" {
thread_local constinit gab::rt::Bins *gab_malloc_bins
    __attribute__((tls_model("initial-exec"))) = &gab::rt::NoBins.B;
}
