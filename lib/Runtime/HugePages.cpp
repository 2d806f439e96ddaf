// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Pages of 2 MB for what has been in use for a while (GAB_HUGE=2).
///
/// A heap of ten megabytes has more pages of 4 KB than the processor's table of
/// translations holds, and objects that die at random are read and written all
/// over it. Asking for large pages when memory is committed (GAB_HUGE=1) rounds
/// resident memory up, and a virtual machine may have to find each from its
/// host before the first byte is written. So here:
///
///   what    64 adjacent blocks that all have pages already: nothing is added
///   when    they had them at three looks, which are four cycles apart
///   price   what the system takes for it is measured, and stays below 4 % of
///           the CPU time of the process
///
/// Done after the world runs again; a thread that touches the same 2 MB waits.
/// Where pauses are what matters (gab-conc, GAB_PAUSE_US) nothing is done.
#include "Collector.h"

namespace gab::rt {

static constexpr uint32_t RegionBlocks = 64; ///< a word of DirtyMap
static_assert(RegionBlocks * BlockSize == 2u << 20);

static constexpr uint8_t OldEnough = 2, Gathered = 255;
static uint8_t *Ages; ///< looks at which a region was there, or Gathered
static bool Refused = false;
static uint64_t SpentNs = 0, DearestNs = 1000000;
static uint32_t Looks = 0;

static bool isResident(uint32_t Region) {
  Guard G(H.PageLock);
  return (H.DirtyMap[Region] | uint64_t(Region == 0)) == ~uint64_t(0);
}

static bool isAffordable() {
  constexpr uint64_t Share = 25;
  return (SpentNs + DearestNs) * Share <= os::processCpuNs();
}

static void gather(uint32_t Region) {
  uint64_t Start = os::threadCpuNs();
  Ages[Region] = Gathered;
  Refused = !os::makeHuge(
      reinterpret_cast<void *>(H.addressOf(Region * RegionBlocks)),
      RegionBlocks * BlockSize);
  uint64_t Took = os::threadCpuNs() - Start;
  SpentNs += Took;
  DearestNs = Took > DearestNs ? Took : (DearestNs + Took) / 2;
}

void gatherPages() {
  constexpr uint32_t LookEvery = 4;
  if (H.C.Huge != 2 || Refused || ++Looks % LookEvery ||
      H.C.ThePlan == Plan::Conc || H.C.PauseUs || H.C.Quarantine)
    return;
  if (!Ages) {
    Ages = static_cast<uint8_t *>(os::map(H.BlockLimit / RegionBlocks + 1));
    Refused = !Ages;
  }
  for (uint32_t I = 0; I < H.Committed / RegionBlocks && !Refused; ++I) {
    if (!isResident(I)) {
      Ages[I] = 0;
    } else if (Ages[I] < OldEnough) {
      ++Ages[I];
    } else if (Ages[I] != Gathered) {
      if (!isAffordable())
        return;
      gather(I);
    }
  }
}

} // namespace gab::rt
