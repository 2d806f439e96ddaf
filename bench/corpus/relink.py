# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Links what the workloads run once more, from the objects of one build, with
other flags: how link-time optimisation with and without the plugin is
compared without compiling everything twice."""
import os
import shlex
import subprocess

import programs


def link_again(options, name):
    """The last command for a target is its link."""
    source = programs.build_folder(options, name, options.mode)
    to = programs.build_folder(options, name, options.to)
    for target in options.table_of_programs[name]["targets"]:
        command = subprocess.run(
            ["ninja", "-C", source, "-t", "commands", target], check=True,
            capture_output=True, text=True).stdout.splitlines()[-1]
        words = shlex.split(command)
        at = words.index("-o") + 1
        words[at] = os.path.join(to, words[at])
        os.makedirs(os.path.dirname(words[at]), exist_ok=True)
        line = " ".join(word if word in ("&&", ":") else shlex.quote(word)
                        for word in words)
        line = line.replace(f" -o {shlex.quote(words[at])}",
                            f" {options.link_flags} -o "
                            f"{shlex.quote(words[at])}")
        if subprocess.run(line, shell=True, cwd=source,
                          check=False).returncode:
            print(f"{name}: {target} failed")
            return 1
    print(f"{name}: linked into {to}", flush=True)
    return 0


def run(options):
    return max([link_again(options, name)
                for name in list(programs.available(options, options.mode))],
               default=0)
