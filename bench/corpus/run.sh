#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `./dev corpus`: with a command, that one step of corpus.py; with none, the
# whole way: sources, inputs, builds, verdicts, and the workloads recorded.
set -euo pipefail
cd "$(dirname "$0")"

Missing=$(grep -v '^#' packages.txt | while read -r Package; do
  dpkg-query -W -f='${Status}' "$Package" 2>/dev/null |
    grep -q 'install ok installed' || echo "$Package"
done)
if [ -n "$Missing" ]; then
  echo "installing:" $Missing
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $Missing >/dev/null
fi

if [ $# -gt 0 ]; then
  exec python3 corpus.py "$@"
fi
python3 corpus.py fetch
python3 corpus.py gen-data
python3 corpus.py build
python3 corpus.py build --mode recorder
python3 corpus.py run-escape-check
python3 corpus.py record
