#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs that must not compile, each with what the compiler must say.

usage: reject.py INCLUDE_DIR COMPILER...
"""
import re
import shutil
import subprocess
import sys
import tempfile

HEAD = ('#include "gab/gab.hpp"\n#include "gab/vector.hpp"\n'
        '#include <map>\n#include <memory>\n#include <string>\n'
        '#include <unordered_map>\n#include <vector>\n')
CASES = {
    "a raw pointer in an untraced type": (
        "struct T { int *p; }; void f() { gab::make<T>(); }",
        "cannot see whether this type holds references"),
    "a reference member": (
        "int x; struct T { int &r; }; void f() { gab::make<T>(x); }",
        "cannot see whether this type holds references"),
    "a class with a constructor that says nothing": (
        "struct T { int a; T() : a(1) {} }; void f() { gab::make<T>(); }",
        "cannot see whether this type holds references"),
    "a std::string": (
        "void f() { gab::make<std::string>(); }",
        "cannot see whether this type holds references"),
    "a reference to a base": (
        "struct B { gab::Member<B> n; GAB_TRACE(B, n) };"
        "struct D : B { gab::Member<B> m; GAB_TRACE(D, m) };"
        "void f() { gab::Ref<B> b = gab::make<D>(); }",
        "no viable conversion|could not convert|conversion from"),
    "a derived class that inherits its trace": (
        "struct B { gab::Member<B> n; GAB_TRACE(B, n) };"
        "struct D : B { gab::Member<B> m; }; void f() { gab::make<D>(); }",
        "has only the trace of its base"),
    "a derived class that inherits trace()": (
        "struct B { gab::Member<B> n; void trace(gab::Visitor &V) { V(n); } };"
        "struct D : B { gab::Member<B> m; }; void f() { gab::make<D>(); }",
        "has only the trace of its base"),
    "an array of elements with destructors": (
        "struct T { std::string s; gab::Member<T> n; GAB_TRACE(T, n) };"
        "void f() { gab::make_array<T>(3); }",
        "dropped without destructors"),
    "a type aligned to 64 bytes": (
        "struct alignas(64) T { int a; }; void f() { gab::make<T>(); }",
        "aligns objects to 16 bytes at most"),
    "an uninitialised object with references": (
        "struct T { gab::Member<T> n; GAB_TRACE(T, n) };"
        "void f() { gab::make_uninit<T>(); }",
        "only a pointer-free object may start uninitialised"),
    "a field with references that GAB_TRACE does not name": (
        "struct T { gab::Member<T> a; int i; gab::Member<T> b; GAB_TRACE(T, a) };"
        "void f() { gab::make<T>(); }",
        "not named in GAB_TRACE(.|\n)*TracedField<T, gab::Member<T>"),
    "the same in a private field": (
        "class T { gab::Member<T> a; gab::vector<int> v;"
        "public: T(int) {} GAB_TRACE(T, a) }; void f() { gab::make<T>(1); }",
        "not named in GAB_TRACE(.|\n)*TracedField<T, gab::vector<int>"),
    "the same in an array": (
        "struct T { std::array<gab::Member<T>, 2> a[3]; GAB_TRACE(T) };"
        "void f() { gab::make<T>(); }", "not named in GAB_TRACE"),
    "the same in a field of an element": (
        "struct E { gab::Member<E> a, b; GAB_TRACE(E, a) };"
        "struct T { gab::Member<gab::Array<E>> e; GAB_TRACE(T, e) };"
        "void f() { gab::make<T>()->e = gab::make_array<E>(2); }",
        "not named in GAB_TRACE(.|\n)*TracedField<E"),
    "a struct without GAB_TRACE around a reference": (
        "struct S { gab::Member<int> m; }; struct T { S s; GAB_TRACE(T) };"
        "void f() { gab::make<T>(); }", "not named in GAB_TRACE"),
    "a plain pointer to a traced object": (
        "struct T { T *p; GAB_TRACE(T) }; void f() { gab::make<T>(); }",
        "the collector does not see"),
    "a C++ reference to a traced object": (
        "struct T { T &p; T(T &q) : p(q) {} GAB_TRACE(T) };"
        "void f(T &t) { gab::make<T>(t); }", "the collector does not see"),
    "a Ref in a traced object": (
        "struct T { gab::Ref<int> r; GAB_TRACE(T) };"
        "void f() { gab::make<T>(); }", "the collector does not see"),
    "a Local in a traced object": (
        "struct T { gab::Local<int> r; GAB_TRACE(T) };"
        "void f() { gab::make<T>(); }", "the collector does not see"),
    "a standard container of plain pointers in a traced object": (
        "struct T { std::vector<T *> v; GAB_TRACE(T) };"
        "void f() { gab::make<T>(); }", "the collector does not see"),
    "a smart pointer to a traced object": (
        "struct N { gab::Member<N> n; GAB_TRACE(N, n) };"
        "struct T { std::unique_ptr<N> u; GAB_TRACE(T) };"
        "void f() { gab::make<T>(); }", "the collector does not see"),
    "GAB_NOSCAN of a type with a Member": (
        "struct T { int i; gab::Member<int> m; }; GAB_NOSCAN(T);"
        "void f() { gab::make<T>(); }", "says GAB_NOSCAN and has a field"),
    "GAB_NOSCAN of a type with a C++ reference to a traced object": (
        "struct N { gab::Member<N> n; GAB_TRACE(N, n) };"
        "struct T { N &r; }; GAB_NOSCAN(T); void f(N &n) { gab::make<T>(n); }",
        "says GAB_NOSCAN and has a field"),
    "new of a traced class": (
        "struct N { gab::Member<N> n; GAB_TRACE(N, n) }; void f() { new N; }",
        "deleted function 'operator new'"),
    "a std::vector of references": (
        "std::vector<gab::Ref<int>> v;", "a standard container would hold"),
    "a std::map to references": (
        "void f() { std::map<int, gab::Member<int>> m; m[1] = nullptr; }",
        "a standard container would hold"),
    "a std::unordered_map of references": (
        "void f() { std::unordered_map<gab::Ref<int>, int> m; m.clear(); }",
        "a standard container would hold"),
    "a field of an unknown type in GAB_TRACE": (
        "struct T { int *p; GAB_TRACE(T, p) }; void f() { gab::make<T>(); }",
        "no matching|no match"),
}
GOOD = ("struct P { double v; long t; };"
        "struct T { gab::Member<T> n; gab::Member<P> p; GAB_TRACE(T, n, p) };"
        "void f() { gab::make<T>()->p = gab::make<P>(1.0, 2); }"
        # What may look like a hidden reference and is none.
        "struct F; class G : P { int id; std::vector<int> v;"
        "  std::unique_ptr<P> u; P *plain; F *declared; std::hash<T *> h;"
        "  gab::Root<T> root; gab::Weak<T> weak; std::vector<gab::Root<T>> w;"
        "  T *known; std::pair<int, gab::Member<T>> pair;"
        "  std::map<int, P> map; std::vector<T *> *many;"
        "public: G(); GAB_TRACE(G, pair) }; GAB_NOSCAN(T *);"
        "void g() { gab::make<G>(); alignas(T) char place[sizeof(T)];"
        "  new (place) T{}; }")


def compile_text(compiler, include, text, *flags):
    return subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", "-I", include, *flags,
         "-x", "c++", "-"],
        input=text, text=True, capture_output=True)


def headers_once(compiler, include, folder):
    """Clang reads the headers once for all cases."""
    path = folder + "/head.hpp"
    with open(path, "w") as f:
        f.write(HEAD)
    subprocess.check_call([compiler, "-std=c++20", "-I", include, "-x",
                           "c++-header", path, "-o", path + ".pch"])
    return ["-include-pch", path + ".pch"]


def main():
    include, bad = sys.argv[1], 0
    for compiler in sys.argv[2:]:
        if not shutil.which(compiler):
            continue
        for flags in ([], ["-fno-exceptions", "-fno-rtti"]):
            good = compile_text(compiler, include, HEAD + GOOD, "-Wall",
                                "-Wextra", "-Werror", *flags)
            if good.returncode:
                bad += 1
                print(compiler, flags, "the good case fails\n", good.stderr)
        if compiler != sys.argv[2]:
            continue  # the claims are the headers'; one compiler checks them
        folder = tempfile.TemporaryDirectory()
        once = headers_once(compiler, include, folder.name)
        for name, (text, message) in CASES.items():
            result = compile_text(compiler, include, text, *once)
            if result.returncode == 0 or not re.search(message, result.stderr):
                bad += 1
                print(f"{compiler}: {name}: expected an error with "
                      f"'{message}', got\n{result.stderr[:800]}")
    sys.exit(1 if bad else 0)


main()
