// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A small Lisp: numbers, symbols, pairs, functions. Everything it makes is
/// garbage of its own; nothing is freed by hand, and recursion needs no care,
/// because what a C++ stack refers to stays.
///
///   echo '(define (f n) (if (< n 2) n (+ (f (- n 1)) (f (- n 2))))) (f 15)' |
///     interpreter
#include "gab/gab.hpp"
#include "gab/string.hpp"
#include "gab/vector.hpp"
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

enum class Kind : uint8_t { Number, Symbol, Pair, Function, Primitive };

struct Value;
using Ref = gab::Ref<Value>;

struct Value {
  Kind What = Kind::Number;
  double Number = 0;
  int Primitive = 0;
  gab::string Name;
  gab::Member<Value> First, Rest; // pair; function: parameters, body
  gab::Member<Value> Environment; // function
  GAB_TRACE(Value, Name, First, Rest, Environment)
};

gab::Global<Value> Globals; // list of (symbol . value)

Ref number(double N) {
  Ref V = gab::make<Value>();
  V->Number = N;
  return V;
}
Ref symbol(std::string_view Name) {
  gab::Local<Value> V = gab::make<Value>();
  V->What = Kind::Symbol;
  V->Name = Name;
  return V;
}
Ref pair(Ref A, Ref B) {
  Ref V = gab::make<Value>();
  V->What = Kind::Pair;
  V->First = A;
  V->Rest = B;
  return V;
}

[[noreturn]] void fail(const char *What) {
  fprintf(stderr, "error: %s\n", What);
  exit(1);
}

class Reader {
  const std::string &Text;
  size_t At = 0;

  void skip() {
    while (At < Text.size() && isspace(static_cast<unsigned char>(Text[At])))
      ++At;
  }

public:
  explicit Reader(const std::string &T) : Text(T) {}
  bool done() {
    skip();
    return At >= Text.size();
  }
  Ref read() {
    skip();
    if (At >= Text.size())
      fail("the text ends too early");
    if (Text[At] == '(') {
      ++At;
      return readList();
    }
    size_t Start = At;
    while (At < Text.size() && !strchr("() \n\t\r", Text[At]))
      ++At;
    std::string Word = Text.substr(Start, At - Start);
    char *End;
    double N = strtod(Word.c_str(), &End);
    return *End || Word.empty() ? symbol(Word) : number(N);
  }
  Ref readList() {
    gab::vector<gab::Member<Value>> Items;
    for (skip(); At < Text.size() && Text[At] != ')'; skip())
      Items.push_back(read());
    ++At;
    Ref List;
    for (size_t I = Items.size(); I-- > 0;)
      List = pair(Items[I], List);
    return List;
  }
};

Ref lookUp(Ref Name, Ref Environment) {
  for (Ref List : {Environment, Ref(Globals)})
    for (Ref E = List; E; E = E->Rest)
      if (E->First->First->Name == Name->Name)
        return E->First;
  return Ref();
}

Ref evaluate(Ref Expression, Ref Environment);

enum Op { Add, Subtract, Multiply, Less, First, Rest, Cons };
constexpr const char *OpNames[] = {"+", "-", "*", "<", "first", "rest", "cons"};

Ref applyPrimitive(int Which, Ref A, Ref B) {
  switch (static_cast<Op>(Which)) {
  case Add:
    return number(A->Number + B->Number);
  case Subtract:
    return number(A->Number - B->Number);
  case Multiply:
    return number(A->Number * B->Number);
  case Less:
    return A->Number < B->Number ? number(1) : Ref();
  case First:
    return A->First;
  case Rest:
    return A->Rest;
  case Cons:
    return pair(A, B);
  }
  return Ref();
}

Ref apply(Ref Function, Ref Arguments, Ref Environment) {
  if (!Function)
    fail("nothing was called");
  if (Function->What == Kind::Primitive) {
    Ref A = evaluate(Arguments->First, Environment);
    Ref B =
        Arguments->Rest ? evaluate(Arguments->Rest->First, Environment) : Ref();
    return applyPrimitive(Function->Primitive, A, B);
  }
  gab::Local<Value> Inner = Ref(Function->Environment);
  for (Ref P = Function->First; P; P = P->Rest) {
    Ref Argument = evaluate(Arguments->First, Environment);
    Inner = pair(pair(P->First, Argument), Inner);
    Arguments = Arguments->Rest;
  }
  return evaluate(Function->Rest, Inner);
}

Ref function(Ref Parameters, Ref Body, Ref Environment) {
  Ref F = gab::make<Value>();
  F->What = Kind::Function;
  F->First = Parameters;
  F->Rest = Body;
  F->Environment = Environment;
  return F;
}

Ref define(Ref Form, Ref Environment) {
  Ref Name = Form->First;
  Ref What = Name->What == Kind::Pair
                 ? function(Name->Rest, Form->Rest->First, Environment)
                 : evaluate(Form->Rest->First, Environment);
  if (Name->What == Kind::Pair)
    Name = Name->First;
  Globals = pair(pair(Name, What), Globals);
  return What;
}

Ref evaluate(Ref E, Ref Environment) {
  if (!E || E->What == Kind::Number)
    return E;
  if (E->What == Kind::Symbol) {
    Ref Found = lookUp(E, Environment);
    if (!Found)
      fail("a name is not defined");
    return Found->Rest;
  }
  Ref Head = E->First;
  if (Head->What == Kind::Symbol) {
    if (Head->Name == "define")
      return define(E->Rest, Environment);
    if (Head->Name == "lambda")
      return function(E->Rest->First, E->Rest->Rest->First, Environment);
    if (Head->Name == "if")
      return evaluate(evaluate(E->Rest->First, Environment)
                          ? Ref(E->Rest->Rest->First)
                          : Ref(E->Rest->Rest->Rest->First),
                      Environment);
  }
  return apply(evaluate(Head, Environment), E->Rest, Environment);
}

void print(Ref V) {
  if (!V)
    return void(printf("()"));
  switch (V->What) {
  case Kind::Number:
    printf("%g", V->Number);
    break;
  case Kind::Symbol:
    printf("%.*s", int(V->Name.size()), V->Name.view().data());
    break;
  case Kind::Function:
  case Kind::Primitive:
    printf("<function>");
    break;
  case Kind::Pair:
    printf("(");
    for (Ref P = V; P; P = P->Rest) {
      print(P->First);
      if (P->Rest)
        printf(" ");
    }
    printf(")");
    break;
  }
}

} // namespace

int main() {
  for (int I = 0; I <= Cons; ++I) {
    gab::Local<Value> P = gab::make<Value>();
    P->What = Kind::Primitive;
    P->Primitive = I;
    Globals = pair(pair(symbol(OpNames[I]), P), Globals);
  }
  std::string Text;
  for (int C; (C = getchar()) != EOF;)
    Text.push_back(static_cast<char>(C));
  Reader R(Text);
  while (!R.done()) {
    print(evaluate(R.read(), Ref()));
    printf("\n");
  }
  return 0;
}
