// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// fork, a pipe for each worker, poll. A worker writes its whole answer as one
/// frame that ends with a mark, so that a worker that died halfway is told from
/// one that finished. It leaves with _exit(): what the parent had buffered for
/// stdout must not be written twice.
#include "Workers.h"
#include "llvm/ADT/Twine.h"
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace stackward::cli;
using Clock = std::chrono::steady_clock;

namespace {

constexpr uint64_t EndMark = 0x53746b77456e6421;

struct Worker {
  size_t Piece;
  pid_t Pid;
  int Pipe;
  Clock::time_point Deadline;
  std::string Frame;
  bool TimedOut = false;
};

class Pool {
public:
  Pool(size_t Count, const PoolOptions &Options,
       llvm::function_ref<Answer(size_t)> Work,
       llvm::function_ref<void(size_t, Answer)> Receive)
      : Count(Count), Options(Options), Work(Work), Receive(Receive) {}
  void run();

private:
  void start(size_t Piece);
  void wait();
  int untilDeadline() const;
  void finish(Worker &W);
  void done(size_t Piece, Answer A);

  size_t Count;
  const PoolOptions &Options;
  llvm::function_ref<Answer(size_t)> Work;
  llvm::function_ref<void(size_t, Answer)> Receive;
  std::vector<std::unique_ptr<Worker>> Running;
  std::map<size_t, Answer> Finished; ///< done, but not yet their turn
  size_t NextToReceive = 0;
  size_t Done = 0;
};

void appendNumber(uint64_t N, std::string &Out) {
  Out.append(reinterpret_cast<const char *>(&N), sizeof N);
}

void appendText(const std::string &Text, std::string &Out) {
  appendNumber(Text.size(), Out);
  Out += Text;
}

std::string encode(const Answer &A) {
  std::string Frame;
  appendNumber(A.Errors.size(), Frame);
  for (const std::string &Error : A.Errors)
    appendText(Error, Frame);
  appendText(A.Bytes, Frame);
  appendNumber(EndMark, Frame);
  return Frame;
}

class Decoder {
public:
  explicit Decoder(llvm::StringRef Frame) : Rest(Frame) {}
  std::optional<uint64_t> number() {
    uint64_t N;
    if (Rest.size() < sizeof N)
      return std::nullopt;
    std::memcpy(&N, Rest.data(), sizeof N);
    Rest = Rest.drop_front(sizeof N);
    return N;
  }
  std::optional<std::string> text() {
    auto Size = number();
    if (!Size || *Size > Rest.size())
      return std::nullopt;
    std::string Text = Rest.take_front(*Size).str();
    Rest = Rest.drop_front(*Size);
    return Text;
  }
  bool atEnd() const { return Rest.empty(); }

private:
  llvm::StringRef Rest;
};

std::optional<Answer> decode(llvm::StringRef Frame) {
  Decoder D(Frame);
  Answer A;
  auto Errors = D.number();
  for (uint64_t I = 0; Errors && I < *Errors; ++I) {
    auto Error = D.text();
    if (!Error)
      return std::nullopt;
    A.Errors.push_back(std::move(*Error));
  }
  auto Bytes = D.text();
  if (!Bytes || D.number() != EndMark || !D.atEnd())
    return std::nullopt;
  A.Bytes = std::move(*Bytes);
  return A;
}

void writeAll(int File, llvm::StringRef Bytes) {
  while (!Bytes.empty()) {
    ssize_t Written = write(File, Bytes.data(), Bytes.size());
    if (Written < 0 && errno == EINTR)
      continue;
    if (Written <= 0)
      return; // the parent is gone
    Bytes = Bytes.drop_front(Written);
  }
}

} // namespace

void Pool::start(size_t Piece) {
  Answer Failure;
  int Ends[2];
  if (pipe(Ends) != 0) {
    Failure.Errors = {std::string("cannot make a pipe: ") + strerror(errno)};
    return done(Piece, std::move(Failure));
  }
  pid_t Pid = fork();
  if (Pid < 0) {
    Failure.Errors = {std::string("cannot fork: ") + strerror(errno)};
    close(Ends[0]);
    close(Ends[1]);
    return done(Piece, std::move(Failure));
  }
  if (Pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(Ends[0]);
    writeAll(Ends[1], encode(Work(Piece)));
    _exit(0);
  }
  close(Ends[1]);
  auto Limit = std::chrono::seconds(Options.TimeoutSeconds);
  Running.push_back(std::make_unique<Worker>(
      Worker{Piece, Pid, Ends[0], Clock::now() + Limit, "", false}));
}

