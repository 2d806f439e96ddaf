// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a fuzzed program tells about itself while it runs. The hooks are in
/// the copy of the program that is compiled, not in the one that is analysed.
///
/// Blocks of memory are known exactly (operator new and malloc are replaced)
/// and never reused, so that every address means one block. A block belongs to
/// a site, that is a line, of an activation:
///
///   O1  `at(L) << (new A)` says that line L of the running activation made
///       the block that the value points to, if it was made since `at(L)` and
///       this activation has not claimed it before.
///   O2  `buffers(V, L)` says the same of a container's memory, whenever made.
///   O3  An activation begins and ends with a Frame.
///
/// A site's faults (Fault) say what would go wrong were its objects on the
/// stack. Memory that is never freed and not used later is no fault.
#ifndef STACKWARD_FUZZ_ORACLE_H
#define STACKWARD_FUZZ_ORACLE_H

#include <cstddef>
#include <iterator>
#include <type_traits>

namespace orc {

enum Fault : unsigned {
  Outlived = 1,    ///< freed or used after the activation ended
  OtherThread = 2, ///< freed by another thread
  InCallee = 4,    ///< freed while a callee of the activation ran
  Overlap = 8,     ///< freed or used after the site made the next object
};

enum class Class : unsigned char { Object, Container };

void claim(const void *Address, int Line, size_t Since, Class C);
size_t now(); ///< counts allocations
void touch(const void *Address);
void *allocate(size_t Bytes);
void release(void *Address);
void begin(unsigned long Seed);
void end(int Result);
void enter();
void leave();

/// One activation. In a constructor whose initializers allocate, `early()`
/// among them begins the activation and the Frame of the body takes it over.
struct Frame {
  Frame() { enter(); }
  explicit Frame(bool) {}
  ~Frame() { leave(); }
  Frame(const Frame &) = delete;
};
struct Early {};
inline Early early() {
  enter();
  return {};
}
template <class T> T operator<<(Early, T &&Value) {
  return static_cast<T &&>(Value);
}

template <class T, class F> void visit(const T &Value, F Each) {
  if constexpr (std::is_pointer_v<T>) {
    if (Value)
      Each(Value);
  } else if constexpr (requires { Value.visitOwned(Each); }) {
    Value.visitOwned(Each);
  } else if constexpr (requires { *Value.get(); }) {
    if (Value.get())
      Each(Value.get());
  } else if constexpr (requires { std::begin(Value); }) {
    using E = std::remove_cvref_t<decltype(*std::begin(Value))>;
    if constexpr (!std::is_arithmetic_v<E>)
      for (const auto &Element : Value)
        visit(Element, Each);
  }
}

struct at {
  int Line;
  size_t Since = now();
  explicit at(int Line) : Line(Line) {}
};
template <class T> void after(const at &A, const T &Value) {
  visit(Value,
        [&](const void *P) { claim(P, A.Line, A.Since, Class::Object); });
}
template <class T> T operator<<(const at &A, T &&Value) {
  after(A, Value);
  return static_cast<T &&>(Value);
}

template <class T> void buffers(const T &Value, int Line) {
  if constexpr (requires { Value.data(); }) {
    if (Value.capacity())
      claim(Value.data(), Line, 0, Class::Container);
  } else {
    for (const auto &Element : Value)
      claim(&Element, Line, 0, Class::Container);
  }
}

template <class T> T *use(T *Pointer) {
  touch(Pointer);
  return Pointer;
}

} // namespace orc

#endif
