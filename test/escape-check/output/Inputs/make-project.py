#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a project of ten files, a shared header and a file that is broken."""
import json
import os
import shutil
import sys

folder = sys.argv[1]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
commands = []


def unit(name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    commands.append({
        "directory": folder, "file": name,
        "command": f"g++ -std=c++20 -fno-such-gcc-flag -DLISTED -c {name}"})


for number in range(10):
    unit(f"unit{number}.cpp",
         '#include "shared.h"\n#ifndef LISTED\n#error no flags\n#endif\n'
         f"int *kept{number};\n"
         f"int use{number}() {{ kept{number} = new int({number});\n"
         f"  return shared() + *kept{number}; }}\n")
unit("broken.cpp", "int f( {\n")
with open(os.path.join(folder, "shared.h"), "w", encoding="utf-8") as file:
    file.write("#pragma once\ninline int shared() {\n"
               "  int *P = new int(1); int V = *P; delete P; return V; }\n")
with open(os.path.join(folder, "compile_commands.json"), "w",
          encoding="utf-8") as file:
    json.dump(commands, file)
