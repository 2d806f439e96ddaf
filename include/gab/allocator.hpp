// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// `gab::allocator<T>`: standard containers of pointer-free elements in the
/// collected heap.
///
/// A standard container lives anywhere and keeps plain pointers, which the
/// collector does not see. So each piece of memory is pinned by a root that
/// lies in its own head, from allocate() to deallocate(); what was deallocated
/// comes free with the next cycle. Elements must hold no reference: nothing
/// would find it. Nodes of maps and lists refer to one another and are pinned
/// one by one, so only the element type is asked.
///
/// Cost: 48 bytes (at least 136 in all) and a lock for each allocation. For
/// memory that the collector manages, with references inside, use the
/// containers of this library.
#ifndef GAB_ALLOCATOR_HPP
#define GAB_ALLOCATOR_HPP

#include "gab/gab.hpp"
#include <limits>

namespace gab {

namespace detail {
/// Keeps the memory that it is the head of, after an array's length word.
struct PinnedHead {
  gab_root Root;

  /// At Place, for Object; returns what follows.
  static void *make(void *Place, void *Object) {
    auto *Head = ::new (Place) PinnedHead{
        {nullptr, nullptr, Object, type_of<Array<char>>(), GAB_ROOT_PIN, 0}};
    gab_root_add(&Head->Root);
    return Head + 1;
  }
  static void drop(void *Following) {
    gab_root_remove(&(static_cast<PinnedHead *>(Following) - 1)->Root);
  }
};
static_assert((8 + sizeof(PinnedHead)) % 16 == 0); // so what follows is aligned
} // namespace detail

/// Element is what the container holds, whatever T the container asks for.
template <class T, class Element = T> class allocator {
  static_assert(is_noscan_v<Element>,
                "a standard container in the collected heap holds pointer-free "
                "elements only: say GAB_NOSCAN(T) beside the type, or use "
                "gab::vector and its like");
  static_assert(alignof(T) <= 16, "the heap aligns to 16 bytes at most");

public:
  using value_type = T;
  template <class U> struct rebind {
    using other = allocator<U, Element>;
  };

  allocator() = default;
  template <class U> allocator(const allocator<U, Element> &) {}

  T *allocate(size_t N) {
    if (N > (std::numeric_limits<size_t>::max() >> 1) / sizeof(T))
      detail::outOfMemory();
    size_t Bytes = sizeof(detail::PinnedHead) + N * sizeof(T);
    if (Bytes < GAB_SMALL_LIMIT) // small objects share lines, cells do not
      Bytes = GAB_SMALL_LIMIT;
    auto *Memory =
        detail::orThrow<char>(gab_alloc_array(type_of<Array<char>>(), Bytes));
    return static_cast<T *>(detail::PinnedHead::make(Memory + 8, Memory));
  }
  void deallocate(T *Elements, size_t) { detail::PinnedHead::drop(Elements); }

  template <class U>
  friend bool operator==(const allocator &, const allocator<U, Element> &) {
    return true;
  }
};

} // namespace gab
#endif
