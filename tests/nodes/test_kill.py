"""SIGKILL at 90 % of the peak, ten times at random moments, on both databases; PostgreSQL stopped and started under load.

Every sign-in that was answered has its session afterwards, and no assertion is accepted twice.
"""

import os
import pathlib
import random
import signal
import tempfile
import time
import unittest

from cluster import Cluster, Driver, drive

KILLS = int(os.environ.get("NODES_KILLS", "10"))
SECONDS = float(os.environ.get("NODES_KILL_SECONDS", "5"))
# Enough for the rate to be at 80 % of the peak until the moment, though the machine has other things to do.
SHARE = 0.9
BROWSERS = 64
WAY = "portal"


class Kill(unittest.TestCase):
    def cluster(self, database):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        # Afterwards strangers bring every assertion once more; they say their addresses as a proxy would.
        cluster = Cluster(pathlib.Path(kept.name), database, GATEPOST__HTTP__TRUSTED_PROXIES="127.0.0.1")
        self.addCleanup(cluster.stop)
        read_back, server = cluster.durability()
        print(f"\n  {read_back}; {server}" if server else f"\n  {read_back}")
        cluster.way = WAY
        return cluster

    def peak(self, cluster, way):
        """As fast as they go."""
        settings = {"target": cluster.target(), "nodes": cluster.addresses, "way": way, "browsers": BROWSERS}
        drive(do="load", seconds=2, **settings)
        told = drive(do="load", seconds=5, **settings)
        self.assertEqual(set(told["outcomes"]), {"signed in"}, told["outcomes"])
        print(f"  peak {told['per_second']:.0f} sign-ins/s, {told['milliseconds']}")
        return told["per_second"]

    def rounds(self, cluster, disturb, times, seconds=SECONDS):
        way = cluster.way
        peak = self.peak(cluster, way)
        rate, shares = SHARE * peak, []
        total = dict.fromkeys(("answered", "unanswered", "lost", "accepted_twice", "committed_but_unanswered"), 0)
        moments = random.Random()
        for _ in range(times):
            load = Driver({
                "do": "load", "target": cluster.target(), "nodes": cluster.addresses, "way": way,
                "browsers": BROWSERS, "rate": rate, "seconds": seconds, "ledger": True,
            })
            at = moments.uniform(0.2 * seconds, 0.8 * seconds)
            time.sleep(at)
            disturb(cluster)
            told = load.told()
            found = load.look_up()
            load.end()
            # Whole tenths of a second, up to the moment.
            tenths = int(at * 10)
            reached = 10 * sum(told["each_tenth"][:tenths]) / tenths
            shares.append(reached / peak)
            print(
                f"  {rate:.0f}/s wanted, {reached:.0f}/s reached ({100 * reached / peak:.0f} % of the peak) until disturbed at {at:.2f} s "
                f"of {told['seconds']} s: {told['outcomes']} → {found}"
            )
            self.assertEqual((found["lost"], found["accepted_twice"]), (0, 0))
            self.assertGreater(found["answered"], 0)
            used = found["answered"] + found["committed_but_unanswered"]
            self.assertEqual(found["brought_again"].get("403 assertion_replayed"), used, "each was refused as used, not for another reason")
            for name in total:
                total[name] += found[name]
            sessions, replays = cluster.count("SELECT COUNT(*) FROM sessions"), cluster.count("SELECT COUNT(*) FROM replays")
            self.assertEqual(sessions, replays, "a session for each assertion, and none more")
        print(f"  share of the peak reached until then: {100 * min(shares):.0f} % to {100 * max(shares):.0f} %")
        print(f"  in all: {total}; sessions {sessions}, assertions {replays}")

    @staticmethod
    def kill(cluster):
        node = cluster.nodes[0]
        os.killpg(node.process.pid, signal.SIGKILL)
        node.process.wait()
        node.start()

    def test_killed_on_sqlite(self):
        self.rounds(self.cluster("sqlite"), self.kill, KILLS)

    def test_killed_on_postgresql(self):
        self.rounds(self.cluster("postgresql"), self.kill, KILLS)

    def test_postgresql_stopped_and_started(self):
        def stop_and_start(mode):
            def act(cluster):
                cluster.postgresql.stop(mode)
                time.sleep(0.5)
                cluster.postgresql.start()
            return act

        cluster = self.cluster("postgresql")
        self.rounds(cluster, stop_and_start("immediate"), 2, 8)
        self.rounds(cluster, stop_and_start("fast"), 1, 8)
