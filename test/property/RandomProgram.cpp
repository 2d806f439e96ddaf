// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The generator. Constants are few and small, so that branches are decided
/// often and proofs have something to find; every body is in braces, so that a
/// check can be put before any statement.
#include "RandomProgram.h"

namespace stackward::test {

namespace {

const char *const Types[] = {"int",           "int",   "int",
                             "unsigned",      "short", "unsigned char",
                             "signed char",   "bool",  "long long",
                             "unsigned long", "Kind"};

struct Variable {
  std::string Name;
  std::string Type;
  bool Writable = true;
};

class Generator {
public:
  Generator(unsigned Seed, const std::string &Namespace)
      : Rng(Seed), Namespace(Namespace) {}
  RandomProgram run();

private:
  unsigned below(unsigned N) { return Rng() % N; }
  bool chance(unsigned Percent) { return below(100) < Percent; }
  std::string literal();
  std::string variable();
  const Variable *writable();
  std::string expression(unsigned Depth);
  std::string condition(unsigned Depth);
  std::string call(unsigned Depth);
  void statement(unsigned Depth);
  void block(unsigned Depth, unsigned Statements);
  void declaration();
  void alias();
  void structure();
  void borrowers();
  void borrow();
  void choice(unsigned Depth);
  void loop(unsigned Depth);
  void jumpTable(unsigned Depth);
  void function(unsigned Id);
  void line(const std::string &S) {
    Out += std::string(Indent * 2, ' ') + S + "\n";
  }

