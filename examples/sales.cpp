// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads sales, one a line (`item count price`), and prints what each item
/// brought in. Written the way such programs are: some of its allocations
/// could be locals, and some could not.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Sale {
  std::string Item;
  long Count = 0;
  double Price = 0;
};

struct Totals {
  long Sales = 0;
  double Revenue = 0;
  void add(const Sale &S) {
    ++Sales;
    Revenue += S.Count * S.Price;
  }
};

class Layout {
public:
  virtual ~Layout() = default;
  virtual void row(const std::string &Item, const Totals &T) const = 0;
};

class Columns final : public Layout {
public:
  void row(const std::string &Item, const Totals &T) const override {
    std::printf("%-10s %4ld %9.2f\n", Item.c_str(), T.Sales, T.Revenue);
  }
};

class Tabs final : public Layout {
public:
  void row(const std::string &Item, const Totals &T) const override {
    std::printf("%s\t%ld\t%.2f\n", Item.c_str(), T.Sales, T.Revenue);
  }
};

static std::unique_ptr<Totals> freshTotals() {
  return std::make_unique<Totals>();
}

static Sale *LastBad = nullptr;

class Ledger {
public:
  void record(Sale S) { All.push_back(std::make_unique<Sale>(std::move(S))); }
  const std::vector<std::unique_ptr<Sale>> &sales() const { return All; }

private:
  std::vector<std::unique_ptr<Sale>> All;
};

static bool parse(const char *Line, Sale &Out) {
  char *Word = static_cast<char *>(std::malloc(32));
  int Read = std::sscanf(Line, "%31s %ld %lf", Word, &Out.Count, &Out.Price);
  if (Read == 3)
    Out.Item = Word;
  std::free(Word);
  return Read == 3;
}

static void read(std::FILE *In, Ledger &Book) {
  char Line[256];
  while (std::fgets(Line, sizeof Line, In)) {
    auto S = std::make_unique<Sale>();
    if (parse(Line, *S)) {
      Book.record(*S);
    } else {
      delete LastBad;
      LastBad = new Sale(*S);
    }
  }
}

static double average(const Ledger &Book) {
  std::unique_ptr<Totals> Sum = freshTotals();
  for (const auto &S : Book.sales())
    Sum->add(*S);
  return Sum->Sales ? Sum->Revenue / Sum->Sales : 0;
}

static void print(const Ledger &Book) {
  std::map<std::string, Totals> ByItem;
  for (const auto &S : Book.sales())
    ByItem[S->Item].add(*S);
  Layout *L = new Columns;
  for (const auto &[Item, T] : ByItem)
    L->row(Item, T);
  delete L;
}

static int *histogram(const Ledger &Book, int Buckets) {
  int *Counts = new int[Buckets]();
  for (const auto &S : Book.sales())
    ++Counts[std::abs(static_cast<int>(S->Price)) % Buckets];
  return Counts;
}

int main() {
  Ledger Book;
  read(stdin, Book);
  print(Book);
  std::printf("average sale %.2f\n", average(Book));
  int *Counts = histogram(Book, 4);
  std::vector<int> Shown(Counts, Counts + 4);
  for (int N : Shown)
    std::printf("%d ", N);
  std::printf("\n");
  delete[] Counts;
  Tabs *Plain = new Tabs();
  if (LastBad)
    Plain->row("bad line", *std::make_unique<Totals>());
  delete Plain;
  delete LastBad;
}
