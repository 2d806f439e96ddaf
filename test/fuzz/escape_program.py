#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a random C++ program without undefined behaviour, from a seed.

The same text comes out twice, with the same line numbers: plain, for the
analysis, and with the hooks of oracle/Oracle.h, for the run. Hooks are written
between the marks of HOOK and end().

What keeps the programs free of undefined behaviour is the kind of each value:

  I  A * whose object is never freed (or null): may go anywhere, any time
  J  H * likewise
  B  A * that somebody frees: it has a depth, the block in which its object
     lives, and is held only by variables of that block or inside it
  everything else owns what it holds, by the rules of C++

While a B points into a local owner, that owner is frozen: nobody names it,
and nothing is called that might reach it by reference.
"""
import random
import re
import sys

from escape_grammar import TYPES, Body, Function, Variable

HOOK = re.compile(r"⟦([^⟦⟧]*)⟧")
MODES = {"I": ["{}", "{}&", "{}const &"], "J": ["{}"], "B": ["{}"],
         "U": ["{} ", "{} &", "{} &&", "const {} &"],
         "S": ["{} ", "{} &", "const {} &"],
         "H": ["{} ", "{} &", "const {} &", "{} *"],
         "O": ["{} ", "{} &", "{} &&"], "F": ["{} ", "const {} &"],
         "V": ["{} ", "{} &", "const {} &", "{} &&"], "X": ["{} "],
         "STR": ["{} ", "const {} &"], "VI": ["{} ", "{} &"],
         "VU": ["{} ", "{} &", "{} &&"], "M": ["{} &"], "K": ["{} &"]}

HEADERS = ["array", "cstdint", "cstdlib", "cstring", "functional", "map",
           "memory", "new", "optional", "string", "thread", "tuple", "utility",
           "vector"]

# What is not inlined is a factory or a sink that an optimiser has to see
# through in another way.
NOINLINE = "__attribute__((noinline)) "
LINKAGES = ["static ", "static ", "", "inline ", "static " + NOINLINE, NOINLINE]


class Program:
    def __init__(self, seed):
        self.seed, self.random = seed, random.Random(seed)
        self.lines, self.functions, self.names = [], [], 0
        self.poly = self.random.random() < 0.5
        self.threads = self.random.random() < 0.15
        self.globals = [Variable(n, k, 0) for n, k in
                        [("GI", "I"), ("GI2", "I"), ("GJ", "J"), ("GU", "U"),
                         ("GS", "S"), ("GH", "H"), ("GVI", "VI"),
                         ("GVU", "VU"), ("GV", "V"), ("GSTR", "STR")]]
        for v in self.globals:
            v.is_global = True

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def write(self, text):
        self.lines.append(text)

    # -- types ----------------------------------------------------------------
    def write_types(self):
        pad = self.random.choice(["", "", "long Pad[3] = {}; ",
                                  "char Pad[40] = {}; "])
        virtual = ("virtual ~A() {} virtual int get() const { return V; } "
                   "virtual A *self(A *P) { return P ? P : this; } "
                   if self.poly else
                   "int get() const { return V; } "
                   "A *self(A *P) { return P ? P : this; } ")
        self.write(f"struct A {{ int V; A *Next = nullptr; {pad}"
                   f"A(int V = 1, A *N = nullptr) : V(V), Next(N) {{}} "
                   f"{virtual}}};")
        kept = self.random.random() < 0.4
        self.write("struct H { A *P = nullptr; A *Q = nullptr; H() {} "
                   "H(A *P, A *Q) : P(P), Q(Q) {}")
        self.write("  A *&first() { return P; } void set(A *N) { Q = N; }")
        self.write("  ⟦template <class F> void visitOwned(F E) const "
                   "{ orc::visit(P, E); orc::visit(Q, E); }⟧ };")
        self.write("struct O { std::unique_ptr<A> U; "
                   "std::vector<std::unique_ptr<A>> Us;")
        self.write("  ⟦template <class F> void visitOwned(F E) const "
                   "{ orc::visit(U, E); orc::visit(Us, E); }⟧ };")
        self.write("struct Err { A *P; };")
        self.write("A *GI; A *GI2; H *GJ; std::unique_ptr<A> GU; "
                   "std::shared_ptr<A> GS; H GH; A *GW;")
        self.write("std::vector<A *> GVI; "
                   "std::vector<std::unique_ptr<A>> GVU; std::vector<int> GV; "
                   "std::string GSTR; std::function<int(int)> GF;")
        leak = ""
        if self.poly and kept:
            leak = "A *self(A *P) override { if (P) GI2 = P; return P; } "
        if self.poly:
            self.write("struct D : A { long More[2] = {}; D(int V = 2, A *N = "
                       "nullptr) : A(V, N) {} int get() const override "
                       f"{{ return V + 1; }} }};")
            # Only ever made as an immortal object, and handed immortal ones.
            self.write("struct E : A { E(int V = 2) : A(V) {} "
                       f"{leak}}};")
        else:
            self.write("using D = A; using E = A;")
        self.write("static int rd(const A *P) { return P ? ⟦orc::use(⟧P⟦)⟧"
                   "->get() : 0; }")
        self.write("static int rd(const H &X) { return rd(X.P) + rd(X.Q); }")
        self.write("static A *id(A *P) { return P; }")
        self.write("static A *pick(A *P, A *Q) { return P && P->V % 2 ? P : Q;"
                   " }")
        self.write("static void del(A *P) { ⟦orc::Frame F_;⟧ delete P; }")
        self.write("static void give(A **To, A *P) { *To = P; }")
        self.write("static void put(H &To, A *P) { To.P = P; }")
        self.write("static void hang(A *To, A *P) { if (To) To->Next = P; }")
        self.write("static void mem(A **To, A *P) { std::memcpy(To, &P, "
                   "sizeof P); }")
        self.write("template <class T> T &&pass(T &&X) { "
                   "return static_cast<T &&>(X); }")
        self.write("template <class T> T same(T X) { return X; }")
        self.write("template <class F> int call(F &&Fn, int N) { "
                   "return Fn(N); }")

    # -- functions ------------------------------------------------------------
    def parameters(self, borrows):
        params = []
        kinds = ["B", "B", "B", "X", "STR"] if borrows else [
            "I", "I", "I", "J", "U", "U", "S", "H", "H", "O", "V", "VI", "VU",
            "F", "X", "STR", "M"]
        for _ in range(self.random.choice([1, 1, 2, 2, 3])):
            kind = self.random.choice(kinds)
            mode = self.random.choice(MODES[kind])
            params.append((kind, mode, self.name("p")))
        return params

    def result(self, params, borrows):
        if borrows:
            return self.random.choice(["B", "X"]) if any(
                k == "B" for k, _, _ in params) else "X"
        return self.random.choice(["X", "X", "I", "I", "I", "J", "U", "U", "S",
                                   "H", "O", "V", "VI", "VU", "STR"])

    def write_function(self, head, function, fields=(), self_call=None):
        """One body; `head` is what stands before the brace."""
        body = Body(self, function, self_call)
        self.write(head + " { ⟦orc::Frame F_;⟧ int S = 0;")
        body.parameters(function.params)
        for variable in fields:
            body.variables.append(variable)
        body.statements(self.random.randint(2, 4))
        body.finish()
        self.write("}")
        function.cost = body.cost + 1

    def signature(self, function, name=None):
        params = [mode.format(TYPES[kind]) + p
                  for kind, mode, p in function.params]
        if function.recursive:
            params.append("int Depth")
        text = ", ".join(params)
        return f"{TYPES[function.result].strip()} {name or function.name}" \
               f"({text})"

    def make_function(self):
        borrows = self.random.random() < 0.3
        f = Function(self.name("f"), self.parameters(borrows), None)
        f.result = self.result(f.params, borrows)
        f.borrows = borrows
        f.throws = self.random.random() < 0.15
        f.recursive = self.random.random() < 0.15
        linkage = self.random.choice(LINKAGES)
        self.write_function(linkage + self.signature(f), f,
                            self_call=f if f.recursive else None)
        if f.recursive:
            f.cost *= 4
        self.functions.append(f)

    def make_twins(self):
        """Two functions of one type, called through a pointer."""
        f = Function(self.name("f"), self.parameters(False), None)
        f.result = self.result(f.params, False)
        cost = 0
        for suffix in "ab":
            self.write_function("static " + self.signature(f, f.name + suffix),
                                f)
            cost = max(cost, f.cost)
        f.cost, f.through = cost, "pointer"
        self.functions.append(f)

    def make_hierarchy(self):
        """A virtual function with two overriders, and members to keep things
        in; called on an object of one of the classes."""
        f = Function(self.name("m"), self.parameters(False), None)
        f.result = self.result(f.params, False)
        f.base = self.name("K")
        final = self.random.choice(["", " final"])
        self.write(f"struct {f.base} {{ A *Fi = nullptr; "
                   f"std::unique_ptr<A> Fu; std::vector<A *> Fv;")
        self.write(f"  virtual ~{f.base}() {{}}")
        self.write(f"  {f.base}() {{}} {f.base}(A *P) : Fi(P) {{}}")
        self.write(f"  {f.base}(int N) : Fi(⟦orc::early() << (⟧"
                   "⟦(orc::at(@L) << (⟧new A(N)⟦))⟧⟦)⟧), "
                   "Fu(nullptr) { ⟦orc::Frame F_(true);⟧ S_ = N; } int S_ = 0;")
        fields = [Variable("Fi", "I", 0), Variable("Fu", "U", 0),
                  Variable("Fv", "VI", 0)]
        for v in fields:
            v.is_global = True
        self.write("  virtual " + self.signature(f) + " = 0; };")
        cost = 0
        for suffix in "ab":
            self.write(f"struct {f.base}{suffix}{final} : {f.base} {{ "
                       f"using {f.base}::{f.base};")
            self.write_function("  " + self.signature(f) + " override", f,
                                fields)
            self.write("};")
            cost = max(cost, f.cost)
        f.cost, f.through = cost, "virtual"
        self.functions.append(f)

    def generate(self):
        self.write(f"namespace p{self.seed} {{")
        self.write_types()
        for _ in range(self.random.randint(2, 4)):
            self.random.choice([self.make_function, self.make_function,
                                self.make_function, self.make_function,
                                self.make_twins, self.make_hierarchy])()
        run = Function("run", [], "X")
        body = Body(self, run, None)
        self.write("int run() { ⟦orc::Frame F_;⟧ int S = 0;")
        body.main = True
        for f in self.functions:
            body.call_statement(f)
        body.statements(2)
        # What globals hold is used once more, after all frames are gone.
        self.write("  int Walk = 0; for (A *P = GI; P && Walk < 9; ++Walk, "
                   "P = ⟦orc::use(⟧P⟦)⟧->Next) S += rd(P);")
        self.write("  S += rd(GI2) + rd(GU.get()) + rd(GS.get()) + rd(GH);")
        self.write("  if (GJ) S += rd(⟦*orc::use(&⟧*GJ⟦)⟧);")
        self.write("  for (A *P : GVI) S += rd(P);")
        self.write("  for (auto &P : GVU) S += rd(P.get());")
        self.write("  for (int X : GV) S += X;")
        self.write("  S += GSTR.size(); if (GF) S += GF(1);")
        self.write("  GU.reset(); GS.reset(); GVU.clear(); GF = nullptr; "
                   "GV = {}; GSTR = {}; GVI = {};")
        self.write("  return S; }")
        self.write(f"}} // namespace p{self.seed}")
        return self.lines


def number(lines, first):
    """Each site gets a line of its own, and the marks the numbers of theirs.
    Returns lines that still have hooks between marks."""
    split = []
    for line in lines:
        parts = re.split(r"(?=⟦\(orc::at\()", line)
        if len(parts) > 1:
            parts[:2] = [parts[0] + parts[1]]
        split += parts
    labels = {}
    for i, line in enumerate(split):
        for label in re.findall(r"@D:(\w+)@", line):
            labels[label] = first + i
    for i, line in enumerate(split):
        line = line.replace("@L", str(first + i))
        line = re.sub(r"@D:\w+@", "", line)
        split[i] = re.sub(r"@U:(\w+)@",
                          lambda m: str(labels[m.group(1)]), line)
    return split


def write_programs(seeds):
    """(plain text, text with hooks, [(seed, first line, last line)])"""
    lines = [f"#include <{h}>" for h in HEADERS]
    lines += ['⟦#include "Oracle.h"⟧', "⟦#define malloc orc::allocate⟧",
              "⟦#define free orc::release⟧"]
    ranges = []
    for seed in seeds:
        first = len(lines) + 1
        lines += number(Program(seed).generate(), first)
        ranges.append((seed, first, len(lines)))
    lines.append("int main() {")
    for seed in seeds:
        lines.append(f"  ⟦orc::begin({seed}); orc::end(⟧p{seed}::run()⟦)⟧;")
    lines.append("}")
    plain = [HOOK.sub("", line).rstrip() for line in lines]
    hooked = [line.replace("⟦", "").replace("⟧", "") for line in lines]
    return "\n".join(plain) + "\n", "\n".join(hooked) + "\n", ranges


if __name__ == "__main__":
    sys.stdout.write(
        write_programs([int(s) for s in sys.argv[1:]] or [1])[0])
