struct Point {
  int X, Y;
};
int *Kept;

int sum() {
  Point *P = new Point{1, 2};
  int S = P->X + P->Y;
  delete P;
  return S;
}

Point *make() { return new Point{3, 4}; }

namespace ns {
void keep(int V) { Kept = new int(V); }
} // namespace ns
