#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: run.py BUILD CXX: installs a build and lets another project use it."""
import os
import shutil
import subprocess
import sys
import tempfile


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stdout}")
    return result.stdout


def use_plugin(scratch, prefix, compiler):
    """stackward_enable: what it compiles allocates less, when it may."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "enable")
    folder = os.path.join(scratch, "e")
    run("cmake", "-G", "Ninja", "-S", source, "-B", folder,
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder)
    for name, expected in (("plain", 1), ("enabled", 0), ("switched_off", 1),
                           ("lowered", 0), ("lowered_shared", 0),
                           ("whole_program", 0)):
        text = run(os.path.join(folder, name))
        if text != f"1 {expected}\n":
            sys.exit(f"{name}: {text}")


def main():
    build, compiler = sys.argv[1:]
    consumer = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                            "consumer")
    scratch = tempfile.mkdtemp(prefix="install-")
    prefix, folder = (os.path.join(scratch, name) for name in ("p", "b"))
    run("cmake", "--install", build, "--prefix", prefix)
    # Installed files must not need the tree they were built in.
    for base, _, names in os.walk(os.path.join(prefix, "lib")):
        for name in names:
            if name.endswith(".cmake"):
                with open(os.path.join(base, name), encoding="utf-8") as file:
                    if os.path.abspath(build) in file.read():
                        sys.exit(f"{name} names the build folder")
    run("cmake", "-G", "Ninja", "-S", consumer, "-B", folder,
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder)
    text = run(os.path.join(folder, "consumer"))
    if text != "nowhere.cpp:1:1: warning: installed [hello]\n":
        sys.exit(f"unexpected: {text}")
    use_plugin(scratch, prefix, compiler)
    # The installed tool works from where it is.
    source = os.path.join(scratch, "a.cpp")
    with open(source, "w", encoding="utf-8") as file:
        file.write("#include <stddef.h>\n"
                   "int f() { int *P = new int(1); int V = *P; delete P; "
                   "return V; }\n")
    text = run(os.path.join(prefix, "bin", "escape-check"), source, "--")
    if "can live on the stack" not in text:
        sys.exit(f"unexpected: {text}")
    shutil.rmtree(scratch)


main()
