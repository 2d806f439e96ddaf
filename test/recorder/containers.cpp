// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file Buffers belong to the variable that holds the container, wherever
/// they were allocated.
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

static const char *Long = "a text that is too long for the small buffer";
std::vector<int> Kept;
std::string KeptText;

__attribute__((noinline)) void grow(std::vector<int> &V, int Count) {
  for (int I = 0; I != Count; ++I)
    V.push_back(I); //= vector count=12 freed=9,1,1,1
}

void grownHere() {
  std::vector<int> V; //? std::vector buffer ok
  for (int I = 0; I != 4; ++I)
    V.push_back(I); //= vector count=3 alive=2 freed=3
}

void grownInCallee() {
  std::vector<int> V; //? std::vector buffer ok
  grow(V, 8);
}

void movedAway() {
  std::vector<int> V; //? std::vector buffer fault
  grow(V, 8);
  Kept = std::move(V);
}

std::vector<int> returned() {
  std::vector<int> V;
  grow(V, 8);
  return V;
}

void receives() {
  std::vector<int> V = returned(); //? std::vector buffer ok
}

void strings() {
  std::string A(Long);  //= string count=1 freed=1 //? std::string buffer ok
  std::string B(Long);  //? std::string buffer fault
  A += B;               //= string count=1 freed=1
  KeptText = std::move(B);
}

void elements() {
  std::vector<std::string> V; //? std::vector buffer ok
  V.reserve(2);               //= vector count=1 freed=1
  V.emplace_back(Long);       //= string count=1 freed=1
}

void nodes() {
  std::map<int, int> Map;                //? std::map buffer ok
  std::set<int> Set{1, 2};               //= tree count=2 //? std::set buffer ok
  std::list<int> List;                   //? std::list buffer ok
  std::unordered_map<int, int> Table;    //? std::unordered_map buffer ok
  std::deque<int> Queue;                 //? std::deque buffer ok
  for (int I = 0; I != 3; ++I) {
    Map[I] = I;                          //= tree count=3 freed=3
    List.push_back(I);                   //= list count=3 freed=3
    Table[I] = I;
    Queue.push_back(I);
  }
}

void temporary() {
  if ((std::string(Long) + Long).empty()) //? std::string buffer ok
    grow(Kept, 1);
}

void functions() {
  long A = 1, B = 2, C = 3;
  auto Sum = [=] { return A + B + C; };
  using Add = std::function<long()>;
  Add F = Sum; //= function freed=1 //? std::function buffer ok
  F();
}

int main() {
  grownHere();
  grownInCallee();
  movedAway();
  receives();
  strings();
  elements();
  nodes();
  temporary();
  functions();
}
