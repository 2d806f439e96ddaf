// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Every claim of constant propagation against the truth. Random programs are
/// analysed; each claimed expression is wrapped in a check and each statement
/// claimed dead is preceded by an alarm; the program is built without
/// optimisation and run on many inputs. A run ends where the program overflows,
/// divides by zero or shifts too far (trapped): nothing is claimed beyond.
///
///   const-prop-property [PROGRAMS [FIRST-SEED]]
///
/// The same programs measure strength: functions that `clang -O2` turns into
/// "return a constant", and how many of those const-prop proves. A failure
/// prints the seed, and leaves the file it is in.
#include "RandomProgram.h"
#include "stackward/Source/ConstProp.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace stackward;
using namespace stackward::test;

namespace {

struct Batch {
  unsigned FirstSeed;
  std::vector<RandomProgram> Programs;
  std::string Text;
  bool Wraps; ///< -fwrapv
  std::vector<std::string> flags() const {
    std::vector<std::string> F{"-std=c++20", "-w"};
    if (Wraps)
      F.push_back("-fwrapv");
    return F;
  }
};

struct Insertion {
  unsigned At;
  bool Closes;
  unsigned Length; ///< of the expression: outer opens first, inner closes first
  std::string Text;
};

struct Tally {
  unsigned Programs = 0, Claims = 0, FoundByClang = 0, FoundByBoth = 0,
           FoundByUs = 0;
};

} // namespace

static constexpr char Prelude[] = R"(
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <initializer_list>
typedef __int128 Wide;
struct Range { Wide Lo, Hi; };
struct Claim { unsigned First, Count; unsigned long long Zero, One; };
extern const Range Ranges[]; extern const Claim Claims[];
static int Failures;
static void fail(const char *What, unsigned Id, Wide V) {
  if (++Failures < 10) std::printf("%s %u: value %lld\n", What, Id, (long long)V);
}
template <class T> static T CK(unsigned Id, T V) {
  unsigned long long Bits = (unsigned long long)V;
  if ((Bits & Claims[Id].Zero) || (~Bits & Claims[Id].One))
    fail("bits of claim", Id, (Wide)V);
  for (unsigned I = 0; I < Claims[Id].Count; ++I) {
    const Range &R = Ranges[Claims[Id].First + I];
    if (R.Lo <= (Wide)V && (Wide)V <= R.Hi) return V;
  }
  fail("claim", Id, (Wide)V);
  return V;
}
static void NR(unsigned Id) { fail("dead code ran", Id, 0); }
static sigjmp_buf Back;
static void trapped(int) { siglongjmp(Back, 1); }
)";

static Batch makeBatch(unsigned FirstSeed, unsigned Count) {
  Batch B;
  B.FirstSeed = FirstSeed;
  B.Wraps = FirstSeed / Count % 2;
  for (unsigned I = 0; I < Count; ++I) {
    B.Programs.push_back(
        randomProgram(FirstSeed + I, "n" + std::to_string(FirstSeed + I)));
    B.Text += B.Programs.back().Text;
  }
  return B;
}

static std::string instrumented(const std::string &Text,
                                const source::ConstClaims &Claims) {
  std::vector<Insertion> Changes;
  std::string Ranges, Index;
  unsigned Id = 0, Row = 0;
  for (const source::ConstClaim &C : Claims.Values) {
    unsigned Length = C.End - C.Begin;
    Changes.push_back(
        {C.Begin, false, Length, "CK(" + std::to_string(Id) + ", ("});
    Changes.push_back({C.End, true, Length, "))"});
    Index += "{" + std::to_string(Row) + "," + std::to_string(C.Ranges.size()) +
             "," + std::to_string(C.Zero) + "u," + std::to_string(C.One) +
             "u},\n";
    for (const auto &[Lo, Hi] : C.Ranges) {
      auto Number = [](const std::string &N) {
        return N[0] == '-' ? "-(Wide)" + N.substr(1) + "u" : N + "u";
      };
      Ranges += "{" + Number(Lo) + "," + Number(Hi) + "},\n";
      ++Row;
    }
    ++Id;
  }
  for (unsigned At : Claims.NeverRuns) {
    size_t Before = Text.find_last_not_of(" \n", At - 1);
    if (Before != std::string::npos && Text[Before] == '(')
      continue; // the start of a for
    Changes.push_back({At, false, ~0u, "NR(" + std::to_string(At) + "); "});
  }
  llvm::sort(Changes, [](const Insertion &A, const Insertion &B) {
    if (A.At != B.At)
      return A.At < B.At;
    if (A.Closes != B.Closes)
      return A.Closes;
    return A.Closes ? A.Length < B.Length : A.Length > B.Length;
  });
  std::string Out = Prelude;
  size_t Done = 0;
  for (const Insertion &I : Changes) {
    Out.append(Text, Done, I.At - Done);
    Out += I.Text;
    Done = I.At;
  }
  Out.append(Text, Done);
  return Out + "\nconst Range Ranges[] = {" + Ranges +
         "{0,0}};\nconst Claim Claims[] = {" + Index + "{0,0,0,0}};\n";
}

