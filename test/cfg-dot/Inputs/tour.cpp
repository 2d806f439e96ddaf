// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What docs/howto/draw-control-flow.md draws.
#include <cstddef>

struct Buffer {
  Buffer(std::size_t size);
  ~Buffer();
  unsigned char *data();
};
int readByte();
int decode(unsigned char *to, int byte);

// Reads records until end of input; a record begins with its kind.
int readRecords(unsigned char *to, int limit) {
  int count = 0;
  for (int byte = readByte(); byte != -1; byte = readByte()) {
    if (count == limit)
      break;
    switch (byte) {
    case 0:
      continue;
    case 1:
    case 2:
      count += decode(to, byte);
      break;
    default:
      return -byte;
    }
  }
  return count;
}

int retries(bool patient) {
  int tries = 1;
  bool again = false;
  if (patient)
    tries = 3;
  while (tries > 0) {
    if (again && tries > 3)
      return decode(nullptr, tries);
    again = true;
    --tries;
  }
  return tries;
}

int guarded(int size) {
  try {
    Buffer buffer(size);
    return decode(buffer.data(), readByte());
  } catch (int problem) {
    return problem;
  }
}

static int even(int n);
static int odd(int n) { return n == 0 ? 0 : even(n - 1); }
static int even(int n) { return n == 0 ? 1 : odd(n - 1); }
int parity(int n, int (*fallback)(int)) {
  return n < 0 ? fallback(n) : even(n);
}
