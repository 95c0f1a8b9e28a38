#!/usr/bin/env bash
# The required comparison against the peers: run.sh [CORPUS]. Needs xmlsec1, libxmlsec1-dev, libxml2-dev, libclang-dev.
# Longer: DIFFERENTIAL_MUTANTS=1000000 DIFFERENTIAL_SEED=2 tests/differential/run.sh
set -euo pipefail
if [ -n "${1:-}" ]; then
  DIFFERENTIAL_CORPUS=$(realpath "$1")
  export DIFFERENTIAL_CORPUS
fi
cd "$(dirname "$0")"
export DIFFERENTIAL_OUT=${DIFFERENTIAL_OUT:-${CARGO_TARGET_DIR:-target}/differential}
mkdir -p "$DIFFERENTIAL_OUT"
cargo test --quiet
cargo build --quiet
# libxml2 and libxmlsec1 explain every refusal on stderr; what we have to say is on stdout.
cargo run --quiet 2>"$DIFFERENTIAL_OUT/stderr.log"