static std::string driver(const Batch &B) {
  std::string Out = "int main() {\n  struct sigaction A = {};\n"
                    "  A.sa_handler = trapped; A.sa_flags = SA_NODEFER;\n"
                    "  for (int S : {SIGILL, SIGFPE, SIGTRAP, SIGSEGV})\n"
                    "    sigaction(S, &A, nullptr);\n"
                    "  const long long In[] = {0, 1, 2, 3, 4, 5, 7, 8, 100, "
                    "-1, -2, -100, 127, 128, 255, 256, 32767, 65535,\n"
                    "    2147483647, -2147483647 - 1, 4294967295, "
                    "0x7fffffffffffffff};\n"
                    "  const int N = sizeof In / sizeof *In;\n"
                    "  volatile int I;\n";
  for (const RandomProgram &P : B.Programs) {
    std::string Space = P.Text.substr(10, P.Text.find(' ', 10) - 10);
    for (const RandomFunction &F : P.Functions) {
      if (F.IsStatic)
        continue; // its parameters may be bound to what its callers pass
      Out += "  for (I = 0; I < " + std::string(F.Params.empty() ? "1" : "60") +
             "; I = I + 1) {\n    if (sigsetjmp(Back, 1)) continue;\n";
      Out += "    (void)" + Space + "::" + F.Name + "(";
      for (size_t K = 0; K < F.Params.size(); ++K) {
        static const char *const Pick[] = {"I % N", "(I * 7 + I / N) % N",
                                           "(I * 5 + 3) % N"};
        std::string Type =
            F.Params[K] == "Kind" ? Space + "::Kind" : F.Params[K];
        Out += (K ? ", " : "") +
               ("(" + Type + ")In[" + std::string(Pick[K]) + "]");
      }
      Out += ");\n  }\n";
    }
  }
  return Out + "  return Failures != 0;\n}\n";
}

static int run(llvm::ArrayRef<std::string> Line, llvm::StringRef OutFile = "") {
  std::vector<llvm::StringRef> Args(Line.begin(), Line.end());
  std::optional<llvm::StringRef> Redirects[3];
  if (!OutFile.empty())
    Redirects[1] = OutFile;
  return llvm::sys::ExecuteAndWait(Line.front(), Args, std::nullopt, Redirects,
                                   120);
}

static void write(const std::string &Path, llvm::StringRef Text) {
  std::error_code E;
  llvm::raw_fd_ostream Out(Path, E);
  Out << Text;
}

/// Functions whose whole body is `ret TYPE CONSTANT` in Path.
static std::vector<std::string> constantInIR(const std::string &Path) {
  std::vector<std::string> Found;
  auto File = llvm::MemoryBuffer::getFile(Path);
  if (!File)
    return Found;
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  (*File)->getBuffer().split(Lines, '\n', -1, false);
  for (size_t I = 0; I + 2 < Lines.size(); ++I) {
    if (!Lines[I].starts_with("define ") || Lines[I + 2] != "}")
      continue;
    llvm::StringRef Return = Lines[I + 1].trim();
    llvm::StringRef Last = Return.rsplit(' ').second;
    bool IsNumber =
        !Last.empty() && (llvm::isDigit(Last[0]) || Last[0] == '-' ||
                          Last == "true" || Last == "false");
    if (Return.starts_with("ret ") && IsNumber)
      Found.push_back(
          llvm::StringRef(
              llvm::demangle(Lines[I].split('@').second.split('(').first))
              .split('(')
              .first.str());
  }
  return Found;
}

