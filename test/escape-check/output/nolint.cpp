// RUN: %escape-check --all --quiet %s -- | FileCheck %s "--implicit-check-not={{warning:|remark:}}"
// Comments that keep a finding from being told, and their negative twins.

int *A, *B, *C, *D, *E, *F;

void sameLine() { A = new int(1); } // NOLINT
void sameLineNamed() { B = new int(2); } // NOLINT(escape-check)
// NOLINTNEXTLINE(escape-check): the cache lives as long as the process
void lineBefore() { C = new int(3); }
void byRule() { D = new int(4); } // NOLINT(escape-global)

// CHECK: nolint.cpp:[[#@LINE+1]]:{{[0-9]+}}: remark:
void otherTool() { E = new int(5); } // NOLINT(bugprone-*)

// CHECK: nolint.cpp:[[#@LINE+2]]:{{[0-9]+}}: remark:
// NOLINT
void lineBeforeNeedsItsOwnWord() { F = new int(6); }
