# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: pictures.py CFG-DOT [--write]

Runs the commands of docs/howto/draw-control-flow.md. With --write the results
become the page's pictures; without, they must show what the pictures show:
the same shapes in the same order with the same texts and colours. Where things
lie depends on the fonts of the machine, and is not compared.
"""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
HOWTO = os.path.join(HERE, "..", "..", "..", "docs", "howto")
LOOKS = ("fill", "stroke", "stroke-dasharray", "stroke-width", "font-weight",
         "font-style", "class")


def shown(svg):
    return [(e.tag, (e.text or "").strip(), *(e.get(a) for a in LOOKS))
            for e in ET.fromstring(svg).iter()]


def main():
    tool = os.path.abspath(sys.argv[1])
    with open(os.path.join(HOWTO, "draw-control-flow.md"),
              encoding="utf-8") as file:
        commands = re.findall(r"^    cfg-dot (.+) >images/(\w+\.svg)$",
                              file.read(), re.M)
    stale = []
    for line, name in commands:
        picture = os.path.join(HOWTO, "images", name)
        svg = subprocess.run([tool, *line.split(), "--", "-std=c++20"],
                             cwd=HERE, stdout=subprocess.PIPE, text=True,
                             check=True).stdout
        if "--write" in sys.argv:
            with open(picture, "w", encoding="utf-8") as file:
                file.write(svg)
            continue
        with open(picture, encoding="utf-8") as file:
            if shown(file.read()) != shown(svg):
                stale.append(name)
    print(f"{len(commands)} pictures, stale: {', '.join(stale) or 'none'}")
    sys.exit(1 if stale else 0)


main()
