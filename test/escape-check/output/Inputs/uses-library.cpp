int look(const int *);
void keep(int *);

int borrowed() {
  int *P = new int(1);
  int V = look(P);
  delete P;
  return V;
}

void given() {
  int *P = new int(2);
  keep(P);
}