static bool check(const Batch &B, Tally &Sum, const std::string &Base) {
  std::unique_ptr<clang::ASTUnit> Unit =
      clang::tooling::buildASTFromCodeWithArgs(B.Text, B.flags(), "input.cc");
  if (!Unit || Unit->getDiagnostics().hasErrorOccurred()) {
    llvm::errs() << "seed " << B.FirstSeed << ": does not compile\n";
    return false;
  }
  source::ConstClaims Claims =
      source::claimsOf(Unit->getASTContext(), source::ConstPropOptions());
  Sum.Programs += B.Programs.size();
  Sum.Claims += Claims.Values.size() + Claims.NeverRuns.size();
  std::string File = Base + ".cpp", Program = Base + ".out";
  write(File, instrumented(B.Text, Claims) + driver(B));
  std::vector<std::string> Line{CLANGXX, "-O0"};
  llvm::append_range(Line, B.flags());
  std::string Checks = B.Wraps ? "shift,integer-divide-by-zero"
                               : "signed-integer-overflow,shift,"
                                 "integer-divide-by-zero";
  for (std::string Flag :
       {"-fsanitize=" + Checks, std::string("-fsanitize-trap=all"),
        std::string("-o"), Program, File})
    Line.push_back(Flag);
  if (run(Line) != 0) {
    llvm::errs() << "seeds from " << B.FirstSeed << ": " << File
                 << " does not build\n";
    return false;
  }
  if (run({Program}) != 0) {
    llvm::errs() << "seeds from " << B.FirstSeed << ": a claim is false in "
                 << File << "\n";
    return false;
  }
  // Strength: the plain program, optimised.
  write(File, B.Text);
  std::vector<std::string> Optimise{CLANGXX, "-O2", "-S", "-emit-llvm"};
  llvm::append_range(Optimise, B.flags());
  llvm::append_range(Optimise,
                     std::vector<std::string>{"-o", Base + ".ll", File});
  if (run(Optimise) == 0) {
    llvm::StringMap<bool> Ours;
    for (const auto &[Name, V] : Claims.Returns)
      Ours[Name] = true;
    Sum.FoundByUs += Ours.size();
    for (const std::string &Name : constantInIR(Base + ".ll")) {
      ++Sum.FoundByClang;
      Sum.FoundByBoth += Ours.count(Name);
      if (!Ours.count(Name) && std::getenv("SHOW_MISSES"))
        llvm::outs() << "missed: " << Name << "\n";
    }
  }
  llvm::sys::fs::remove(File);
  llvm::sys::fs::remove(Program);
  llvm::sys::fs::remove(Base + ".ll");
  return true;
}

int main(int Argc, char **Argv) {
  unsigned Programs = Argc > 1 ? std::atoi(Argv[1]) : 1000;
  unsigned Seed = Argc > 2 ? std::atoi(Argv[2]) : 1;
  constexpr unsigned PerBatch = 50;
  llvm::SmallString<128> Folder;
  if (llvm::sys::fs::createUniqueDirectory("const-prop", Folder))
    return 2;
  Tally Sum;
  bool Good = true;
  llvm::outs() << "seeds " << Seed << " to " << Seed + Programs - 1 << "\n";
  llvm::outs().flush();
  for (unsigned Done = 0; Done < Programs; Done += PerBatch)
    Good &= check(makeBatch(Seed + Done, PerBatch), Sum,
                  (Folder + "/" + std::to_string(Seed + Done)).str());
  if (Good)
    llvm::sys::fs::remove(Folder);
  llvm::outs() << Sum.Programs << " programs, " << Sum.Claims << " claims; "
               << "constant returns: clang -O2 " << Sum.FoundByClang
               << ", of those const-prop " << Sum.FoundByBoth
               << "; const-prop in all " << Sum.FoundByUs << "\n";
  return Good ? 0 : 1;
}
