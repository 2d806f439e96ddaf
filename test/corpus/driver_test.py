#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The driver of the corpus, with a small program and a made-up tool.

The tool is a script that writes prepared verdicts, so that what the driver
makes of verdicts, crashes and labels can be told apart from what escape-check
finds.
"""
import contextlib
import io
import json
import os
import sys
import tempfile
import types
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bench", "corpus"))

import cost  # noqa: E402  (found through the path set above)
import gen_data  # noqa: E402
import programs  # noqa: E402
import verdicts  # noqa: E402

SITES = [
    {"file": "/p/a.cpp", "line": 3, "column": 1, "function": "f()",
     "kind": "new", "type": "T", "size": 8, "verdict": "stack", "reasons": []},
    {"file": "/p/a.cpp", "line": 5, "column": 1, "function": "f()",
     "kind": "std::vector buffer", "type": "vector<int>", "size": None,
     "verdict": "heap", "reasons": ["non-constant-size", "return"]},
]
TOOL = """#!/usr/bin/env python3
import sys
arguments = sys.argv[1:]
if "--output" in arguments:
    with open(arguments[arguments.index("--output") + 1], "w") as file:
        file.write('''{report}''')
print('''{message}''', file=sys.stderr)
sys.exit({status})
"""


class Driver(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        build = f"{self.folder}/build/toy/rel"
        os.makedirs(build)
        with open(f"{build}/toy.cpp", "w", encoding="utf-8") as file:
            file.write("int main() { return 0; }\n")
        entry = {"directory": build, "file": f"{build}/toy.cpp",
                 "command": "/usr/bin/c++ -O2 -o toy.o -c toy.cpp"}
        with open(f"{build}/compile_commands.json", "w",
                  encoding="utf-8") as file:
            json.dump([entry], file)

    def options(self, **more):
        values = {"folder": self.folder, "names": ["toy"], "jobs": 1,
                  "timeout": 60, "table": None, "gold": None,
                  "tool": f"{self.folder}/tool",
                  "max_cpu": None, "max_memory": None}
        return types.SimpleNamespace(**{**values, **more})

    def run_tool(self, message="", status=0, **more):
        report = json.dumps({"version": 1, "allocations": SITES})
        with open(f"{self.folder}/tool", "w", encoding="utf-8") as file:
            file.write(TOOL.format(report=report, message=message,
                                   status=status))
        os.chmod(f"{self.folder}/tool", 0o755)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), \
                contextlib.redirect_stderr(printed):
            code = verdicts.run(self.options(**more))
        return code, printed.getvalue()

    def gold(self, *rows):
        path = f"{self.folder}/gold.tsv"
        with open(path, "w", encoding="utf-8") as file:
            file.write("# labels\n")
            file.writelines("\t".join(row) + "\n" for row in rows)
        return path

    def test_table_counts_verdicts_and_reasons(self):
        code, printed = self.run_tool()
        self.assertEqual(code, 0)
        self.assertIn("| toy | 1 | 2 | 1 | 0 | 1 |", printed)
        self.assertIn("| `return` | 1 |", printed)

    def test_exit_status_and_reported_crash_are_trouble(self):
        self.assertEqual(self.run_tool(status=2)[0], 1)
        code, printed = self.run_tool(message="toy.cpp: crashed")
        self.assertEqual(code, 1)
        self.assertIn("toy.cpp: crashed", printed)

    def test_site_labelled_as_escaping_must_not_be_stack(self):
        for label in ("N", "W", "YB"):
            code, printed = self.run_tool(
                gold=self.gold(("toy", "a.cpp:3", label, "why")))
            self.assertEqual(code, 1, label)
            self.assertIn("wrong: toy a.cpp:3", printed)

    def test_label_on_heap_site_or_for_movable_site_is_fine(self):
        code, printed = self.run_tool(gold=self.gold(
            ("toy", "a.cpp:5", "N", "why"), ("toy", "a.cpp:3", "Y", "why"),
            ("toy", "a.cpp:9", "YI", "why"), ("other", "a.cpp:3", "N", "")))
        self.assertEqual(code, 0, printed)
        self.assertIn("1 of 2 that can move are called stack", printed)
        self.assertIn("a.cpp:5 N: heap: non-constant-size, return", printed)

    def test_time_out_is_reported(self):
        with open(f"{self.folder}/tool", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nsleep 60\n")
        os.chmod(f"{self.folder}/tool", 0o755)
        usage, trouble = verdicts.check_one(self.options(timeout=1), "toy")
        self.assertTrue(usage.timed_out)
        self.assertIn("no end after 1 s", trouble)

    def test_cost_fails_above_the_ratio_asked_for(self):
        with open(f"{self.folder}/tool", "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\n[ "$5 $6" = "--quiet --all" ] || exit 3\n'
                       'clang++-22 -fsyntax-only "$7" || true\n')
        os.chmod(f"{self.folder}/tool", 0o755)
        for limit, status in ((100.0, 0), (0.001, 1)):
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(
                    cost.run(self.options(max_cpu=limit,
                                          arguments="--quiet --all")), status)


class Facts(unittest.TestCase):
    def test_every_program_has_a_source_and_a_workload(self):
        for name, row in programs.read_table().items():
            self.assertTrue(row["debian"] and row["work"], name)
            self.assertIn("{pre}", " ".join(row["work"]), name)

    def test_inputs_are_the_same_each_time(self):
        first, second = [], []
        gen_data.yaml_lines({"a": [1, {"b": "c"}], "d": []}, 0, first)
        gen_data.yaml_lines({"a": [1, {"b": "c"}], "d": []}, 0, second)
        self.assertEqual(first, second)
        self.assertEqual(first, ['"a":', "  - 1", "  -", '    "b": "c"',
                                 '"d": []'])


if __name__ == "__main__":
    unittest.main()
