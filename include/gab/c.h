/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The C interface of libgab, and the layout that inlined allocation relies
 * on. A pointer to an object is a pointer to its payload. An object of a type
 * with references is preceded by one word, its header, that holds the address
 * of its `gab_type`, unless it lies in a block of that type alone; a
 * pointer-free object has no header at all, so every place that refers to it
 * must know its exact type.
 *
 * \invariant  An inlined allocation takes the slow path when
 *             `top + size > end`, which cannot overflow. Both fields zero
 *             (unattached thread) and `end` zero (somebody wants this thread's
 *             attention) therefore both mean "slow path".
 */
#ifndef GAB_C_H
#define GAB_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(GAB_BUILDING) || defined(GAB_VISIBLE)
#define GAB_API __attribute__((visibility("default")))
#else
#define GAB_API
#endif

typedef struct gab_type gab_type;
typedef struct gab_visitor gab_visitor;

enum {
  GAB_NOSCAN_TYPE = 1,   /* holds no reference */
  GAB_ARRAY_TYPE = 2,    /* a length word, then elements */
  GAB_FINALIZE_TYPE = 4, /* `finalize` runs once after the last reference */
  GAB_MOVABLE_TYPE = 8,  /* may be moved by copying its bytes */
  GAB_DYNAMIC_TYPE = 16, /* `trace` visits other fields at other times */
  GAB_CONSERVATIVE_TYPE = 32, /* every word may be a reference */
  GAB_SEGREGATED_TYPE = 64    /* its objects have blocks of their own */
};

/** What the collector knows of a type. One per type, never freed. */
struct gab_type {
  uint32_t size;         /* bytes; for arrays: of the length word, 8 */
  uint32_t element_size; /* arrays only */
  uint16_t align;        /* at most 16 */
  uint16_t flags;        /* GAB_*_TYPE */
  uint32_t run;          /* the collector's; zero at first: place in `typed` */
  /* Visits the fields of one object, or of one element of an array. */
  void (*trace)(void *object, gab_visitor *visitor);
  void (*finalize)(void *object);
  const char *name;
  void *cache; /* belongs to the collector; zero at first */
};

/** How `trace` hands its fields to the collector. */
struct gab_visitor {
  void (*edge)(gab_visitor *, void **slot, const gab_type *);
  void (*weak)(gab_visitor *, void **slot, const gab_type *);
  void (*ephemeron)(gab_visitor *, void **key, const gab_type *keyType,
                    void **value, const gab_type *valueType);
  /* NULL unless somebody wants names: what follows lies in a field of that
   * name, until the call with NULL for the name. "[]" is the next element. */
  void (*field)(gab_visitor *, const char *name);
};

typedef enum gab_root_kind {
  GAB_ROOT_STRONG, /* rewritten when the object moves */
  GAB_ROOT_WEAK,   /* cleared when the object dies */
  GAB_ROOT_PIN     /* keeps the object where it is */
} gab_root_kind;

/** A slot outside the heap. Linked into a list of the runtime's. */
typedef struct gab_root {
  struct gab_root *previous, *next;
  void *object;
  const gab_type *type;
  uint32_t kind; /* gab_root_kind */
  uint32_t linked;
} gab_root;

/** A precise handle on a stack. The conservative scan of the stack leaves out
 *  the word `object` of each entry on the thread's list. */
typedef struct gab_local {
  struct gab_local *previous, *next;
  void *object;
  const gab_type *type;
} gab_local;

/** A stack that the operating system does not know (a fiber). It is scanned
 *  from `*pointer` to `high` whenever `*pointer` is not null: set it before
 *  the switch away from the stack, clear it after the switch to it. */
typedef struct gab_stack {
  struct gab_stack *previous, *next;
  void *low, *high;
  void **pointer;
} gab_stack;

#define GAB_SMALL_LIMIT 128 /* pointer-free objects below this share a GAB */
#define GAB_FAST_CLASSES 15 /* size classes with an inlined path */
#define GAB_TYPED_RUNS 8    /* types with blocks of their own, and one more */

typedef struct gab_run {
  uintptr_t top, end;
} gab_run;

/** What a thread allocates from. Only the owner stores to `top`; the
 *  collector may set `end` to zero at any time. */
typedef struct gab_thread_block {
  gab_run small;
  gab_run scan[GAB_FAST_CLASSES];
  gab_local *locals;
  void *thread;
  uintptr_t logs; /* nonzero: a store has to look at gab_barrier */
  gab_run typed[GAB_TYPED_RUNS]; /* the first is always empty */
  uintptr_t blocked; /* nonzero: the collector may run; see gab_root_set */
} gab_thread_block;

extern GAB_API __thread gab_thread_block gab_tls
    __attribute__((tls_model("initial-exec")));

/** The write barrier. While `gab_tls.logs` is zero no store is logged. Else a
 *  store to `slot` with `slot - base < size` is logged once if the bit of its
 *  word is set in `bits`. The switch is the thread's, because what all threads
 *  read is addressed by way of a table in position-independent code, which is a
 *  tenth of the time it takes to make a small object and store it. */
typedef struct gab_barrier_state {
  uintptr_t base, size;
  unsigned char *bits;
  uintptr_t weak_reads; /* nonzero: reads of weak references are logged */
} gab_barrier_state;

extern GAB_API gab_barrier_state gab_barrier;

typedef enum gab_kind {
  GAB_COLLECT_MINOR, /* young objects only, where the plan knows them */
  GAB_COLLECT_FULL,
  GAB_COLLECT_COMPACT /* full, and moves whatever may move */
} gab_kind;

typedef struct gab_stats {
  uint64_t cycles, minor_cycles;
  uint64_t reserved_bytes;  /* address space */
  uint64_t committed_bytes; /* may be used without asking the system */
  uint64_t resident_bytes;  /* of the heap; counted, not asked for */
  uint64_t used_bytes;      /* blocks in use */
  uint64_t live_bytes;      /* found alive by the last cycle */
  uint64_t allocated_bytes; /* since the start, by runs handed out */
  uint64_t moved_bytes, moved_objects;
  uint64_t pinned_lines; /* of the last cycle */
  uint64_t freed_blocks;
  uint64_t pause_total_ns, pause_max_ns, pause_last_ns;
  uint64_t mark_total_ns;
  uint64_t marked_objects; /* of the last cycle, with references inside */
  uint64_t finalized;
  uint64_t threads;
  uint64_t returned_bytes;
  uint64_t assists;     /* times a thread marked for what it allocated */
  uint64_t cycle_waits; /* times one waited for a concurrent cycle */
} gab_stats;

/* The cold entries keep all general registers but rax and r11. */
#if defined(__clang__) && !defined(GAB_BUILDING)
#define GAB_COLD __attribute__((preserve_most))
#else
#define GAB_COLD
#endif

#define GAB_COLD_SYMBOL(Result, Name, Parameters)                              \
  GAB_COLD GAB_API Result Name Parameters;
#define GAB_SYMBOL(Result, Name, Parameters) GAB_API Result Name Parameters;
#include "gab/Symbols.def"

#ifdef __cplusplus
}
#endif
#endif
