#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: run-doc-examples.py [--update] SOURCE BUILD [DOCUMENT...]

Runs the examples of the README and of docs/ and compares what they print.

    ```console
    $ escape-check examples/sales.cpp -- -std=c++20
    output, line by line; a line of three dots stands for any lines,
    and three dots in a line for any text
    ```

Each document has a scratch folder with a copy of examples/ in it, and the
tools of BUILD/bin come first on the PATH; $PLUGIN is the plugin. A fence after `<!-- file: NAME -->`
is written to NAME there first. A cpp fence with `// expect:` comments is held
against escape-check by verify-expectations.py. A fence that is called sh, bash or shell holds
commands that nobody runs, and is refused unless the comment
`<!-- not run: REASON -->` stands before it. --update writes the output that
was seen into the documents, in fences without dots; look at the difference.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

COMMENT = re.compile(r"^<!-- (file|not run): (.+?) -->$")


class Fence:
    def __init__(self, kind, start, note):
        self.kind, self.start, self.note = kind, start, note
        self.lines = []


def fences(lines):
    """Fences of a document in order; start is the index of the first line."""
    current, note = None, None
    for index, line in enumerate(lines):
        text = line.strip()
        if current is not None:
            if text == "```":
                yield current
                current = None
            else:
                current.lines.append(line)
        elif text.startswith("```"):
            current = Fence(text[3:].strip(), index + 1, note)
            note = None
        elif text:
            note = COMMENT.match(text)


def matches(expected, seen):
    """Lines against lines, where '...' alone is any number of them."""
    if not expected:
        return not seen
    if expected[0].strip() == "...":
        return any(matches(expected[1:], seen[i:])
                   for i in range(len(seen) + 1))
    line = ".*".join(map(re.escape, expected[0].rstrip().split("...")))
    return bool(seen) and re.fullmatch(
        line, seen[0].rstrip()) is not None and matches(expected[1:], seen[1:])


def commands(fence):
    """[(command, expected lines)] of a console fence."""
    found = []
    for line in fence.lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0][:-1] + line.strip(), [])
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError("output before the first '$ '")
    return found


def run(command, folder, build):
    environment = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1")
    environment["PLUGIN"] = os.path.join(build, "lib", "StackwardPlugin.so")
    environment["PATH"] = os.path.join(build, "bin") + ":" + os.environ["PATH"]
    result = subprocess.run(["bash", "-c", command], cwd=folder,
                            env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=300)
    return result.stdout.splitlines()


class Document:
    def __init__(self, path, source, build):
        self.path, self.build = path, build
        self.name = os.path.relpath(path, source)
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.folder = tempfile.mkdtemp(prefix="examples-")
        examples = os.path.join(source, "examples")
        if os.path.isdir(examples):
            shutil.copytree(examples, os.path.join(self.folder, "examples"))
        self.ran = self.failed = 0
        self.edits = []

    def complain(self, line, text):
        print(f"{self.name}:{line}: {text}")
        self.failed += 1

    def console(self, fence):
        output = []
        for command, expected in commands(fence):
            seen = run(command, self.folder, self.build)
            self.ran += 1
            output += ["$ " + command] + seen
            if matches(expected, seen):
                continue
            self.complain(fence.start, f"$ {command}\nexpected:")
            print("\n".join(expected) + "\nseen:\n" + "\n".join(seen))
        if not any("..." in line for line in fence.lines):
            self.edits.append((fence, output))

    def expectations(self, fence):
        path = os.path.join(self.folder, f"line{fence.start}.cpp")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(fence.lines) + "\n")
        verify = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              "verify-expectations.py")
        tool = os.path.join(self.build, "bin", "escape-check")
        seen = run(f"'{sys.executable}' '{verify}' '{tool}' '{path}' -- "
                   "-std=c++20; echo $?", self.folder, self.build)
        self.ran += 1
        if seen[-1] != "0":
            self.complain(fence.start, "\n".join(seen[:-1]))

    def check(self):
        for fence in fences(self.lines):
            note = fence.note
            if note and note[1] == "file":
                path = os.path.join(self.folder, note[2])
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write("\n".join(fence.lines) + "\n")
            elif fence.kind == "console":
                self.console(fence)
            elif fence.kind == "cpp" and any("// expect:" in line
                                             for line in fence.lines):
                self.expectations(fence)
            elif fence.kind in ("sh", "bash", "shell") and not note:
                self.complain(fence.start, "commands that nobody runs")
        shutil.rmtree(self.folder)

    def update(self):
        for fence, output in reversed(self.edits):
            end = fence.start + len(fence.lines)
            self.lines[fence.start:end] = output
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines))


def documents(source):
    paths = [os.path.join(source, "README.md")]
    for folder, _, names in sorted(os.walk(os.path.join(source, "docs"))):
        paths += [os.path.join(folder, name) for name in sorted(names)
                  if name.endswith(".md")]
    return paths


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    arguments = [a for a in arguments if a != "--update"]
    if len(arguments) < 2:
        sys.exit(__doc__)
    source, build = (os.path.abspath(path) for path in arguments[:2])
    ran = failed = 0
    for path in arguments[2:] or documents(source):
        document = Document(os.path.abspath(path), source, build)
        document.check()
        if update:
            document.update()
        ran += document.ran
        failed += document.failed
    print(f"examples: {ran} commands, {failed} failures")
    sys.exit(1 if failed and not update else 0)


main()
