// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The workloads of Workloads.h in Java, for reference. An object is an array
// of words; its header takes 16 bytes more. A tenth of the work goes before the
// clock starts, for the compiler.

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

final class Bench {
  static final int[] WORDS = new int[4096];
  static long state = 88172645463325252L, sink;

  static long random() {
    state ^= state << 13;
    state ^= state >>> 7;
    return state ^= state << 17;
  }

  static final class Node {
    Node left, right;
  }

  static Node tree(int depth) {
    Node n = new Node();
    if (depth > 0) {
      n.left = tree(depth - 1);
      n.right = tree(depth - 1);
    }
    return n;
  }

  static long sum(Node n) {
    return n.left == null ? 1 : 1 + sum(n.left) + sum(n.right);
  }

  static long[] object(int i) {
    int words = WORDS[i & 4095];
    long[] o = new long[words];
    o[0] = words;
    o[words - 1] = i;
    return o;
  }

  static void fifo(long[][] window, int n) {
    long s = 0;
    for (int i = 0, at = 0; i < n; i++) {
      long[] old = window[at];
      if (old != null)
        s += old[0];
      window[at] = object(i);
      if (++at == window.length)
        at = 0;
    }
    sink += s;
  }

  static void anywhere(long[][] window, int n) {
    long s = 0;
    for (int i = 0; i < n; i++) {
      int at = (int)((random() >>> 32) * window.length >>> 32);
      if (window[at] != null)
        s += window[at][0];
      window[at] = object(i);
    }
    sink += s;
  }

  static long trees(int depth) {
    long nodes = sum(tree(depth + 1));
    Node kept = tree(depth);
    for (int d = 4; d <= depth; d += 4)
      for (int i = 0; i < 1 << depth - d + 4; i++)
        nodes += sum(tree(d));
    return nodes + sum(kept);
  }

  static long work(String name, int n) {
    switch (name) {
    case "churn1k":
      fifo(new long[1000][], n);
      return n;
    case "churn100k":
      fifo(new long[100000][], n);
      return n;
    case "random":
      anywhere(new long[100000][], n);
      return n;
    case "trees":
      return trees(n > 10000000 ? 18 : 14);
    default:
      System.exit(2);
      return 0;
    }
  }

  static double megabytes(String key) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith(key))
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / 1e6;
    return 0;
  }

  public static void main(String[] arguments) throws Exception {
    for (int i = 0; i < WORDS.length; i++) {
      int steps = 0;
      while (steps < 10 && Long.remainderUnsigned(random(), 1000) < 737)
        steps++;
      WORDS[i] = 2 + steps;
    }
    double scale = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 1;
    int n = (int)(2e7 * scale) * (arguments[0].equals("churn1k") ? 2 : 1);
    work(arguments[0], n / 10);
    var process = (com.sun.management.OperatingSystemMXBean)
                      ManagementFactory.getOperatingSystemMXBean();
    long cpu = process.getProcessCpuTime(), wall = System.nanoTime();
    double done = work(arguments[0], n);
    System.out.printf(java.util.Locale.ROOT,
        "{\"workload\":\"%s\",\"cpu_ns\":%.3f,\"wall_ns\":%.3f,"
            + "\"peak_mb\":%.1f,\"left_mb\":%.1f}%n",
        arguments[0], (process.getProcessCpuTime() - cpu) / done,
        (System.nanoTime() - wall) / done, megabytes("VmHWM"),
        megabytes("VmRSS"));
  }
}
