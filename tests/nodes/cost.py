"""What a sign-in costs: `cost.py [sqlite|postgresql] [ROWS]`, the processor time of the gateway and of the database's server,
begun at the identity provider and begun here (start and finish). With ROWS, the same again on a database of so many users,
sessions and used assertions, and a hundredth as many connections."""

import contextlib
import os
import pathlib
import sqlite3
import statistics
import sys
import tempfile

from cluster import Cluster, drive

BROWSERS = 64
SECONDS = 4
ROUNDS = 5
TICK = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid):
    """What a process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def children(pid):
    """The processes that it started."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == str(pid):
                yield int(stat.parent.name)


def used(cluster):
    """Of the gateway and of PostgreSQL's backends."""
    gateway = processor_seconds(cluster.nodes[0].process.pid)
    if not cluster.postgresql:
        return gateway, 0.0
    server = int((cluster.postgresql.folder / "data" / "postmaster.pid").read_text().split()[0])
    return gateway, sum(map(processor_seconds, children(server)))


def measure(cluster, way):
    """Milliseconds of the gateway and of the server for a sign-in, how many went through in a second, and how long they took."""
    settings = {"target": cluster.target(people=100_000), "nodes": cluster.addresses, "way": way, "browsers": BROWSERS}
    before = used(cluster)
    told = drive(do="load", seconds=SECONDS, **settings)
    assert set(told["outcomes"]) == {"signed in"}, told
    gateway, server = (1000 * (after - then) / told["signed_in"] for after, then in zip(used(cluster), before, strict=True))
    return gateway, server, told["per_second"], told["milliseconds"]["p50"], told["milliseconds"]["p99"]


def rows(cluster, named):
    """A table of medians."""
    for way in "portal", "request":
        measure(cluster, way)
        found = [statistics.median(values) for values in zip(*(measure(cluster, way) for _ in range(ROUNDS)), strict=True)]
        print(f"{named:>8} {way:>8}  gateway {found[0]:.3f} ms  server {found[1]:.3f} ms  {found[2]:6.0f}/s  p50 {found[3]:.1f} ms  p99 {found[4]:.1f} ms", flush=True)


def fill(cluster, count):
    """Rows like those that are there."""
    if cluster.postgresql:
        text, random, execute = "lpad(i::text, 26, '0')", "decode(md5(random()::text) || md5(random()::text), 'hex')", cluster.database.ask
        columns = lambda table: [name for [name] in execute(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")]
    else:
        connection = sqlite3.connect(cluster.database.path)
        text, random = "printf('%026d', i)", "randomblob(32)"
        columns = lambda table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]

        def execute(sql):
            connection.execute(sql)
            connection.commit()

    def copy(table, times, **changed):
        names = columns(table)
        values = ", ".join(changed.get(name, name) for name in names)
        execute(
            f"INSERT INTO {table} ({', '.join(names)}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) "
            f"SELECT {values} FROM (SELECT * FROM {table} LIMIT 1) AS one, n"
        )

    user, many = f"'user_' || {text}", {"email_key": random, "value_key": random, "token_hash": random, "assertion_hash": random}
    copy("connections", count // 100, id=f"'conn_' || {text}", idp_entity_id="'https://idp.example/' || i")
    copy("users", count, id=user, **many)
    copy("identities", count, id=f"'idn_' || {text}", user_id=user, **many)
    copy("sessions", count, id=f"'ses_' || {text}", user_id=user, browser_hash=random, name_id_key=random, **many)
    copy("replays", count, **many)
    if cluster.postgresql:
        execute("ANALYZE")


def main():
    database = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(pathlib.Path(folder), database)
        try:
            print(cluster.durability(), flush=True)
            rows(cluster, "empty")
            if len(sys.argv) > 2:
                cluster.nodes[0].stop()
                fill(cluster, int(sys.argv[2]))
                cluster.nodes[0].start()
                rows(cluster, "filled")
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
