// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Everything a C++ program needs of libgab except the containers.
#ifndef GAB_GAB_HPP
#define GAB_GAB_HPP

#include "gab/handles.hpp"
#include "gab/make.hpp"
#include "gab/member.hpp"
#include <functional>
#include <vector>

namespace gab {

/// Collects whatever is unreachable now.
inline void collect() { gab_collect(GAB_COLLECT_FULL); }
/// A young collection where the plan has one, else a full one.
inline void collect_minor() { gab_collect(GAB_COLLECT_MINOR); }
/// Collects, and moves whatever is not pinned so that sparse blocks come free.
inline void compact() { gab_collect(GAB_COLLECT_COMPACT); }

inline gab_stats stats() {
  gab_stats S;
  gab_stats_get(&S);
  return S;
}

/// Writes what can be reached, from where and through which fields, in the form
/// of Chrome's .heapsnapshot files. False when the file cannot be written.
inline bool write_snapshot(const char *Path) {
  return gab_write_snapshot(Path);
}

/// Sets a knob, by the name of its environment variable (docs/gab/tuning.md).
/// False when it can only be set at the start, or the value makes no sense.
inline bool set(const char *Knob, const char *Value) {
  return gab_set(Knob, Value);
}
/// The heap may grow by this much of what was alive before it is collected.
inline void set_growth(unsigned Percent) { gab_set_growth(Percent); }
/// Above this many bytes the collector runs early; above it with everything
/// collected, allocation fails. Zero: no limit.
inline void set_limit(size_t Bytes) { gab_set_limit(Bytes); }
/// Bytes allocated between two young collections.
inline void set_young(size_t Bytes) { gab_set_young(Bytes); }

/// Stable while the object lives, wherever it is moved.
template <class T> inline uint64_t identity_hash(Ref<T> Object) {
  return gab_identity_hash(Object.get(), type_of<T>());
}

/// Keeps Object (and its address) until here.
template <class T> inline void keep_alive(const T &Object) {
  asm volatile("" : : "r"(&Object) : "memory");
}

inline namespace literals {
constexpr size_t operator""_KiB(unsigned long long N) { return N << 10; }
constexpr size_t operator""_MiB(unsigned long long N) { return N << 20; }
constexpr size_t operator""_GiB(unsigned long long N) { return N << 30; }
} // namespace literals

} // namespace gab

template <class T> struct std::hash<gab::Ref<T>> {
  size_t operator()(gab::Ref<T> R) const { return gab::identity_hash(R); }
};

// Standard containers of references lie where nobody looks for them.
template <class T>
class std::allocator<gab::Ref<T>> : gab::detail::OutsideTheHeap<T> {};
template <class T>
class std::allocator<gab::Member<T>> : gab::detail::OutsideTheHeap<T> {};
template <class T>
class std::allocator<gab::WeakMember<T>> : gab::detail::OutsideTheHeap<T> {};
template <class K, class V>
  requires(gab::detail::IsStored<K>::value || gab::detail::IsStored<V>::value)
class std::allocator<std::pair<const K, V>> : gab::detail::OutsideTheHeap<K> {};
#endif
