// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// gab-gen: what has survived one minor cycle is not old yet.
///
/// What is being built when a cycle comes is alive, however short it lives.
/// Were it old from then on, it would stay until the next major cycle, and so
/// would all that it comes to refer to: of trees that are built and dropped one
/// after the other, the half built before the cycle and the half built after
/// it.
///
/// So cells with references in blocks that were fresh stay young for one more
/// cycle. Their block is flagged, nothing is allocated in it meanwhile, and the
/// next minor cycle forgets its marks before it starts: what is then reached a
/// second time becomes old.
///
///  A1  A block with AgingFlag holds cells that have survived once, and no
///      others. Stores into them are not logged.
///  A2  Whatever is old and refers to a young object is visited by the next
///      minor cycle: because the store was logged and the entry was kept, or
///      because the object became old in this cycle and is traced again in the
///      next one.
///
/// In blocks that threads hold, or had room before, cells become old at once:
/// there, new ones come to lie among them. So do large objects, and all without
/// references, which keep nothing else alive.
///
/// When most of what is young survives, waiting would only mean to mark it
/// twice; then everything becomes old at once.
#ifndef GAB_RUNTIME_AGING_H
#define GAB_RUNTIME_AGING_H

#include "Tracer.h"

namespace gab::rt {

/// copying moves all that lives in each cycle, which is a lot where there is
/// much with references: then it has minor cycles too, and moves the rest when
/// those have found four times as much as lived after the last full one. Where
/// there is little, or mostly objects without references, the barrier would
/// cost more than that.
void chooseGenerations(gab_kind Kind);

/// Before roots are scanned, when it is known which blocks are held.
void chooseAging();

/// What is marked in this block becomes old and has to be looked at for
/// references to what does not (A2).
inline bool becomesOld(const BlockInfo &B) {
  return Cycle.Aging && !B.is(Cycle.Plain);
}
/// Whether a slot refers to an object that stays young in this cycle.
bool leadsToYoung(void *const *Slot);
/// Whether some field of Object may.
bool refersToYoung(uintptr_t Object);

} // namespace gab::rt
#endif
