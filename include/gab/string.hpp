// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Text in the collected heap that is never changed: one reference to an array
/// of bytes, so copies are free and a short one is a small object.
#ifndef GAB_STRING_HPP
#define GAB_STRING_HPP

#include "gab/make.hpp"
#include <string_view>

namespace gab {

class string {
  Member<Array<char>> Bytes;

public:
  GAB_TRACE(string, Bytes)

  string() = default;
  template <class FromText>
    requires(std::is_convertible_v<const FromText &, std::string_view> &&
             !std::is_same_v<FromText, string>)
  string(const FromText &From) {
    std::string_view Text = From;
    if (Text.empty())
      return;
    Ref<Array<char>> New = make_array<char>(Text.size());
    memcpy(New->data(), Text.data(), Text.size());
    Bytes = New;
  }

  size_t size() const { return Bytes ? Bytes->Length : 0; }
  bool empty() const { return size() == 0; }
  /// Good while the caller's stack holds it.
  std::string_view view() const {
    Array<char> *A = Bytes.get();
    return A ? std::string_view(A->data(), A->Length) : std::string_view();
  }
  operator std::string_view() const { return view(); }
  char operator[](size_t I) const { return (*Bytes)[I]; }

  friend bool operator==(const string &A, const string &B) {
    return A.view() == B.view();
  }
  template <class Text>
    requires(std::is_convertible_v<const Text &, std::string_view> &&
             !std::is_same_v<Text, string>)
  friend bool operator==(const string &A, const Text &B) {
    return A.view() == std::string_view(B);
  }
  friend auto operator<=>(const string &A, const string &B) {
    return A.view() <=> B.view();
  }
  /// A new string of both.
  friend string operator+(const string &A, std::string_view B) {
    string Result;
    if (A.size() + B.size() == 0)
      return Result;
    // B may point into a small object; it is on this stack and stays.
    Ref<Array<char>> New = make_array<char>(A.size() + B.size());
    if (A.size())
      memcpy(New->data(), A.view().data(), A.size());
    if (!B.empty())
      memcpy(New->data() + A.size(), B.data(), B.size());
    Result.Bytes = New;
    return Result;
  }
};

} // namespace gab

template <> struct std::hash<gab::string> {
  size_t operator()(const gab::string &S) const {
    return std::hash<std::string_view>()(S.view());
  }
};
#endif
