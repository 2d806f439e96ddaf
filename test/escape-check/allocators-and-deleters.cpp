// RUN: %verify %s -- -std=c++20
// Comparators, allocators and deleters with a state: what they hold goes where
// their code, or whoever asks for them, takes it.

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <set>
#include <unordered_map>
#include <vector>

int *Global;

// Given out by the container.
struct Less {
  int *P;
  bool operator()(int A, int B) const { return A < B; }
};
int comparatorOf() {
  int *X = new int(1); // expect: heap(global)
  std::set<int, Less> S(Less{X}); // expect: heap(non-constant-size)
  Global = S.key_comp().P;
  return *Global;
}
int valueComparatorOf() {
  int *X = new int(1); // expect: heap(global)
  std::set<int, Less> S(Less{X}); // expect: heap(non-constant-size)
  Global = S.value_comp().P;
  return *Global;
}
int comparatorRead() {
  int *X = new int(1); // expect: stack
  int V;
  {
    std::set<int, Less> S(Less{X}); // expect: heap(non-constant-size)
    V = *S.key_comp().P;
  }
  delete X;
  return V;
}
struct Hash {
  int *P;
  size_t operator()(int A) const { return A; }
};
int hashOf() {
  int *X = new int(1); // expect: heap(global)
  std::unordered_map<int, int, Hash> M(8, Hash{X}); // expect: stack
  Global = M.hash_function().P;
  return *Global;
}

// Run by the container.
template <class T> struct Allocator {
  using value_type = T;
  int *P;
  Allocator(int *Q) : P(Q) {}
  template <class U> Allocator(const Allocator<U> &O) : P(O.P) {}
  T *allocate(size_t N) {
    Global = P;
    return static_cast<T *>(::operator new(N * sizeof(T))); // expect: heap()
  }
  void deallocate(T *Q, size_t) { ::operator delete(Q); }
  template <class U> bool operator==(const Allocator<U> &) const {
    return true;
  }
};
int allocatorOfVector() {
  int *X = new int(1); // expect: heap(custom-allocator)
  std::vector<int, Allocator<int>> V{Allocator<int>(X)}; // expect: heap(custom-allocator)
  V.push_back(1);
  return *Global;
}
int allocatorOfMap() {
  using Pair = std::pair<const int, int>;
  int *X = new int(1); // expect: heap(custom-allocator)
  std::map<int, int, std::less<>, Allocator<Pair>> M{Allocator<Pair>(X)}; // expect: heap(custom-allocator)
  M[1] = 2;
  return *Global;
}
int allocatorGivenOut() {
  int *X = new int(1); // expect: heap(custom-allocator)
  std::list<int, Allocator<int>> L{Allocator<int>(X)}; // makes no node
  Global = L.get_allocator().P;
  return *Global;
}
int allocatorOfShared() {
  int *X = new int(1); // expect: heap(custom-allocator)
  auto S = std::allocate_shared<int>(Allocator<int>(X), 3); // expect: heap(custom-allocator)
  return *Global;
}
int sharedPlainly() {
  int *X = new int(1); // expect: stack
  int V;
  {
    auto S = std::allocate_shared<int>(std::allocator<int>(), *X); // expect: stack
    V = *S;
  }
  delete X;
  return V;
}
struct Resource : std::pmr::memory_resource {
  int *P;
  Resource(int *Q) : P(Q) {}
  void *do_allocate(size_t N, size_t) override {
    Global = P;
    return ::operator new(N); // expect: heap()
  }
  void do_deallocate(void *Q, size_t, size_t) override {
    ::operator delete(Q);
  }
  bool do_is_equal(const memory_resource &) const noexcept override {
    return false;
  }
};
int resourceOnHeap() {
  int *X = new int(1); // expect: heap(stored-in-escaped)
  Resource *R = new Resource(X); // expect: heap(custom-allocator)
  {
    std::pmr::vector<int> V(R); // expect: heap(custom-allocator)
    V.push_back(1);
  }
  delete R;
  return *Global;
}
// The destructor of memory_resource is in the library and not seen.
int resourceUnused() {
  int *X = new int(1); // expect: heap(stored-in-escaped)
  Resource R(X);
  int V = *R.P;
  delete X;
  return V;
}

