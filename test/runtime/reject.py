#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs that must not compile, each with what the compiler must say.

usage: reject.py INCLUDE_DIR COMPILER...
"""
import shutil
import subprocess
import sys

HEAD = '#include "gab/gab.hpp"\n#include <string>\n'
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
    "a field of an unknown type in GAB_TRACE": (
        "struct T { int *p; GAB_TRACE(T, p) }; void f() { gab::make<T>(); }",
        "no matching|no match"),
}
GOOD = ("struct P { double v; long t; };"
        "struct T { gab::Member<T> n; gab::Member<P> p; GAB_TRACE(T, n, p) };"
        "void f() { gab::make<T>()->p = gab::make<P>(1.0, 2); }")


def compile_text(compiler, include, text, *flags):
    return subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", "-I", include, *flags,
         "-x", "c++", "-"],
        input=HEAD + text, text=True, capture_output=True)


def main():
    import re
    include, bad = sys.argv[1], 0
    for compiler in sys.argv[2:]:
        if not shutil.which(compiler):
            continue
        for flags in ([], ["-fno-exceptions", "-fno-rtti"]):
            good = compile_text(compiler, include, GOOD, "-Wall", "-Wextra",
                                "-Werror", *flags)
            if good.returncode:
                bad += 1
                print(compiler, flags, "the good case fails\n", good.stderr)
        if compiler != sys.argv[2]:
            continue  # the claims are the headers'; one compiler checks them
        for name, (text, message) in CASES.items():
            result = compile_text(compiler, include, text)
            if result.returncode == 0 or not re.search(message, result.stderr):
                bad += 1
                print(f"{compiler}: {name}: expected an error with "
                      f"'{message}', got\n{result.stderr[:800]}")
    sys.exit(1 if bad else 0)


main()
