"""Half of the peak for as long as is wished: `soak.py MINUTES [sqlite|postgresql] [FILE]`, to FILE instead of the terminal.
Each minute: memory, the database's weight, rows of tables. At the end: a verdict.

The gateway keeps a session for 30 days after its end and a used assertion for a day after the last moment that it could
count, and no setting shortens that. So that the sweeps have the same work in every ten minutes that they have in a year,
these rows are set back from beside as soon as they are some minutes old: their times and ids become those of old ones.
Attempts are kept: they are the account's log. Of accepted messages each connection keeps 50, whatever their age.
"""

import contextlib
import pathlib
import sqlite3
import statistics
import sys
import tempfile
import time

from cluster import Cluster, Driver, drive

BOUNDED = "sessions", "replays", "attempt_messages"
TABLES = *BOUNDED, "attempts", "users", "identities", "events", "jobs", "changes"
DAY = 86_400
# From here on a row is set back.
YOUNG_SECONDS = 180
# Longer than anything is kept.
LONG_AGO_SECONDS = 60 * DAY
ROWS_AT_ONCE = 500
# Of the minutes at the beginning and at the end that are compared.
ENDS = 10


class Ageing:
    """Sets rows back, a few hundred at a time, so that nobody waits for it."""

    def __init__(self, cluster):
        self.database, self.file, self.connection = cluster.database, None, cluster.connection["id"]
        if not cluster.postgresql:
            self.file = sqlite3.connect(cluster.database.path, isolation_level=None, timeout=60)

    def change(self, sql):
        """How many rows an UPDATE changed."""
        if self.file:
            return self.file.execute(sql).rowcount
        return int(self.database.ask(f"WITH changed AS ({sql} RETURNING 1) SELECT COUNT(*) FROM changed")[0][0])

    def bytes(self, value):
        """A literal."""
        return f"x'{value.hex()}'" if self.file else f"'\\x{value.hex()}'::bytea"

    def age(self):
        """Sessions and used assertions; how many."""
        return self.sessions(), self.assertions()

    def sessions(self):
        """Their ids are in the order of time."""
        now, changed = time.time(), 0
        first, last = moment(now - DAY), moment(now - YOUNG_SECONDS)
        while True:
            more = self.change(
                f"UPDATE sessions SET id = 'sess_' || '{moment(now - LONG_AGO_SECONDS)}' || substr(id, 16), "
                f"expires_at = expires_at - {LONG_AGO_SECONDS * 1_000_000} WHERE id IN "
                f"(SELECT id FROM sessions WHERE id > 'sess_{first}' AND id < 'sess_{last}' ORDER BY id LIMIT {ROWS_AT_ONCE})"
            )
            changed += more
            if more < ROWS_AT_ONCE:
                return changed

    def assertions(self):
        """They stand in the order of their hashes, and are taken slice by slice; their attempts tell how old they are."""
        now, changed = time.time(), 0
        last, today = moment(now - YOUNG_SECONDS), int(now // DAY)
        for first in range(256):
            until = bytes([first + 1]) if first < 255 else bytes([255] * 33)
            changed += self.change(
                f"UPDATE replays SET day = day - {LONG_AGO_SECONDS // DAY} WHERE day IN ({today - 1}, {today}, {today + 1}) "
                f"AND connection_id = '{self.connection}' AND assertion_hash >= {self.bytes(bytes([first]))} "
                f"AND assertion_hash < {self.bytes(until)} AND attempt_id < 'att_{last}'"
            )
        return changed


def moment(seconds):
    """What ids of that moment begin with: milliseconds in Crockford's base 32."""
    milliseconds = int(seconds * 1000)
    return "".join("0123456789abcdefghjkmnpqrstvwxyz"[milliseconds >> shift & 31] for shift in range(45, -1, -5))


def resident(node, what="VmRSS"):
    """Megabytes that the process holds in memory."""
    status = pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) / 1024


def weight(cluster):
    """Megabytes of the database."""
    if cluster.postgresql:
        return cluster.count("SELECT pg_database_size('app')") / 2**20
    return sum(path.stat().st_size for path in cluster.database.path.parent.glob("gatepost.db*")) / 2**20


def soak(cluster, minutes, out):
    """Says each minute how it goes, and at the end what it comes to."""
    def say(line):
        print(line, file=out, flush=True)

    settings = {"target": cluster.target(people=20_000), "nodes": cluster.addresses, "way": "portal", "browsers": 64}
    drive(do="load", seconds=3, **settings)
    peak = drive(do="load", seconds=10, **settings)
    say(f"peak {peak['per_second']:.0f}/s with messages made before, {peak['milliseconds']}; durability {cluster.durability()}")
    rate = peak["per_second"] / 2
    say(f"soak at {rate:.0f}/s for {minutes:.0f} minutes")
    ageing = Ageing(cluster)
    load = Driver({"do": "load", "rate": rate, "seconds": minutes * 60, **settings})
    began, rows = time.monotonic(), []
    say("min     RSS MB  database MB  sign-ins/s  set back (sessions, assertions)  " + "  ".join(f"{table:>16}" for table in TABLES))
    before = cluster.count("SELECT COUNT(*) FROM attempts"), began
    for minute in range(1, int(minutes) + 1):
        aged = ageing.age()
        time.sleep(max(0.0, began + 60 * minute - time.monotonic()))
        counts = {table: cluster.count(f"SELECT COUNT(*) FROM {table}") for table in TABLES}
        now = time.monotonic()
        speed, before = (counts["attempts"] - before[0]) / (now - before[1]), (counts["attempts"], now)
        rows.append({"resident": resident(cluster.nodes[0]), **counts})
        numbers = "  ".join(f"{counts[table]:>16}" for table in TABLES)
        say(f"{minute:3}  {rows[-1]['resident']:8.1f}  {weight(cluster):11.1f}  {speed:10.0f}  {aged!s:>31}  {numbers}")
    told = load.told()
    load.end()
    del told["each_tenth"]
    say(told)
    verdict(rows, told, resident(cluster.nodes[0], "VmHWM"), say)


def verdict(rows, told, most, say):
    """What an hour came to."""
    ends = min(ENDS, max(1, len(rows) // 2))
    first, last = (statistics.mean(row["resident"] for row in part) for part in (rows[:ends], rows[-ends:]))
    half = max(1, len(rows) // 2)
    for table in BOUNDED:
        earlier, later = (max(row[table] for row in part) for part in (rows[:half], rows[-half:]))
        say(f"most rows of {table}: {earlier} in the first half, {later} in the second")
    errors = {outcome: count for outcome, count in told["outcomes"].items() if outcome != "signed in"}
    say(
        f"verdict: resident {first:.1f} MB in the first {ends} minutes, {last:.1f} MB in the last {ends} ({last - first:+.1f} MB, "
        f"{100 * (last / first - 1):+.1f} %), at the most {most:.1f} MB; {told['signed_in']} signed in; errors: {errors or 'none'}"
    )


def main():
    minutes, database = float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    with contextlib.ExitStack() as ends:
        out = ends.enter_context(open(sys.argv[3], "w", encoding="utf-8")) if len(sys.argv) > 3 else sys.stdout
        cluster = Cluster(pathlib.Path(ends.enter_context(tempfile.TemporaryDirectory())), database)
        ends.callback(cluster.stop)
        soak(cluster, minutes, out)


if __name__ == "__main__":
    main()
