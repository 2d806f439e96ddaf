#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Long campaigns: ./dev fuzz [--count N] [--seconds S] [--seed N] [--sanitize]
# and, for the plugin, ./dev fuzz plugin [--count N] [--seconds S] [--seed N];
# for const-prop, ./dev fuzz const-prop [--count N] [--seed N]; for the escape
# core against its oracles, ./dev fuzz escape-core [--count N] [--seed N].
# Seeds begin at the time of day unless one is given; failing programs are
# kept in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "${1:-}" = plugin ]; then
  shift
  exec python3 test/fuzz/plugin_fuzz.py \
    --plugin build/release/lib/StackwardPlugin.so \
    --seed "${STACKWARD_SEED:-$(date +%s)}" --count 100000 --seconds 600 \
    --keep build/fuzz "$@"
fi
if [ "${1:-}" = const-prop ] || [ "${1:-}" = escape-core ]; then
  What=$1
  shift
  Count=10000
  Seed=${STACKWARD_SEED:-$(date +%s)}
  while [ $# -gt 0 ]; do
    case "$1" in
    --count) Count=$2 ;;
    --seed) Seed=$2 ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
  done
  [ "$What" = escape-core ] ||
    exec nice build/release/test/bin/const-prop-property "$Count" "$Seed"
  unset STACKWARD_SEED
  STACKWARD_ROUNDS=$Count STACKWARD_FIRST_SEED=$Seed \
    exec nice build/release/test/bin/escape-property-test
fi
exec python3 test/fuzz/escape_fuzz.py --tool build/release/bin/escape-check \
  --seed "${STACKWARD_SEED:-$(date +%s)}" --count 100000 --seconds 600 \
  --keep build/fuzz "$@"
