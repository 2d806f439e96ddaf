# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Statements for the bodies of escape_grammar.py: one function for each form,
chosen at random. A form that is not possible where it is asked for writes
nothing."""
from escape_grammar import Body, Function, TYPES, Variable, site, use


def new_variable(b):
    b.declare(b.random.choice(["I"] * 5 + ["U", "U", "S", "H", "H", "J", "O",
                                           "V", "VI", "VU", "STR", "M"]))


def assign(b):
    kind = b.random.choice(["I"] * 4 + ["U", "U", "S", "H", "J", "O", "V",
                                        "VI", "VU", "STR"])
    v = b.changeable(kind)
    if v:
        b.emit(f"{v.name} = {b.expression(kind)};")


def read(b):
    b.emit(b.random.choice([
        f"S += rd({b.make_I()});", f"S += rd({b.make_I()});",
        f"S += rd({b.readable('U').name}.get());",
        f"S += rd({b.readable('S').name}.get());",
        f"S += rd({b.readable('H').name});",
        f"S += {b.readable('V').name}.size();",
        f"S += {b.readable('STR').name}.size();",
        f"for (A *P : std::vector<A *>({b.readable('VI').name})) "
        "S += rd(P);",
        f"for (auto &P : {b.readable('VU').name}) S += rd(P.get());"]))


def store(b):
    t, h = b.program.name("t"), b.changeable("H").name
    x = b.changeable("I").name
    b.emit(b.random.choice([
        f"if (A *{t} = {b.make_I()}) {use(t)}->Next = {b.make_I()};",
        f"hang({b.make_I()}, {b.make_I()});", f"{h}.P = {b.make_I()};",
        f"{h}.set({b.make_I()});", f"put({h}, {b.make_I()});",
        f"{h}.first() = {b.make_I()};", f"std::swap({h}.P, {h}.Q);",
        f"give(&{x}, {b.make_I()});", f"mem(&{x}, {b.make_I()});",
        f"if (H *{t} = {b.make_J()}) {use(t)}->Q = {b.make_I()};",
        f"std::tie({x}, std::ignore) = std::make_pair({b.make_I(0)}, 2);",
        f"GW = {b.borrow(b.depth)};"]))


def swap(b):
    kind = b.random.choice(["I", "U", "S", "H", "V", "VI", "VU", "O"])
    x = b.changeable(kind)
    y = x and b.changeable(kind, avoid=[x])
    if y:
        b.emit(f"std::swap({x.name}, {y.name});")


def fill(b):
    kind = b.random.choice(["V", "VI", "VI", "VU", "VU", "STR", "M", "O"])
    v = b.changeable(kind)
    if not v:
        return
    n = v.name
    if kind == "V":
        b.emit(f"{n}.push_back({b.small()});")
    elif kind == "VI":
        b.emit(b.random.choice([f"{n}.push_back({b.make_I()});",
                                f"{n}.insert({n}.begin(), {b.make_I(0)});",
                                f"{n}.emplace_back({b.make_I()});",
                                f"{n}.assign(2, {b.make_I()});"]))
    elif kind == "VU":
        b.emit(b.random.choice([f"{n}.push_back({b.make_U()});",
                                f"{n}.emplace_back({b.make_U()});",
                                f"{n}.clear();"]))
    elif kind == "STR":
        b.emit(f"{n} += \"some more text\";")
    elif kind == "M":
        b.emit(f"{n}[{b.small()}].Next = {b.make_I()};")
    else:
        b.emit(b.random.choice([f"{n}.Us.push_back({b.make_U()});",
                                f"{n}.U = {b.make_U()};"]))


def alias(b):
    """Another name for something that holds a pointer."""
    x, name, k = b.changeable("I").name, b.program.name("r"), b.random
    form = k.randint(0, 4)
    if form == 0:
        b.emit(f"A *&{name} = {x};")
        added = [name]
    elif form == 1:
        b.emit(f"A **{name} = &{x};")
        added = [f"(*{name})"]
    elif form == 2:
        b.emit(f"A *{name}[2] = {{{b.make_I()}, {b.make_I()}}};")
        added = [f"{name}[0]", f"{name}[1]"]
    elif form == 3:
        b.emit(f"auto [{name}, {name}b] = H({b.make_I()}, {b.make_I()});")
        added = [name, name + "b"]
    else:
        b.emit(f"static A *{name} = {b.make_I()};")
        added = [name]
    b.variables += [Variable(n, "I", b.depth) for n in added]


def own(b):
    """An object that this block deletes, and borrows of it in between."""
    name, k, r = b.program.name("o"), b.small(), b.random
    form = r.randint(0, 6)
    make = [f"new A({k})", f"new A({k})", f"new A({k})",
            "new D(2)" if b.program.poly else "new A(2)", "new A[2]",
            "new A(3)", "static_cast<A *>(malloc(sizeof(A)))"][form]

    def inside():
        b.emit(f"A *{name} = {site(make)};")
        if form == 6:
            b.emit(f"new ({name}) A({k});")
        b.variables.append(Variable(name, "B", b.depth))
        some_borrows(b)
        if form == 6:
            return b.emit(f"free({name});")
        if form == 4:
            return b.emit(f"delete[] {name};")
        ends = [f"delete {name};", f"delete {name};",
                f"if ({b.condition()}) delete {name};", f"del({name});",
                f"std::unique_ptr<A> {name}z({name});",
                f"[&] {{ ⟦orc::Frame F_;⟧ delete {name}; }}();",
                f"GU.reset({name});", f"GS.reset({name});",
                f"GVU.emplace_back({name});"]
        if b.program.threads:
            ends.append(f"std::thread([=] {{ ⟦orc::Frame F_;⟧ delete {name}; "
                        "}).join();")
        b.emit(r.choice(ends))
    b.block("{", inside)


def freeze(b):
    """A borrow from a local owner."""
    pool = [v for v in b.variables if v.owned and v not in b.frozen and
            v.kind in ("U", "S", "O")]
    if not pool:
        return
    owner, name = b.random.choice(pool), b.program.name("b")
    path = owner.name + (".U" if owner.kind == "O" else "")

    def inside():
        b.variables.append(Variable(name, "B", b.depth))
        some_borrows(b)
    b.frozen.append(owner)
    b.block(f"if (A *{name} = {path}.get()) {{", inside)
    b.frozen.remove(owner)


def some_borrows(b):
    for _ in range(b.random.randint(1, 3)):
        b.random.choice([borrow, borrow, borrow, statement])(b)


def borrow(b):
    """Something with a borrowed pointer."""
    e, name = b.borrow(b.depth), b.program.name("q")
    pool = [v for v in b.variables if v.kind == "B"]
    if not pool:
        return
    v = b.random.choice(pool)
    form = b.random.randint(0, 8)
    if form == 0:
        b.emit(f"A *{name} = {e};")
        b.variables.append(Variable(name, "B", b.depth))
    elif form == 1:
        b.emit(f"H {name}({e}, {b.borrow(b.depth)}); S += rd({name});")
    elif form == 2:
        b.emit(f"std::vector<A *> {name}{{{e}, {b.borrow(b.depth)}}}; "
               f"for (A *X : {name}) S += rd(X);")
    elif form == 3:
        b.emit(f"hang({e}, {b.make_I()});")
    elif form == 4:
        b.emit(f"S += [&, {name} = {e}] {{ ⟦orc::Frame F_;⟧ "
               f"return rd({name}); }}();")
    elif form == 5 and b.program.threads:
        b.emit(f"std::thread([{name} = {e}] {{ ⟦orc::Frame F_;⟧ "
               f"rd({name}); }}).join();")
    elif form == 6:
        f = b.some_function("X")
        if f and any(kind == "B" for kind, _, _ in f.params):
            b.call_statement(f)
    elif form == 7:
        b.emit(f"std::function<int(A *)> {name} = [](A *X) {{ "
               f"⟦orc::Frame F_;⟧ return rd(X); }}; S += {name}({e});")
    else:
        b.emit(f"S += rd({v.name});")


def branch(b):
    b.block(f"if ({b.condition()}) {{", lambda: b.statements(
        b.random.randint(1, 2)))
    if b.chance(0.5):
        b.block("else {", lambda: b.statements(1))


def choose(b):
    b.emit("switch (S & 3) {")
    for label in ("case 0:", "case 1:", "default:"):
        b.block(f"{label} {{", lambda: b.statements(1))
        if b.chance(0.8):
            b.emit("break;")
    b.emit("}")


def loop(b):
    i, times = b.program.name("i"), b.random.randint(2, 3)
    was = b.weight
    b.weight *= times
    end = ""
    if b.chance(0.3):
        head = f"for (int {i} = 0; {i} < {times}; ++{i}) {{"
    elif b.chance(0.5):
        b.emit(f"int {i} = 0;")
        head = f"while ({i}++ < {times}) {{"
    else:
        b.emit(f"int {i} = 0;")
        head, end = "do {", f" while (++{i} < {times});"

    def inside():
        b.statements(b.random.randint(1, 3))
        if b.chance(0.2):
            b.emit(f"if ({b.condition()}) {b.random.choice(['break', 'continue'])};")
    b.block(head, inside)
    if end:
        b.emit(end.strip() + " // of do")
    b.weight = was


def previous(b):
    """One object for each turn, and a pointer to the one before."""
    p, c, i = b.program.name("w"), b.program.name("c"), b.program.name("i")
    kind = b.random.choice(["raw", "delete", "swap", "unique", "hold"])
    k = b.small()
    if kind == "unique":
        b.emit(f"std::unique_ptr<A> {p};")
        b.emit(f"for (int {i} = 0; {i} < 3; ++{i}) {{ auto {c} = "
               f"{site(f'std::make_unique<A>({k})')}; "
               f"S += rd({p}.get()) + rd({c}.get()); "
               + b.random.choice([f"{p} = std::move({c});",
                                  f"std::swap({p}, {c});", f"{p}.reset();"])
               + " }")
        return
    holder = f"{p}h.P" if kind == "hold" else p
    b.emit(f"H {p}h;" if kind == "hold" else f"A *{p} = nullptr;")
    b.emit(f"for (int {i} = 0; {i} < 3; ++{i}) {{ A *{c} = "
           f"{site(f'new A({k})')};")
    look = f"S += rd({holder});"
    step = b.random.choice([f"{holder} = {c};", f"{holder} = id({c});",
                            f"give(&{holder}, {c});",
                            f"std::swap({holder}, {c});",
                            f"[&] {{ ⟦orc::Frame F_;⟧ {holder} = {c}; }}();",
                            f"if (S & 1) {holder} = {c};",
                            f"{c}->Next = {holder}; {holder} = {c};"])
    if kind == "delete":
        step = f"delete {p}; {p} = {c};"
    b.emit(f"  {b.random.choice(['', look])} {step} "
           f"{b.random.choice(['', look])} }}")
    if kind == "delete":
        b.emit(f"delete {p};")
    elif b.chance(0.5):
        b.emit(look)


def local_lambda(b):
    """By reference, or with captures that it owns."""
    name = b.program.name("l")
    by_value = b.chance(0.5)
    inner = Body(b.program, Function(name, [], "X"), None)
    inner.depth, inner.weight = b.depth + 1, b.weight
    inner.frozen = list(b.frozen)
    kept, head = b.random.choice(["auto", "auto", "function", "global"]), "&"
    if not by_value and kept == "global":
        kept = "auto"
    if by_value:
        kinds = ["I", "I", "S", "H", "V"] + (["U", "U"] if kept == "auto"
                                             else [])
        captures = []
        for kind in b.random.sample(kinds, 2):
            n = b.program.name("c")
            captures.append(f"{n} = {TYPES[kind]}({b.expression(kind)})"
                            if kind not in "I" else
                            f"{n} = {b.make_I()}")
            inner.variables.append(Variable(n, kind, b.depth))
        head = ", ".join(captures)
        inner.quiet = True
    else:
        for v in b.variables:
            copy = Variable(v.name, v.kind, v.depth, v.mutable, False)
            inner.variables.append(copy)
            if v in b.frozen:
                inner.frozen.append(copy)
    start = {"auto": f"auto {name} = ", "global": "GF = ",
             "function": f"std::function<int(int)> {name} = "}[kept]
    b.emit(f"{start}[{head}](int) mutable -> int {{ ⟦orc::Frame F_;⟧ "
           "int S = 0; {")
    for _ in range(b.random.randint(1, 2)):
        b.random.choice([assign, read, store, swap, fill])(inner)
    inner.give_back()
    b.emit("} }; // end of lambda")
    b.cost += inner.cost * 3
    if kept == "global":
        if not b.quiet and b.chance(0.5):
            b.emit("S += GF(1);")
        return
    b.emit(f"S += {name}({b.small()});")
    # A function object that owns cannot be copied into a std::function.
    owns = by_value and "U" in [v.kind for v in inner.variables]
    kind = "F" if kept == "function" else "L1" if owns else "L"
    b.variables.append(Variable(name, kind, b.depth, False))


def call_lambda(b):
    pool = [v for v in b.variables if v.kind in ("F", "L", "L1")]
    if pool and not b.frozen:
        v = b.random.choice(pool).name
        b.emit(b.random.choice([f"S += {v}(1);", f"S += call({v}, 2);"]))


def attempt(b):
    caught, was = b.program.name("e"), b.can_throw

    def inside():
        b.statements(b.random.randint(1, 2))
        b.emit(f"if ({b.condition()}) throw Err{{{b.make_I()}}};")
    b.can_throw = True
    b.block("try {", inside)
    b.can_throw = was

    def handler():
        b.variables.append(Variable(f"{caught}.P", "I", b.depth))
        b.emit(f"S += rd({caught}.P);")
        b.statements(1)
    b.block(f"catch (Err &{caught}) {{", handler)


def leave(b):
    if b.can_throw and b.chance(0.6):
        b.emit(f"if ({b.condition()}) throw Err{{{b.make_I()}}};")
    elif not b.main:
        b.block(f"if ({b.condition()}) {{", b.give_back)


def join_thread(b):
    if b.program.threads:
        was, b.can_throw = b.can_throw, False
        body = b.random.choice([f"rd({b.make_I()});",
                                f"GI = {b.make_I()};",
                                f"auto T = {b.make_U()}; rd(T.get());"])
        b.emit(f"std::thread([&] {{ ⟦orc::Frame F_;⟧ {body} }}).join();")
        b.can_throw = was


def call(b):
    if b.program.functions:
        b.call_statement(b.random.choice(b.program.functions))


SIMPLE = [new_variable] * 3 + [assign] * 2 + [read] * 2 + [store] * 2 + [
    swap, fill, fill, alias, own, own, freeze, freeze, call, call, previous,
    local_lambda, call_lambda, join_thread, leave]
NESTED = [branch, choose, loop, loop, attempt]


def statement(b):
    deep = b.depth > 2 or b.weight > 9
    b.random.choice(SIMPLE if deep else SIMPLE + NESTED)(b)
