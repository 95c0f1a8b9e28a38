#!/usr/bin/env bash
# Starts a PostgreSQL server of its own, runs a command with its address in GATEPOST_TEST_POSTGRES, and ends it.
#   tests/postgres/run.sh                        cargo test, on a server that does not wait for the disk
#   tests/postgres/run.sh durable COMMAND...     COMMAND, on a server as in production
# Needs the server's programs (Debian: the package postgresql), on the PATH or where Debian puts them.
set -euo pipefail

mode=${1:-fast}
shift || true
[ $# -gt 0 ] || set -- cargo test
case $mode in
  # fsync alone is off: synchronous_commit is what the program itself looks at and refuses.
  fast)
    settings=(-c fsync=off -c full_page_writes=off)
    # Every test has a database of its own, a thousand files: in memory, where there is room.
    if [ "$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 2000000 ] 2>/dev/null; then export TMPDIR=/dev/shm; fi
    ;;
  durable) settings=(-c fsync=on -c full_page_writes=on) ;;
  *) echo "usage: $0 [fast|durable] [COMMAND...]" >&2; exit 2 ;;
esac

bin=
for initdb in "$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb; do
  if [ -x "$initdb" ]; then bin=$(dirname "$(readlink -f "$initdb")"); fi
done
[ -n "$bin" ] || { echo "initdb is missing: install the PostgreSQL server (Debian: postgresql)" >&2; exit 2; }

folder=$(mktemp -d)
# The server refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$folder" && setpriv --reuid=postgres --regid=postgres --clear-groups env -i PATH="$PATH" HOME="$folder" LC_ALL=C.UTF-8 "$@")
  else
    LC_ALL=C.UTF-8 "$@"
  fi
}
finish() {
  as_server "$bin/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap finish EXIT
if [ "$(id -u)" = 0 ]; then chown postgres: "$folder"; fi

as_server "$bin/initdb" -D "$folder/data" -U gatepost -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
started=
for _ in 1 2 3 4 5 6 7 8; do
  port=$((20000 + RANDOM % 30000))
  options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=1000 ${settings[*]}"
  if as_server "$bin/pg_ctl" -D "$folder/data" -w -s -l "$folder/log" -o "$options" start >/dev/null 2>&1; then started=1; break; fi
done
[ -n "$started" ] || { tail -n 20 "$folder/log" >&2; exit 1; }
as_server "$bin/createdb" -h "$folder" -p "$port" -U gatepost gatepost

export GATEPOST_TEST_POSTGRES="postgres://gatepost@127.0.0.1:$port/gatepost"
"$@"
