// Claims that hold; verify.test spoils them one by one.
int f() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  return V;
}

int *make() { return new int(1); } // expect: heap(return)

int *Kept;
void keep() { Kept = new int(2); } // expect: heap(global)
