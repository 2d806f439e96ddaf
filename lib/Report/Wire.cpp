// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One list of fields for both directions: visit() names them, a Writer or a
/// Reader takes them. A reader that ran out of bytes reads zeros, and says so
/// at the end.
#include "stackward/Report/Wire.h"
#include <cstring>

namespace stackward::report {

namespace {

class Writer {
public:
  std::string Bytes;
  void number(uint64_t N) {
    Bytes.append(reinterpret_cast<const char *>(&N), sizeof N);
  }
  void field(const std::string &Text) {
    number(Text.size());
    Bytes += Text;
  }
  template <typename T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void field(const T &Value) {
    number(static_cast<uint64_t>(Value));
  }
  template <typename T> void field(const std::vector<T> &List) {
    number(List.size());
    for (const T &Value : List)
      field(Value);
  }
  template <typename T> void field(const std::optional<T> &Value) {
    number(Value.has_value());
    if (Value)
      field(*Value);
  }
  template <typename T>
    requires std::is_class_v<T>
  void field(const T &Value) {
    // visit() only reads what a writer is given.
    visit(const_cast<T &>(Value), *this);
  }
};

class Reader {
public:
  explicit Reader(llvm::StringRef Bytes) : Rest(Bytes) {}
  bool Damaged = false;
  llvm::StringRef Rest;

  uint64_t number() {
    uint64_t N = 0;
    if (Rest.size() < sizeof N) {
      Damaged = true;
      return 0;
    }
    std::memcpy(&N, Rest.data(), sizeof N);
    Rest = Rest.drop_front(sizeof N);
    return N;
  }
  // Every element takes a byte at least: a larger count is a lie.
  uint64_t count() {
    uint64_t N = number();
    if (N <= Rest.size())
      return N;
    Damaged = true;
    return 0;
  }
  void field(std::string &Text) {
    uint64_t Size = count();
    Text = Rest.take_front(Size).str();
    Rest = Rest.drop_front(Size);
  }
  template <typename T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void field(T &Value) {
    Value = static_cast<T>(number());
  }
  template <typename T> void field(std::vector<T> &List) {
    uint64_t Size = count();
    for (uint64_t I = 0; I < Size && !Damaged; ++I)
      field(List.emplace_back());
  }
  template <typename T> void field(std::optional<T> &Value) {
    if (number())
      field(Value.emplace());
  }
  template <typename T>
    requires std::is_class_v<T>
  void field(T &Value) {
    visit(Value, *this);
  }
};

} // namespace

// Found by their arguments' namespace, when Writer and Reader are used.
template <typename Archive> static void visit(Place &P, Archive &A) {
  A.field(P.File);
  A.field(P.Line);
  A.field(P.Column);
}

template <typename Archive> static void visit(Step &S, Archive &A) {
  A.field(S.At);
  A.field(S.Text);
  A.field(S.Why);
  A.field(S.Depth);
}

template <typename Archive> static void visit(Replacement &R, Archive &A) {
  A.field(R.File);
  A.field(R.Offset);
  A.field(R.Length);
  A.field(R.Text);
}

template <typename Archive> static void visit(Suggestion &S, Archive &A) {
  A.field(S.Kind);
  A.field(S.Text);
  A.field(S.Fixable);
  A.field(S.Replacements);
}

template <typename Archive> static void visit(Finding &F, Archive &A) {
  A.field(F.Rule);
  A.field(F.Level);
  A.field(F.At);
  A.field(F.Function);
  A.field(F.Message);
  A.field(F.Steps);
  A.field(F.Notes);
  A.field(F.Suggestion);
}

template <typename Archive> static void visit(ReasonText &R, Archive &A) {
  A.field(R.Id);
  A.field(R.Headline);
}

template <typename Archive> static void visit(Allocation &Site, Archive &A) {
  A.field(Site.At);
  A.field(Site.Function);
  A.field(Site.Kind);
  A.field(Site.Type);
  A.field(Site.Size);
  A.field(Site.Verdict);
  A.field(Site.Reasons);
  A.field(Site.Suggestion);
  A.field(Site.Flow);
  A.field(Site.Notes);
  A.field(Site.Cold);
}

template <typename T> static std::string pack(llvm::ArrayRef<T> Values) {
  Writer W;
  W.field(Values.vec());
  return std::move(W.Bytes);
}

template <typename T>
static llvm::Expected<std::vector<T>> unpack(llvm::StringRef Bytes) {
  Reader R(Bytes);
  std::vector<T> Values;
  R.field(Values);
  if (R.Damaged || !R.Rest.empty())
    return llvm::createStringError("damaged findings");
  return Values;
}

std::string packFindings(llvm::ArrayRef<Finding> Findings) {
  return pack(Findings);
}

llvm::Expected<std::vector<Finding>> unpackFindings(llvm::StringRef Bytes) {
  return unpack<Finding>(Bytes);
}

std::string packAllocations(llvm::ArrayRef<Allocation> Allocations) {
  return pack(Allocations);
}

llvm::Expected<std::vector<Allocation>>
unpackAllocations(llvm::StringRef Bytes) {
  return unpack<Allocation>(Bytes);
}

} // namespace stackward::report
