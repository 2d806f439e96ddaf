#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How solve time grows with the number of constraints. Run by ./dev bench.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec build/release/bin/escape-solve-bench --benchmark_counters_tabular=true "$@"
