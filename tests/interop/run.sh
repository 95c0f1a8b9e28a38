#!/usr/bin/env bash
# The interoperability tests: run.sh [TEST …], each as unittest names them (test_mends, test_pysaml2.Requests).
# Needs Debian's simplesamlphp, php-cli, php-xml, php-mbstring, faketime, xmlsec1, Chromium and npm; GATEPOST_BIN is the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")
export GATEPOST_BIN=${GATEPOST_BIN:-$target/debug/gatepost} PYTHONDONTWRITEBYTECODE=1
python=$("$here/python.sh")
(cd "$here/../browser" && npm install --no-audit --no-fund --silent --no-package-lock)
cd "$here"
# `discover` is read as such in the first place only.
if [ $# -eq 0 ]; then set -- discover --pattern 'test_*.py'; fi
exec "$python" -W error::ResourceWarning -m unittest "$@" --verbose
