"""Half of the peak for as long as is wished: `soak.py MINUTES [sqlite|postgresql]`. Memory, errors and tables over time."""

import os
import pathlib
import sys
import tempfile
import time

from cluster import Cluster, Driver, drive

TABLES = "sessions", "replays", "attempts", "attempt_messages", "events", "users", "jobs", "changes"
# Short enough for the sweeps to have work within minutes.
SHORT = {name: value for name, value in (pair.split("=") for pair in os.environ.get("SOAK_SETTINGS", "").split()) if name}


def resident(node):
    """Megabytes that the process holds in memory."""
    status = pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def weight(cluster):
    """Megabytes of the database."""
    if cluster.postgresql:
        return cluster.count("SELECT pg_database_size('app')") / 2**20
    return sum(path.stat().st_size for path in cluster.database.path.parent.glob("gatepost.db*")) / 2**20


def main():
    minutes, database = float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(pathlib.Path(folder), database, **SHORT)
        try:
            soak(cluster, minutes)
        finally:
            cluster.stop()


def soak(cluster, minutes):
    settings = {"target": cluster.target(people=20_000), "nodes": cluster.addresses, "way": "portal", "browsers": 64}
    drive(do="load", seconds=3, **settings)
    peak = drive(do="load", seconds=10, **settings)
    print(f"peak {peak['per_second']:.0f}/s {peak['milliseconds']}; durability {cluster.durability()}", flush=True)
    load = Driver({"do": "load", "rate": peak["per_second"] / 2, "seconds": minutes * 60, **settings})
    known = [table for table in TABLES if has(cluster, table)]
    print("min   RSS MB  database MB  " + "  ".join(f"{table:>16}" for table in known), flush=True)
    began = time.monotonic()
    while time.monotonic() - began < minutes * 60:
        time.sleep(60)
        counts = "  ".join(f"{cluster.count(f'SELECT COUNT(*) FROM {table}'):>16}" for table in known)
        print(f"{(time.monotonic() - began) / 60:5.1f} {resident(cluster.nodes[0]):6.1f}  {weight(cluster):11.1f}  {counts}", flush=True)
    print(load.told())
    load.end()


def has(cluster, table):
    """Whether there is such a table."""
    try:
        cluster.count(f"SELECT COUNT(*) FROM {table}")
    except Exception:  # the two databases have errors of their own for it
        return False
    return True


if __name__ == "__main__":
    main()
