// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Places where bpftrace, perf or gdb can look at a cycle, without a build of
/// its own: each is one instruction that does nothing, and a note in the
/// library that says where its arguments are (USDT, <sys/sdt.h>). The build
/// option GAB_USDT decides; docs/gab/tuning.md lists the arguments, and
/// test/runtime/usdt_check.py holds the two together.
#ifndef GAB_RUNTIME_PROBES_H
#define GAB_RUNTIME_PROBES_H

#include <stdint.h>
#ifdef GAB_USDT
#include <sys/sdt.h>
#endif

namespace gab::rt {

/// Before the world is stopped. Kind is a gab_kind.
inline void probeStart([[maybe_unused]] uint64_t Number,
                       [[maybe_unused]] uint64_t Kind,
                       [[maybe_unused]] const char *Reason,
                       [[maybe_unused]] uint64_t UsedBytes) {
#ifdef GAB_USDT
  DTRACE_PROBE4(gab, gc_start, Number, Kind, Reason, UsedBytes);
#endif
}

/// At the end of each pause, those of a concurrent cycle one by one.
inline void probePause([[maybe_unused]] uint64_t Ns) {
#ifdef GAB_USDT
  DTRACE_PROBE1(gab, gc_pause, Ns);
#endif
}

/// In the pause, when blocks have been emptied.
inline void probeEvacuation([[maybe_unused]] uint64_t Blocks,
                            [[maybe_unused]] uint64_t Objects,
                            [[maybe_unused]] uint64_t Bytes) {
#ifdef GAB_USDT
  DTRACE_PROBE3(gab, gc_evac, Blocks, Objects, Bytes);
#endif
}

/// When the world runs again.
inline void probeEnd([[maybe_unused]] uint64_t Number,
                     [[maybe_unused]] uint64_t PauseNs,
                     [[maybe_unused]] uint64_t LiveBytes,
                     [[maybe_unused]] uint64_t UsedBytes) {
#ifdef GAB_USDT
  DTRACE_PROBE4(gab, gc_end, Number, PauseNs, LiveBytes, UsedBytes);
#endif
}

} // namespace gab::rt
#endif
