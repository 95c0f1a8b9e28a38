#!/usr/bin/env bash
# The interoperability tests: run.sh [TEST …], each as unittest names them (test_mends, test_pysaml2.Requests).
# Needs Debian's simplesamlphp, php-cli, php-xml, php-mbstring, faketime, xmlsec1; GATEPOST_BIN is the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")
export GATEPOST_BIN=${GATEPOST_BIN:-$target/debug/gatepost} PYTHONDONTWRITEBYTECODE=1
venv=$target/interop-venv
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi
cd "$here"
if [ $# -eq 0 ]; then set -- discover --pattern 'test_*.py'; fi
exec "$venv/bin/python" -W error::ResourceWarning -m unittest --verbose "$@"