static std::string describeEnd(const Worker &W, int Status, unsigned Seconds) {
  if (W.TimedOut)
    return "not done within " + std::to_string(Seconds) + " s";
  if (WIFSIGNALED(Status))
    return std::string("the analysis crashed: ") + strsignal(WTERMSIG(Status));
  return "the analysis ended early, with status " +
         std::to_string(WEXITSTATUS(Status));
}

void Pool::finish(Worker &W) {
  close(W.Pipe);
  int Status = 0;
  rusage Usage{};
  while (wait4(W.Pid, &Status, 0, &Usage) < 0 && errno == EINTR)
    ;
  Answer A;
  auto Decoded = W.TimedOut ? std::nullopt : decode(W.Frame);
  if (Decoded)
    A = std::move(*Decoded);
  else
    A.Errors = {describeEnd(W, Status, Options.TimeoutSeconds)};
  auto Seconds = [](const timeval &T) { return T.tv_sec + T.tv_usec * 1e-6; };
  A.CpuSeconds = Seconds(Usage.ru_utime) + Seconds(Usage.ru_stime);
  A.PeakKiB = Usage.ru_maxrss;
  done(W.Piece, std::move(A));
}

void Pool::done(size_t Piece, Answer A) {
  Finished.emplace(Piece, std::move(A));
  ++Done;
  if (Options.Progress)
    Options.Progress(Done);
  while (!Finished.empty() && Finished.begin()->first == NextToReceive) {
    Receive(NextToReceive++, std::move(Finished.begin()->second));
    Finished.erase(Finished.begin());
  }
}

int Pool::untilDeadline() const {
  if (Options.TimeoutSeconds == 0)
    return -1;
  auto First = Clock::time_point::max();
  for (const auto &W : Running)
    First = std::min(First, W->Deadline);
  auto Left = std::chrono::duration_cast<std::chrono::milliseconds>(
      First - Clock::now());
  return std::max<int64_t>(0, Left.count() + 1);
}

// Reads what there is. True when the worker has closed its end.
static bool drain(Worker &W) {
  char Buffer[1 << 16];
  ssize_t Size = read(W.Pipe, Buffer, sizeof Buffer);
  if (Size > 0)
    W.Frame.append(Buffer, Size);
  return Size == 0 || (Size < 0 && errno != EINTR);
}

void Pool::wait() {
  std::vector<pollfd> Files;
  for (const auto &W : Running)
    Files.push_back({W->Pipe, POLLIN, 0});
  if (poll(Files.data(), Files.size(), untilDeadline()) < 0)
    return; // interrupted: the caller comes back
  auto Now = Clock::now();
  std::vector<std::unique_ptr<Worker>> Still;
  for (size_t I = 0; I < Files.size(); ++I) {
    std::unique_ptr<Worker> W = std::move(Running[I]);
    bool Closed = Files[I].revents != 0 && drain(*W);
    if (!Closed && Options.TimeoutSeconds != 0 && Now >= W->Deadline) {
      W->TimedOut = true;
      kill(W->Pid, SIGKILL);
      Closed = true;
    }
    if (Closed)
      finish(*W);
    else
      Still.push_back(std::move(W));
  }
  Running = std::move(Still);
}

void Pool::run() {
  for (size_t Next = 0; Next < Count || !Running.empty();) {
    while (Next < Count && Running.size() < std::max(1u, Options.Jobs))
      start(Next++);
    if (!Running.empty())
      wait();
  }
}

void stackward::cli::runForked(
    size_t Count, const PoolOptions &Options,
    llvm::function_ref<Answer(size_t)> Work,
    llvm::function_ref<void(size_t, Answer)> Receive) {
  Pool(Count, Options, Work, Receive).run();
}
