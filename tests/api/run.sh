#!/usr/bin/env bash
# Schemathesis against the REST API's own document: run.sh [OPTION …], each for `schemathesis run`. It starts a gateway on
# loopback with an account, connections, people and a key of every scope, and ends it. GATEPOST_BIN is the program; its
# database is SQLite, or the PostgreSQL at GATEPOST_TEST_POSTGRES (tests/postgres/run.sh).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")
gatepost=${GATEPOST_BIN:-$target/debug/gatepost}
venv=$target/api-venv
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

scratch=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" || true; fi
  rm -rf "$scratch"
}
trap cleanup EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export GATEPOST__DATA_DIR=$scratch/data GATEPOST__HTTP__BIND=127.0.0.1:$port
export GATEPOST__HTTP__PUBLIC_URL=http://localhost:$port GATEPOST__HTTP__API_REQUESTS_PER_MINUTE=1000000
if [ -n "${GATEPOST_TEST_POSTGRES:-}" ]; then
  export GATEPOST__DATABASE__URL=$GATEPOST_TEST_POSTGRES
  GATEPOST__MASTER_KEY=$(openssl rand -hex 32)
  export GATEPOST__MASTER_KEY
fi
# What it is told to fetch must lead nowhere.
export GATEPOST__OUTBOUND__ALLOW_PRIVATE=false

field() {
  python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1"
}
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=idp.example -keyout "$scratch/key.pem" \
  -out "$scratch/certificate.pem" 2>/dev/null
"$gatepost" account create lincoln --json >/dev/null
"$gatepost" account create other --json >/dev/null
GATEPOST_CONNECTION=$("$gatepost" connection create --account lincoln --idp-entity-id https://idp.example/one \
  --sso-url https://idp.example/sso --idp-certificate "$scratch/certificate.pem" --json | field id)
"$gatepost" connection create --account other --idp-entity-id https://idp.example/two \
  --sso-url https://idp.example/sso --idp-certificate "$scratch/certificate.pem" --json >/dev/null
GATEPOST_USER=$("$gatepost" user create --account lincoln --email ada@lincoln.example --json | field id)
scopes=$(python3 - "$here/../it/openapi.json" <<'PYTHON'
import json, sys
document = json.load(open(sys.argv[1]))
operations = [operation for path in document["paths"].values() for operation in path.values()]
scopes = {scope for operation in operations for entry in operation["security"] for scope in entry["key"]}
print(",".join(sorted(scopes | {"owners:write"})))
PYTHON
)
GATEPOST_API_KEY=$("$gatepost" api-key create --name schemathesis --scope "$scopes" --days 1 --json | field key)
export GATEPOST_CONNECTION GATEPOST_USER GATEPOST_API_KEY

"$gatepost" serve >"$scratch/gatepost.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  curl --silent --fail --output /dev/null "http://localhost:$port/health/ready" && break
  kill -0 "$server" || { cat "$scratch/gatepost.log"; exit 1; }
  sleep 0.1
done

cd "$scratch"
status=0
"$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "http://localhost:$port/api/openapi.json" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method,missing_required_header,ignored_auth \
  --phases examples,coverage,fuzzing "$@" || status=$?
# What went wrong with us stands in the log with its reference.
if [ "$status" -ne 0 ]; then grep -a ERROR "$scratch/gatepost.log" | tail -n 20 || true; fi
exit "$status"
