#!/usr/bin/env bash
# Many nodes, kills, restarts: run.sh [TEST …], each as unittest names them (test_kill, test_many.Many).
# Needs Debian's postgresql and haproxy, and what tests/interop needs of PyPI; GATEPOST_BIN is the program.
# NODES_KILLS, NODES_KILL_SECONDS and NODES_RACES say how long; NODES_PROFILE=release builds browsers that keep up with a
# release build of the gateway. soak.py, cost.py, zoom_cost.py and pages.py are run by `run.sh FILE [ARGUMENT …]`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")
export GATEPOST_BIN=${GATEPOST_BIN:-$target/debug/gatepost} PYTHONDONTWRITEBYTECODE=1
profile=${NODES_PROFILE:-dev}
(cd "$here" && CARGO_TARGET_DIR=${NODES_TARGET_DIR:-$target/nodes} cargo build --quiet --profile "$profile")
export NODES_BIN=${NODES_TARGET_DIR:-$target/nodes}/${profile/dev/debug}/gatepost-nodes
export PYTHONPATH=$here/../interop
python=$("$here/../interop/python.sh")
cd "$here"
if [[ ${1:-} == *.py ]]; then exec "$python" "$@"; fi
# `discover` is read as such in the first place only.
if [ $# -eq 0 ]; then set -- discover --pattern 'test_*.py'; fi
exec "$python" -m unittest "$@" --verbose
