"""What planning a large account costs: `zoom_cost.py [PEOPLE] [sqlite|postgresql]`, 50,000 of ours against 50,000 in the stand-in
by default. Processor time and the most memory of the process that plans (`gatepost zoom plan`), which does nothing else; the
stand-in is another process and does not count. Then the same for an inventory."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from cluster import Cluster, made
from gatepost import PROGRAM
from test_zoom import ALLOWED, StandIn, import_people, link

# An import takes so many lines at once.
PORTION = 5000


def measured(node, *arguments):
    """A command's answer, its processor seconds, the most memory that it had in MB, and how long it took."""
    began = time.monotonic()
    process = subprocess.Popen([PROGRAM, *arguments, "--json"], env=node.environment, stdout=subprocess.PIPE, text=True)
    told = process.stdout.read()
    # Of this one child alone.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    answer = [json.loads(line) for line in told.splitlines()]
    return answer, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, time.monotonic() - began


def main():
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    database = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    with tempfile.TemporaryDirectory() as kept:
        folder = pathlib.Path(kept)
        cluster = Cluster(folder, database, nodes=1, **ALLOWED)
        stand_in = StandIn(made(folder / "zoom"), users=people, per_second=1000)
        try:
            node = cluster.nodes[0]
            link(node, folder / "zoom", stand_in)
            for first in range(0, people, PORTION):
                import_people(node, folder / "zoom", min(PORTION, people - first), first=first)
            # Only the process that is measured works on it.
            node.stop()
            for name in "plan", "plan", "inventory":
                told, cpu, memory, took = measured(node, "zoom", name, "--account", "district")
                all_told = told[0] | told[0].get("totals", {})
                counted = {key: all_told[key] for key in ("state", "actions", "seen", "orphans") if key in all_told}
                print(f"{database} {people} {name:>10}: {cpu:.2f} s of the processor, at most {memory:.0f} MB, {took:.1f} s in all; {counted}", flush=True)
        finally:
            stand_in.stop()
            cluster.stop()


if __name__ == "__main__":
    main()
