# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bodies of functions for escape_program.py: expressions of each kind, and
the statements around them. The kinds are explained there."""

TYPES = {"I": "A *", "J": "H *", "B": "A *", "U": "std::unique_ptr<A>",
         "S": "std::shared_ptr<A>", "H": "H", "O": "O",
         "V": "std::vector<int>", "VI": "std::vector<A *>",
         "VU": "std::vector<std::unique_ptr<A>>", "STR": "std::string",
         "M": "std::map<int, A>", "F": "std::function<int(int)>", "X": "int"}
CONTAINERS = ("V", "VI", "VU", "STR", "M")
MAX_COST = 2500


class Variable:
    def __init__(self, name, kind, depth, mutable=True, owned=False):
        self.name, self.kind, self.depth = name, kind, depth
        self.mutable, self.owned = mutable, owned
        self.is_global, self.labelled = False, False


class Function:
    def __init__(self, name, params, result):
        self.name, self.params, self.result = name, params, result
        self.cost, self.base, self.through = 1, None, "name"
        self.borrows = self.throws = self.recursive = False


def site(expression):
    return f"⟦(orc::at(@L) << (⟧{expression}⟦))⟧"


def use(pointer):
    return f"⟦orc::use(⟧{pointer}⟦)⟧"


class Body:
    def __init__(self, program, function, self_call):
        self.program, self.random = program, program.random
        self.function, self.self_call = function, self_call
        self.variables, self.depth, self.frozen = [], 0, []
        self.cost, self.weight, self.main = 0, 1, False
        self.can_throw, self.quiet = function.throws, False

    # -- names ----------------------------------------------------------------
    def emit(self, text):
        if text.endswith(";") and not text.startswith(("}", "case")):
            for v in self.variables:
                if v.labelled and v.name in text:
                    hook = f"⟦orc::buffers({v.name}, @U:{v.name}@);⟧"
                    text = hook + " " + text
                    if "return" not in text and "throw" not in text:
                        text += hook
        self.program.write("  " * (self.depth + 1) + text)

    def parameters(self, params):
        for kind, mode, name in params:
            by_value = not ("&" in mode or "*" in mode)
            shown = f"(*{name})" if "*" in mode else name
            self.variables.append(Variable(shown, kind, 0, "const" not in mode,
                                           by_value))

    def chance(self, p):
        return self.random.random() < p

    def small(self):
        return self.random.randint(1, 9)

    def condition(self):
        return self.random.choice(["S & 1", "S % 3 == 0", "S > 5", "S < 40",
                                   "S % 2 == 0"])

    def all_variables(self, kind):
        pool = [v for v in self.variables
                if v.kind == kind and v not in self.frozen]
        return pool + [v for v in self.program.globals if v.kind == kind]

    def readable(self, kind):
        pool = self.all_variables(kind)
        return self.random.choice(pool) if pool else None

    def changeable(self, kind, local=False, avoid=()):
        pool = [v for v in self.all_variables(kind) if v.mutable and
                v not in avoid and not (local and v.is_global)]
        return self.random.choice(pool) if pool else None

    def declare(self, kind, value=None):
        """A new variable in the current block."""
        name = self.program.name("v")
        v = Variable(name, kind, self.depth, owned=True)
        start = f"{TYPES[kind].strip()} {name}"
        if kind in CONTAINERS:
            hook = f"⟦orc::buffers({name}, @U:{name}@);⟧"
            if value:
                # The call is the site, if anything is.
                self.emit(f"{start} = {value};")
                self.variables.append(v)
                return v
            if kind == "V" and self.chance(0.5):
                start += f"({self.small()})"
            elif kind == "STR":
                start += f"({self.random.choice([3, 20, 40])}, 'x')"
            self.emit(f"⟦@D:{name}@⟧{start};{hook}")
            v.labelled = True
        elif kind in ("O", "H") and not value:
            self.emit(f"{start};")
        else:
            self.emit(f"{start} = {value or self.expression(kind)};")
        self.variables.append(v)
        return v

    # -- expressions ----------------------------------------------------------
    def expression(self, kind, n=2):
        if kind in ("B",):
            return self.borrow(self.depth, n)
        return getattr(self, "make_" + kind)(n)

    def wrap(self, e, n, again):
        """A pointer expression with the value of e (or of another of its
        kind), by a detour. `again` makes another."""
        r = self.random
        other = again(n - 1)
        return r.choice([
            f"id({e})", f"pick({e}, {other})", f"pick({other}, {e})",
            f"({self.condition()} ? {e} : {other})", f"same<A *>({e})",
            site(f"[&]() -> A * {{ ⟦orc::Frame F_;⟧ return {e}; }}()"),
            f"std::get<0>(std::tuple<A *, int>({e}, 1))",
            f"std::pair<A *, int>({e}, 1).first", f"H({other}, {e}).Q",
            f"H({e}, {other}).first()", f"std::array<A *, 2>{{{other}, {e}}}"
            f"[{r.choice(['0', '1', 'S & 1'])}]",
            f"std::optional<A *>({e}).value()",
            f"reinterpret_cast<A *>(reinterpret_cast<std::uintptr_t>({e}))",
            f"reinterpret_cast<A *>(reinterpret_cast<char *>({e}))",
            f"static_cast<A *>(static_cast<void *>({e}))",
            f"const_cast<A *>(static_cast<const A *>({e}))",
            f"std::function<A *(A *)>(id)({e})", f"(S += 1, {e})",
            f"[&](auto &&X) -> A * {{ ⟦orc::Frame F_;⟧ return X; }}({e})",
            f"[X = {e}]() -> A * {{ ⟦orc::Frame F_;⟧ return X; }}()",
        ])

    def make_I(self, n=2):
        r = self.random
        if n > 0 and self.chance(0.35):
            return self.wrap(self.make_I(n - 1), n, self.make_I)
        if n > 0 and self.chance(0.15):
            f = self.some_function("I")
            made = f and self.call(f, n - 1)
            if made:
                return site(made)
        which = r.randint(0, 13)
        v = self.readable("I")
        if which < 3:
            return v.name
        if which == 3:
            h = self.readable("H").name
            return f"{h}.{r.choice(['P', 'Q'])}"
        if which == 4:
            j = self.readable("J").name
            return f"({j} ? {use(j)}->{r.choice(['P', 'Q'])} : nullptr)"
        if which == 5:
            c = self.readable("VI").name
            return f"({c}.empty() ? nullptr : {c}.back())"
        if which == 6:
            return f"({v.name} ? {use(v.name)}->Next : nullptr)"
        if which == 7 and n > 0:
            return f"({v.name} ? {use(v.name)}->self({self.make_I(n - 1)}) " \
                   ": nullptr)"
        x = self.changeable("I")
        if which == 8 and n > 0:
            return r.choice([f"std::exchange({x.name}, {self.make_I(n - 1)})",
                             f"({x.name} = {self.make_I(n - 1)})"])
        return self.fresh()

    def fresh(self):
        k = self.small()
        return self.random.choice([
            site(f"new A({k})"), site(f"new A({k})"), site(f"new A({k})"),
            f"static_cast<A *>({site(f'new D({k})')})",
            f"static_cast<A *>({site(f'new E({k})')})",
            site(f"new (std::nothrow) A({k})"),
            f"new ({site('malloc(sizeof(A))')}) A({k})",
            f"{site(f'std::make_unique<A>({k})')}.release()",
            f"&({site('new A[2]{1, 2}')})[1]"])

    def borrow(self, depth, n=2):
        pool = [v for v in self.variables if v.kind == "B" and v.depth <= depth]
        if not pool:
            return self.make_I(0)
        if n > 0 and self.chance(0.4):
            return self.wrap(self.borrow(depth, n - 1), n,
                             lambda m: self.borrow(depth, m))
        if n > 0 and self.chance(0.2):
            f = self.some_function("B")
            made = f and self.call(f, n - 1, depth)
            if made:
                return made
        return self.random.choice(pool).name

    def factory(self, kind, n):
        f = n > 0 and self.chance(0.3) and self.some_function(kind)
        made = f and self.call(f, n - 1)
        return site(made) if made else None

    def make_J(self, n=2):
        return self.factory("J", n) or self.random.choice(
            [self.readable("J").name,
             site(f"new H({self.make_I(n - 1)}, {self.make_I(n - 1)})")
             if n >= 0 else "nullptr"])

    def make_U(self, n=2):
        made, r = self.factory("U", n), self.random
        if made:
            return made
        v, k = self.changeable("U"), self.small()
        derived = "D" if self.program.poly else "A"
        c = self.changeable("VU")
        return r.choice([
            site(f"std::make_unique<A>({k})"), site(f"std::make_unique<A>({k})"),
            f"std::unique_ptr<A>({site(f'new {derived}({k})')})",
            site(f"std::make_unique<{derived}>({k})"),
            f"std::move({v.name})", f"std::exchange({v.name}, nullptr)",
            f"std::unique_ptr<A>({v.name}.release())",
            f"pass(std::move({v.name}))", "std::unique_ptr<A>()",
            f"({c.name}.empty() ? nullptr : std::move({c.name}.back()))"])

    def make_S(self, n=2):
        made, k = self.factory("S", n), self.small()
        return made or self.random.choice([
            site(f"std::make_shared<A>({k})"), site(f"std::make_shared<A>({k})"),
            f"std::shared_ptr<A>({site(f'new A({k})')})",
            self.readable("S").name, f"std::move({self.changeable('S').name})",
            f"std::shared_ptr<A>({self.make_U(0)})"])

    def make_H(self, n=2):
        return self.factory("H", n) or self.random.choice([
            f"H({self.make_I(n - 1)}, {self.make_I(n - 1)})", "H()",
            self.readable("H").name])

    def make_O(self, n=2):
        v = self.changeable("O")
        return self.factory("O", n) or (
            f"std::move({v.name})" if v and self.chance(0.4)
            else f"O{{{self.make_U(n - 1)}, {{}}}}")

    def container(self, kind, n, choices):
        return self.factory(kind, n) or self.random.choice(choices + [
            f"std::move({self.changeable(kind).name})"])

    def make_V(self, n=2):
        return self.container("V", n, [
            f"std::vector<int>({self.small()})", "std::vector<int>{1, 2, 3}",
            self.readable("V").name])

    def make_VI(self, n=2):
        return self.container("VI", n, [
            f"std::vector<A *>{{{self.make_I(n - 1)}, {self.make_I(n - 1)}}}",
            self.readable("VI").name])

    def make_VU(self, n=2):
        return self.container("VU", n,
                              ["std::vector<std::unique_ptr<A>>()"])

    def make_STR(self, n=2):
        return self.container("STR", n, [
            f"std::string({self.random.choice([3, 20, 40])}, 'y')",
            "std::string(\"a text that does not fit inside\")",
            self.readable("STR").name])

    def make_X(self, n=2):
        f = n > 0 and self.chance(0.3) and self.some_function("X")
        made = f and self.call(f, n - 1)
        return made or self.random.choice([str(self.small()), "(S & 7)",
                                           f"rd({self.make_I(n - 1)})"])

    def make_F(self, n=2):
        pool = [v for v in self.variables if v.kind in ("F", "L")]
        if pool and not self.frozen and self.chance(0.6):
            return self.random.choice(pool).name
        k = self.small()
        return self.random.choice([
            f"[C = {self.make_I(n - 1)}](int N) {{ ⟦orc::Frame F_;⟧ "
            f"return rd(C) + N; }}",
            f"[](int N) {{ ⟦orc::Frame F_;⟧ if (N & 1) GI = "
            f"{site(f'new A({k})')}; return N; }}",
            f"[](int N) {{ ⟦orc::Frame F_;⟧ auto T = "
            f"{site(f'std::make_unique<A>({k})')}; return N + rd(T.get()); }}"])

    # -- calls ----------------------------------------------------------------
    def some_function(self, result):
        pool = [f for f in self.program.functions if f.result == result]
        return self.random.choice(pool) if pool else None

    def call(self, f, n, depth=None):
        """A call expression, or None when it is not possible here."""
        if self.quiet or self.cost + self.weight * f.cost > MAX_COST:
            return None
        if f.throws and not self.can_throw:
            return None
        arguments, used = [], []
        for kind, mode, _ in f.params:
            a = self.argument(kind, mode, used, n,
                              self.depth if depth is None else depth)
            if a is None:
                return None
            arguments.append(a)
        if f.recursive:
            arguments.append("Depth - 1" if f is self.self_call
                             else str(self.random.randint(0, 2)))
        self.cost += self.weight * f.cost
        text = ", ".join(arguments)
        if f.through == "pointer":
            return f"({self.condition()} ? &{f.name}a : &{f.name}b)({text})"
        if f.through == "virtual":
            return self.receiver(f) + f"{f.name}({text})"
        return f"{f.name}({text})"

    def receiver(self, f):
        which = f.base + self.random.choice("ab")
        name = self.program.name("k")
        start = self.random.choice([self.make_I(0), str(self.small())])
        if self.chance(0.3):
            self.emit(f"{f.base} *{name} = {site(f'new {which}({start})')};")
            return f"{use(name)}->"
        self.emit(f"{which} {name}({start});")
        return self.random.choice([
            f"{name}.", f"static_cast<{f.base} &>({name}).",
            f"static_cast<{f.base} *>(&{name})->"])

    def argument(self, kind, mode, used, n, depth):
        if kind == "B":
            return self.borrow(depth, n)
        if kind == "F" and self.frozen:
            return None
        if "const" in mode or not ("&" in mode or "*" in mode):
            return self.expression(kind, n)
        if "&&" in mode:
            e = self.expression(kind, n)
            v = self.changeable(kind, avoid=used)
            return f"std::move({v.name})" if v and self.chance(0.6) else (
                f"{TYPES[kind]}({e})")
        v = self.changeable(kind, local=kind not in ("I", "H"), avoid=used)
        v = v or self.declare(kind)
        used.append(v)
        return f"&{v.name}" if "*" in mode else v.name

    def call_statement(self, f):
        if f.throws and not self.can_throw:
            was, self.can_throw = self.can_throw, True
            caught = self.program.name("e")
            self.block("try {", lambda: self.call_statement(f))
            self.can_throw = was
            self.block(f"catch (Err &{caught}) {{", lambda: self.emit(
                f"S += rd({caught}.P);"))
            return
        made = self.call(f, 2)
        if made:
            self.consume(f.result, made)

    def consume(self, kind, e):
        if kind in ("X", "B"):
            self.emit(f"S += {e};" if kind == "X" else f"S += rd({e});")
        elif kind in ("I", "H") and self.chance(0.5):
            self.emit(f"S += rd({site(e)});")
        elif kind in ("U", "S") and self.chance(0.5):
            self.emit(f"if (auto T = {site(e)}) S += rd(T.get());")
        else:
            self.declare(kind, site(e))

    # -- statements: see escape_statements.py -----------------------------------
    def block(self, head, inside):
        self.emit(head)
        count = len(self.variables)
        self.depth += 1
        inside()
        self.depth -= 1
        del self.variables[count:]
        self.emit("}")

    def statements(self, count):
        from escape_statements import statement
        for _ in range(count):
            statement(self)

    def finish(self):
        if self.self_call:
            f = self.self_call
            self.block("if (Depth > 0) {", lambda: self.call_statement(f))
        self.give_back()

    def give_back(self):
        kind = self.function.result
        if kind == "X":
            return self.emit("return S & 1023;")
        if kind == "B":
            return self.emit(f"return {self.borrow(0)};")
        pool = [v for v in self.variables if v.kind == kind and v.mutable and
                v.owned and v not in self.frozen]
        if pool and self.chance(0.5):
            return self.emit(f"return {self.random.choice(pool).name};")
        self.emit(f"return {self.expression(kind)};")
