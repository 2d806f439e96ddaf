# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One lit suite for all tools; a folder is a tool.

Substitutions: %escape-check, %cfg-dot, %const-prop, %inline-score (the tools),
%plugin (StackwardPlugin.so), %clangxx, %clang, %opt (the compilers it loads
into), %inputs (test/Inputs), %src (the source tree), %verify (holds escape-check
against `// expect:` comments), %check-json (a document against a schema),
%exit STATUS COMMAND (succeeds if COMMAND ends with STATUS).
"""
import os

import lit.formats

config.name = "stackward"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cpp", ".c", ".ll", ".test"]
config.excludes = ["Inputs", "unit", "property", "fuzz", "runtime", "install"]
config.test_source_root = os.path.dirname(__file__)

tools = os.path.join(config.stackward_bin, "bin")
library = os.path.join(config.stackward_bin, "lib")
llvm = config.llvm_tools
config.environment["PATH"] = os.pathsep.join([tools, llvm, os.environ["PATH"]])
for name in ("STACKWARD_FLAGS", "STACKWARD_CONFIG"):
    config.environment.pop(name, None)

# Longer names first: a substitution is replaced wherever it is found, and
# these expand to others.
config.substitutions += [
    ("%verify", "%python %src/utils/verify-expectations.py %escape-check"),
    ("%exit", "%python %inputs/exit.py"),
    ("%check-json", "%python %src/utils/check-json.py"),
]
for tool in ("escape-check", "cfg-dot", "const-prop", "inline-score"):
    config.substitutions.append(("%" + tool, os.path.join(tools, tool)))
config.substitutions += [
    ("%plugin", os.path.join(library, "StackwardPlugin.so")),
    ("%clangxx", os.path.join(llvm, "clang++")),
    ("%clang", os.path.join(llvm, "clang")),
    ("%opt", os.path.join(llvm, "opt")),
    ("%inputs", os.path.join(config.test_source_root, "Inputs")),
    ("%python", config.python),
    ("%build", config.stackward_bin),
    ("%src", config.stackward_src),
]