  std::mt19937 Rng;
  std::string Namespace;
  std::string Out;
  unsigned Indent = 1;
  unsigned Names = 0;
  unsigned LoopDepth = 0;
  std::string ReturnType;
  bool Borrows = false; ///< the function at hand gives addresses away
  std::vector<Variable> Scope;
  std::vector<RandomFunction> Functions;
};

} // namespace

std::string Generator::literal() {
  switch (below(12)) {
  case 0:
    return "255";
  case 1:
    return "2147483647";
  case 2:
    return "(-2147483647 - 1)";
  case 3:
    return "4u";
  case 4:
    return "100";
  case 5:
    return "-1";
  default:
    return std::to_string(below(8));
  }
}

std::string Generator::variable() {
  return Scope.empty() ? literal() : Scope[below(Scope.size())].Name;
}

const Variable *Generator::writable() {
  for (int Try = 0; Try < 8 && !Scope.empty(); ++Try) {
    const Variable &V = Scope[below(Scope.size())];
    if (V.Writable)
      return &V;
  }
  return nullptr;
}

std::string Generator::call(unsigned Depth) {
  if (Functions.empty())
    return literal();
  const RandomFunction &F = Functions[below(Functions.size())];
  std::string Text = F.Name + "(";
  for (size_t I = 0; I < F.Params.size(); ++I) {
    std::string Arg = chance(60) ? literal() : expression(Depth);
    Text += (I ? ", " : "") + ("static_cast<" + F.Params[I] + ">(" + Arg + ")");
  }
  return Text + ")";
}

std::string Generator::expression(unsigned Depth) {
  static const char *const Binary[] = {"+", "-", "*", "/", "%",  "&",
                                       "|", "^", "+", "-", "<<", ">>"};
  if (Depth == 0)
    return chance(60) ? variable() : literal();
  std::string L = expression(Depth - 1);
  switch (below(14)) {
  case 0:
    return "-(" + L + ")";
  case 1:
    return "~(" + L + ")";
  case 2:
    return "(" + condition(Depth - 1) + " ? " + L + " : " +
           expression(Depth - 1) + ")";
  case 3:
    return "static_cast<" + std::string(Types[below(10)]) + ">(" + L + ")";
  case 4:
    return call(Depth - 1);
  case 5:
    return "(" + condition(Depth - 1) + ")";
  case 6:
    return "(" + L + ", " + expression(Depth - 1) + ")";
  case 7:
    return variable();
  case 8:
    return "(" + L + " % " + std::to_string(2 + below(5)) + ")";
  case 9:
    return "(" + L + " & " + std::to_string(1 + below(7)) + ")";
  default:
    return "(" + L + " " + Binary[below(12)] + " " + expression(Depth - 1) +
           ")";
  }
}

std::string Generator::condition(unsigned Depth) {
  static const char *const Compare[] = {"==", "!=", "<", ">", "<=", ">="};
  if (Depth > 0 && chance(35)) {
    std::string L = condition(Depth - 1), R = condition(Depth - 1);
    switch (below(3)) {
    case 0:
      return "(" + L + " && " + R + ")";
    case 1:
      return "(" + L + " || " + R + ")";
    default:
      return "!(" + L + ")";
    }
  }
  if (chance(12))
    return variable() + " != 0";
  return expression(Depth ? Depth - 1 : 0) + " " + Compare[below(6)] + " " +
         (chance(70) ? literal() : expression(0));
}

void Generator::declaration() {
  std::string Type = Types[below(10)];
  std::string Name = "v" + std::to_string(Names++);
  std::string Init = chance(55) ? literal() : expression(2);
  line(Type + " " + Name + " = static_cast<" + Type + ">(" + Init + ");");
  Scope.push_back({Name, Type, true});
}

/// A second name for a local: reference or pointer.
void Generator::alias() {
  const Variable *V = writable();
  if (!V || V->Name.find_first_of("*.[") != std::string::npos)
    return declaration();
  std::string Name = "r" + std::to_string(Names++);
  Variable Of = *V;
  if (chance(50)) {
    line(Of.Type + " &" + Name + " = " + Of.Name + ";");
    Scope.push_back({Name, Of.Type, true});
    return;
  }
  line(Of.Type + " *" + Name + " = &" + Of.Name + ";");
  Scope.push_back({"(*" + Name + ")", Of.Type, true});
}

/// Fields, bit-fields, elements, copies of whole objects.
void Generator::structure() {
  std::string Name = "s" + std::to_string(Names++);
  switch (below(4)) {
  case 0:
    line("Bits " + Name + "{static_cast<unsigned>(" + literal() +
         ") & 7u, static_cast<int>(" + literal() + ") & 3};");
    Scope.push_back({Name + ".C", "unsigned", true});
    Scope.push_back({Name + ".D", "int", true});
    return;
  case 1: {
    std::string Index = variable();
    line("int " + Name + "[2] = {static_cast<int>(" + literal() + ")};");
    Scope.push_back({Name + "[0]", "int", true});
    Scope.push_back({Name + "[1]", "int", true});
    Scope.push_back({Name + "[" + Index + " & 1]", "int", true});
    return;
  }
  default:
    break;
  }
  line("Pair " + Name + "{" + literal() + ", static_cast<short>(" + literal() +
       ")};");
  Scope.push_back({Name + ".A", "long long", true});
  Scope.push_back({Name + ".B", "short", true});
  if (!chance(40))
    return;
  std::string Copy = Name + "c";
  line("Pair " + Copy + " = " + Name + ";");
  Scope.push_back({Copy + ".A", "long long", true});
  if (chance(50))
    line(Name + " = " + Copy + ";");
}

/// Functions that are given addresses. What each does with one is left to
/// chance: its name tells nothing.
void Generator::borrowers() {
  line("static unsigned count = 0;");
  line("int *kept = nullptr;");
  line("struct Box { int *At = nullptr; };");
  // What is kept does not outlive the function that it was kept in.
  line("struct Drop {");
  line("  Drop() { kept = nullptr; }");
  line("  ~Drop() { kept = nullptr; }");
  line("};");
  line("static void poke() { if (kept) { *kept = " + literal() + "; } }");
  line("static void noise() { ++count; }");
  line("static void put(Box &b, int *p) { b.At = p; }");
  line("static void open(Box &b) { if (b.At) { *b.At = " + literal() + "; } }");
  line("static int *same(int *p) { ++count; return p; }");
  auto Effect = [&](const std::string &Place, const std::string &Address,
                    unsigned Id) -> std::string {
    std::string Below = std::to_string(Id ? below(Id) : 0);
    switch (below(Id ? 8 : 5)) {
    case 0:
      return Place + " = " + literal() + "; return 1;";
    case 1:
      return "kept = " + Address + "; return 0;";
    case 2:
      return "if (" + Place + " == " + literal() + ") { " + Place +
             " = 2; } return 3;";
    case 3:
    case 4:
      return "return " + Place + ";";
    case 5:
      return "return byReference" + Below + "(" + Place + ");";
    default:
      return "return byAddress" + Below + "(" + Address + ");";
    }
  };
  for (unsigned Id = 0; Id < 3; ++Id) {
    std::string N = std::to_string(Id);
    line("static int byAddress" + N + "(int *p) { ++count; " +
         Effect("*p", "p", Id) + " }");
    line("static int byReference" + N + "(int &r) { ++count; " +
         Effect("r", "&r", Id) + " }");
    line("static int member" + N + "(Pair *q) { ++count; " +
         (chance(50) ? "q->B = 2;" : "") + " return q->B; }");
  }
}

/// A local is lent to one of them, and later others run.
void Generator::borrow() {
  std::string Name = "b" + std::to_string(Names++),
              N = std::to_string(below(3));
  line("int " + Name + " = " + literal() + ";");
  switch (below(7)) {
  case 0:
    line("Pair " + Name + "q{1, 2};");
    line("member" + N + "(&" + Name + "q);");
    Scope.push_back({Name + "q.B", "short", true});
    break;
  case 1:
    line("Box " + Name + "x;");
    line("put(" + Name + "x, &" + Name + ");");
    line("open(" + Name + "x);");
    break;
  case 2:
    line("*same(&" + Name + ") = " + literal() + ";");
    break;
  case 3:
  case 4:
    line("byReference" + N + "(" + Name + ");");
    break;
  default:
    line("byAddress" + N + "(&" + Name + ");");
  }
  Scope.push_back({Name, "int", true});
  if (chance(50))
    line(Name + " = " + literal() + ";");
  line(chance(50) ? "poke();" : "noise();");
}

void Generator::choice(unsigned Depth) {
  line("if (" + condition(2) + ") {");
  block(Depth - 1, 1 + below(3));
  if (chance(60)) {
    line("} else {");
    block(Depth - 1, 1 + below(3));
  }
  line("}");
}

void Generator::loop(unsigned Depth) {
  std::string I = "i" + std::to_string(Names++);
  size_t Outer = Scope.size();
  unsigned Turns = 1 + below(5);
  ++LoopDepth;
  switch (below(3)) {
  case 0:
    line("for (int " + I + " = 0; " + I + " < " + std::to_string(Turns) +
         "; ++" + I + ") {");
    Scope.push_back({I, "int", false});
    block(Depth - 1, 1 + below(3));
    line("}");
    break;
  case 1:
    line("int " + I + " = " + std::to_string(Turns) + ";");
    line("while (" + I + "-- > 0 && " + condition(1) + ") {");
    block(Depth - 1, 1 + below(3));
    line("}");
    break;
  default:
    line("unsigned " + I + " = 0;");
    line("do {");
    block(Depth - 1, 1 + below(2));
    line("} while (++" + I + " < " + std::to_string(Turns) + "u);");
  }
  --LoopDepth;
  Scope.resize(Outer);
}

void Generator::jumpTable(unsigned Depth) {
  line("switch (" + expression(1) + ") {");
  unsigned First = below(3);
  for (unsigned Case = First; Case < First + 3; ++Case) {
    line("case " + std::to_string(Case) + ": {");
    block(Depth - 1, 1 + below(2));
    line(chance(70) ? "} break;" : "}");
  }
  if (chance(60)) {
    line("default: {");
    block(Depth - 1, 1);
    line("}");
  }
  line("}");
}

void Generator::statement(unsigned Depth) {
  static const char *const Assign[] = {
      "=", "=", "=", "+=", "-=", "*=", "&=", "|=", ">>=", "^=", "%="};
  unsigned Kind = below(Depth > 0 ? 16 : 9);
  const Variable *V = writable();
  if (Kind < 5 && V) {
    std::string Op = Assign[below(11)];
    std::string Right = chance(40) ? literal() : expression(2);
    bool Plain = Op == "=";
    line(V->Name + " " + Op + " " +
         (Plain ? "static_cast<" + V->Type + ">(" + Right + ")" : Right) + ";");
    return;
  }
  if (Kind == 5 && V && V->Type != "bool") {
    line((chance(50) ? "++" : "--") + V->Name + ";");
    return;
  }
  if (Kind == 6 && LoopDepth > 0) {
    line("if (" + condition(1) + ") {");
    line(chance(50) ? "  break;" : "  continue;");
    line("}");
    return;
  }
  if (Kind < 9)
    return chance(25)              ? alias()
           : chance(20)            ? structure()
           : Borrows && chance(50) ? borrow()
                                   : declaration();
  if (Kind < 12)
    return choice(Depth);
  if (Kind < 14)
    return loop(Depth);
  if (Kind == 14)
    return jumpTable(Depth);
  line("if (" + condition(2) + ") {");
  line("  return static_cast<" + ReturnType + ">(" + expression(1) + ");");
  line("}");
}

void Generator::block(unsigned Depth, unsigned Statements) {
  size_t Outer = Scope.size();
  ++Indent;
  for (unsigned I = 0; I < Statements; ++I)
    statement(Depth);
  --Indent;
  Scope.resize(Outer);
}

void Generator::function(unsigned Id) {
  RandomFunction F;
  F.Name = "f" + std::to_string(Id);
  F.IsStatic = chance(35);
  ReturnType = Types[below(10)];
  Scope = {{"global", "int", true}, {"hidden", "unsigned", true}};
  std::string Params;
  for (unsigned I = 0, N = below(4); I < N; ++I) {
    F.Params.push_back(Types[below(10)]);
    std::string Name = "p" + std::to_string(I);
    Params += (I ? ", " : "") + F.Params.back() + " " + Name;
    Scope.push_back({Name, F.Params.back(), true});
  }
  line((F.IsStatic ? "static " : "") + ReturnType + " " + F.Name + "(" +
       Params + ") {");
  ++Indent;
  Borrows = chance(40);
  if (Borrows)
    line("Drop drop;");
  for (unsigned I = 0, N = 2 + below(5); I < N; ++I)
    statement(2);
  std::string Last = chance(30) ? literal() : expression(2);
  // Often all ways out agree, which is what there is to find.
  if (chance(30))
    Last = "(" + condition(1) + " ? 4 : " + expression(1) + ")";
  line("return static_cast<" + ReturnType + ">(" + Last + ");");
  --Indent;
  line("}");
  Functions.push_back(std::move(F));
}

RandomProgram Generator::run() {
  Out = "namespace " + Namespace + " {\n";
  line("enum Kind : int { None, One, Two };");
  line("struct Pair { long long A; short B; };");
  line("struct Bits { unsigned C : 3; int D : 4; };");
  line("int global = 3;");
  line("static unsigned hidden = 1;");
  borrowers();
  for (unsigned Id = 0, N = 2 + below(3); Id < N; ++Id)
    function(Id);
  Out += "} // namespace " + Namespace + "\n";
  return {std::move(Out), std::move(Functions)};
}

RandomProgram randomProgram(unsigned Seed, const std::string &Namespace) {
  return Generator(Seed, Namespace).run();
}

} // namespace stackward::test
