// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// References from outside the heap.
///
///   Local<T>   on a stack; precise: the object may move, the handle follows
///   Root<T>    anywhere a C++ object may live; precise
///   Global<T>  a Root for static storage: constant-initialised, registers at
///              its first store, so that no start-up code runs
///   Weak<T>    anywhere; becomes null when the object dies
///   Pin<T>     anywhere; the object stays alive and where it is
///
/// A raw pointer or a Ref in malloc memory is none of these, and the collector
/// does not see it.
#ifndef GAB_HANDLES_HPP
#define GAB_HANDLES_HPP

#include "gab/member.hpp"

namespace gab {
namespace detail {

/// Debug builds notice a handle used by a thread the collector does not know.
inline void checkAttached() {
#if !defined(NDEBUG) || defined(GAB_CHECK_HANDLES)
  if (!gab_tls.thread) [[unlikely]]
    gab_misuse("a handle was read by a thread that is not attached",
               "call gab_attach() or make a gab::ThreadScope first");
#endif
}

template <class T, gab_root_kind Kind> class RegisteredSlot {
protected:
  gab_root Slot{nullptr, nullptr, nullptr, nullptr, Kind, 0};

  constexpr RegisteredSlot() = default;
  /// False where the collector may be looking at the slot this very moment, and
  /// for the first store, which registers it.
  bool mayBeStored() {
    if (Slot.linked) [[likely]]
      return !gab_tls.blocked;
    Slot.type = type_of<T>();
    return false;
  }
  void assign(const void *Object) {
    if (mayBeStored()) [[likely]]
      storeSlot(Slot.object, Object);
    else
      gab_root_set(&Slot, Object);
  }
  void copy(const RegisteredSlot &Other) {
    if (mayBeStored()) [[likely]]
      storeSlot(Slot.object, Other.load());
    else
      gab_root_copy(&Slot, &Other.Slot);
  }
  void drop() {
    if (Slot.linked)
      gab_root_remove(&Slot);
  }
  T *load() const {
    T *Object = loadSlot<T>(Slot.object);
    if (Object)
      checkAttached();
    return Object;
  }
};

template <class T, gab_root_kind Kind>
class StrongHandle : public RegisteredSlot<T, Kind> {
public:
  constexpr StrongHandle() = default;
  StrongHandle(Ref<T> R) { this->assign(R.get()); }
  StrongHandle(const StrongHandle &Other) { this->copy(Other); }
  StrongHandle &operator=(const StrongHandle &Other) {
    this->copy(Other);
    return *this;
  }
  StrongHandle &operator=(Ref<T> R) {
    this->assign(R.get());
    return *this;
  }
  ~StrongHandle() { this->drop(); }

  T *get() const { return this->load(); }
  T *operator->() const { return get(); }
  T &operator*() const { return *get(); }
  operator Ref<T>() const { return Ref<T>(get()); }
  explicit operator bool() const { return get() != nullptr; }
};

} // namespace detail

template <class T> using Root = detail::StrongHandle<T, GAB_ROOT_STRONG>;
template <class T> using Pin = detail::StrongHandle<T, GAB_ROOT_PIN>;

/// Like Root, but never unregistered: for static storage.
template <class T>
class Global : public detail::RegisteredSlot<T, GAB_ROOT_STRONG> {
public:
  constexpr Global() = default;
  Global(const Global &) = delete;
  Global &operator=(const Global &) = delete;
  Global &operator=(Ref<T> R) {
    this->assign(R.get());
    return *this;
  }
  T *get() const { return this->load(); }
  T *operator->() const { return get(); }
  operator Ref<T>() const { return Ref<T>(get()); }
  explicit operator bool() const { return get() != nullptr; }
};

/// See WeakMember for when the death of a small object is noticed.
template <class T>
class Weak : public detail::RegisteredSlot<T, GAB_ROOT_WEAK> {
public:
  Weak() = default;
  Weak(Ref<T> R) { this->assign(R.get()); }
  Weak(const Weak &Other) { this->copy(Other); }
  Weak &operator=(const Weak &Other) {
    this->copy(Other);
    return *this;
  }
  Weak &operator=(Ref<T> R) {
    this->assign(R.get());
    return *this;
  }
  ~Weak() { this->drop(); }
  Ref<T> lock() const {
    T *Object = this->load();
    if (__atomic_load_n(&gab_barrier.weak_reads, __ATOMIC_RELAXED)) [[unlikely]]
      gab_weak_read(Object, type_of<T>());
    return Ref<T>(Object);
  }
};

/// A precise handle for a stack frame. Destroyed in any order, but only by the
/// thread that made it.
template <class T> class Local {
  gab_local Entry;

  void link(const void *Object) {
    if (!gab_tls.thread) [[unlikely]]
      gab_attach();
    detail::storeSlot(Entry.object, Object);
    Entry.type = type_of<T>();
    Entry.previous = nullptr;
    Entry.next = gab_tls.locals;
    if (Entry.next)
      Entry.next->previous = &Entry;
    // A collection between two of these stores sees the list without the
    // new entry; the object is then held by a register.
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    gab_tls.locals = &Entry;
  }

public:
  Local() { link(nullptr); }
  Local(Ref<T> R) { link(R.get()); }
  Local(const Member<T> &M) { link(M.get()); }
  Local(const Local &Other) { link(Other.get()); }
  Local &operator=(const Local &Other) {
    detail::storeSlot(Entry.object, Other.get());
    return *this;
  }
  Local &operator=(Ref<T> R) {
    detail::storeSlot(Entry.object, R.get());
    return *this;
  }
  ~Local() {
    if (Entry.next)
      Entry.next->previous = Entry.previous;
    if (Entry.previous)
      Entry.previous->next = Entry.next;
    else
      gab_tls.locals = Entry.next;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  T *get() const { return detail::loadSlot<T>(Entry.object); }
  T *operator->() const { return get(); }
  T &operator*() const { return *get(); }
  operator Ref<T>() const { return Ref<T>(get()); }
  explicit operator bool() const { return get() != nullptr; }
};

/// "I will not touch the heap": the collector need not stop this thread.
class BlockedScope {
public:
  BlockedScope() { gab_enter_blocked(); }
  ~BlockedScope() { gab_leave_blocked(); }
  BlockedScope(const BlockedScope &) = delete;
  BlockedScope &operator=(const BlockedScope &) = delete;
};

/// Makes the calling thread known to the collector, and forgets it again if it
/// was a stranger before. Optional: the first allocation does it too.
class ThreadScope {
  bool Mine = !gab_tls.thread;

public:
  ThreadScope() { gab_attach(); }
  ~ThreadScope() {
    if (Mine)
      gab_detach();
  }
  ThreadScope(const ThreadScope &) = delete;
  ThreadScope &operator=(const ThreadScope &) = delete;
};

} // namespace gab
#endif