// Run by the owner.
int sharedDeleter() {
  int *X = new int(1); // expect: heap(global)
  {
    std::shared_ptr<int> S(new int(2), [X](int *Q) { // expect: heap(custom-deleter)
      Global = X;
      delete Q;
    });
  }
  return *Global;
}
int sharedDeleterKept() {
  int *X = new int(1); // expect: heap()
  auto Delete = [X](int *Q) { delete Q; };
  std::shared_ptr<int> S(new int(2), Delete); // expect: heap(custom-deleter)
  static auto *Kept = std::get_deleter<decltype(Delete)>(S);
  return Kept != nullptr;
}
int sharedDeleterReads() {
  int *X = new int(1); // expect: stack
  {
    std::shared_ptr<int> S(new int(2), [X](int *Q) { // expect: heap(custom-deleter)
      *Q += *X;
      delete Q;
    });
  }
  int V = *X;
  delete X;
  return V;
}
int uniqueDeleter() {
  int *X = new int(1); // expect: heap(global)
  {
    auto Delete = [X](int *Q) {
      Global = X;
      delete Q;
    };
    std::unique_ptr<int, decltype(Delete)> U(new int(2), Delete); // expect: heap(custom-deleter)
  }
  return *Global;
}
struct Three {
  int *A, *B, *C;
  void operator()(int *Q) const {
    Global = C;
    delete Q;
  }
};
int deleterMoved() {
  int *X = new int(1); // expect: heap(global)
  {
    std::unique_ptr<int, Three> U(new int(2), Three{nullptr, nullptr, X}); // expect: heap(custom-deleter)
    std::unique_ptr<int, Three> V = std::move(U);
  }
  return *Global;
}
struct Any {
  int *P;
  template <class T> void operator()(T *Q) const {
    Global = P;
    delete Q;
  }
};
int deleterTemplate() {
  int *X = new int(1); // expect: heap(global)
  {
    std::unique_ptr<int, Any> U(new int(2), Any{X}); // expect: heap(custom-deleter)
  }
  return *Global;
}
struct Frees {
  void operator()(int *Q) const { delete Q; }
};
int deleterWithoutState() {
  std::unique_ptr<int, Frees> U(new int(2)); // expect: stack
  return *U;
}
int functionAsDeleter() {
  int *X = new int(1); // expect: heap(stored-in-escaped)
  {
    std::unique_ptr<int, std::function<void(int *)>> U(new int(2), [X](int *Q) { // expect: heap(custom-deleter)
      Global = X;
      delete Q;
    });
  }
  return *Global;
}
int functionAsSharedDeleter() {
  int *X = new int(1); // expect: heap(stored-in-escaped)
  {
    std::function<void(int *)> Delete = [X](int *Q) {
      Global = X;
      delete Q;
    };
    std::shared_ptr<int> S(new int(2), Delete); // expect: heap(custom-deleter)
  }
  return *Global;
}
int deleterOfNull() { // a shared_ptr runs it all the same
  int *X = new int(1); // expect: heap(global)
  {
    std::shared_ptr<int> S(nullptr, [X](int *) { Global = X; });
  }
  return *Global;
}
int deleterBeforePointer() {
  int *X = new int(1); // expect: heap(global)
  {
    std::unique_ptr<int, Three> U(nullptr, Three{nullptr, nullptr, X});
    U.reset(new int(2)); // expect: heap(custom-deleter)
  }
  return *Global;
}
struct Inherits : Three {};
int deleterOfBase() {
  int *X = new int(1); // expect: heap(global)
  {
    std::unique_ptr<int, Inherits> U(new int(2), Inherits{{nullptr, nullptr, X}}); // expect: heap(custom-deleter)
  }
  return *Global;
}
