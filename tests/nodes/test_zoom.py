"""Provisioning into Zoom by real processes on one PostgreSQL: killed in the middle of a run, and two gateways on one schedule.

The stand-in for Zoom is a process of its own (`gatepost zoom stand-in`), which counts what it was asked to do. Nobody is made
twice, nobody is left out, and the run ends."""

import json
import os
import pathlib
import random
import signal
import tempfile
import time
import unittest

import requests

import loopback
from cluster import Cluster, made, wait_until
from gatepost import PROGRAM

PEOPLE = 60
# Of so many steps the calls are on their way to Zoom at the same time.
AT_ONCE = 8
KILLS = int(os.environ.get("NODES_ZOOM_KILLS", "3"))
ALLOWED = {"GATEPOST__OUTBOUND__ALLOW_PRIVATE": "true", "GATEPOST__OUTBOUND__ALLOW_HTTP": "true"}
SECRET = "stand-in-client-secret-0001"


class StandIn:
    """The stand-in for Zoom."""

    def __init__(self, folder, users=20, per_second=60):
        self.port, log = loopback.free_port(), folder / "stand-in.log"
        arguments = [PROGRAM, "zoom", "stand-in", "--port", self.port, "--users", users, "--per-second", per_second]
        self.process = loopback.start(arguments, log)
        loopback.wait_for_port(self.port, self.process, log)
        self.url = f"http://127.0.0.1:{self.port}"

    def done(self, what):
        """How often it did that: not what it was asked and refused, for a token that it had just ended, say."""
        count = requests.get(f"{self.url}/control/count", timeout=10).json()
        return count.get(what, 0) - count.get(f"refused {what}", 0)

    def fault(self, **faults):
        """Has it fail."""
        requests.put(f"{self.url}/control/faults", data=json.dumps(faults), timeout=10).raise_for_status()

    def stop(self):
        """Ends it."""
        loopback.stop(self.process, signal.SIGKILL)


def link(node, folder, stand_in, account="district"):
    """An account's link to the stand-in, and everybody provisioned."""
    secret = folder / "secret"
    secret.write_text(SECRET)
    node.say(
        "zoom", "link", "set", "--account", account, "--use", "events,provisioning,inventory", "--cloud", "custom", "--account-id", "StandInAccount01", "--client-id", "StandInClient01",
        "--client-secret-file", secret, "--web-base", stand_in.url, "--api-base", stand_in.url,
    )
    [settings] = node.say("zoom", "provisioning", "--account", account)
    settings["toggles"]["is_on"] = True
    settings["rules"] = [{"name": "Everybody"}]
    settings["follows_changes"], settings["every_hours"], settings["inventory_every_hours"] = False, 1, 0
    path = folder / "settings.json"
    path.write_text(json.dumps(settings))
    node.run("zoom", "provisioning", "--account", account, "--set", path)


def import_people(node, folder, count, account="district", first=0):
    """So many people of the district."""
    path = folder / "people.csv"
    numbers = range(first, first + count)
    rows = (f"n{number},new{number}@district.example,Nia,New{number}\n" for number in numbers)
    path.write_text("external_id,email,first_name,last_name\n" + "".join(rows))
    node.run("user", "import", "--account", account, path)


class Zoom(unittest.TestCase):
    def begin(self, nodes):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        folder = pathlib.Path(kept.name)
        self.cluster = Cluster(folder, "postgresql", nodes=nodes, **ALLOWED)
        self.addCleanup(self.cluster.stop)
        self.stand_in = StandIn(made(folder / "zoom"))
        self.addCleanup(self.stand_in.stop)
        link(self.cluster.nodes[0], folder / "zoom", self.stand_in)
        import_people(self.cluster.nodes[0], folder / "zoom", PEOPLE)

    def made_so_far(self):
        return self.stand_in.done("POST scim2/Users")

    def fall_due(self):
        """The hour is over."""
        self.cluster.database.ask("UPDATE zoom_provisioning SET next_run_at = 1")

    def lease_ends(self):
        """The five minutes are over for which a run is somebody's without a word."""
        self.cluster.database.ask("UPDATE zoom_runs SET leased_until = 1 WHERE leased_until IS NOT NULL")

    def runs(self):
        return self.cluster.nodes[0].say("zoom", "runs", "--account", "district")

    def kill(self, node):
        os.killpg(node.process.pid, signal.SIGKILL)
        node.process.wait()

    def assert_done(self):
        """One run, at its end; each was made once, and is tied to who they are."""
        [run] = self.runs()
        self.assertEqual((run["kind"], run["done"], run["failed"], run["skipped"]), ("schedule", PEOPLE, 0, 0), run)
        self.assertEqual(self.made_so_far(), PEOPLE)
        tied = self.cluster.count("SELECT COUNT(DISTINCT zoom_id) FROM zoom_people WHERE zoom_id IS NOT NULL")
        self.assertEqual(tied, PEOPLE)
        [plan] = self.cluster.nodes[0].say("zoom", "plan", "--account", "district")
        self.assertEqual((plan["state"], plan["totals"]["actions"]), ("planned", {}), "nothing is left to do")

    def test_killed_in_the_middle_of_a_run(self):
        self.begin(nodes=1)
        [node], moments = self.cluster.nodes, random.Random()
        self.fall_due()
        for number in range(KILLS):
            some = moments.randrange(3, 12)
            before = self.made_so_far()
            wait_until(lambda before=before, some=some: self.made_so_far() >= before + some, seconds=90)
            time.sleep(moments.uniform(0, 0.3))
            self.kill(node)
            print(f"\n  killed after {self.made_so_far()} of {PEOPLE}", end="")
            node.start()
            self.lease_ends()
            if number == 0:
                self.stand_in.fault(lost=2, refuse_tokens=1)
        wait_until(lambda: self.runs()[0]["state"] == "done", seconds=180, every=1)
        self.assert_done()

    def stands_still_without(self, node):
        """Stops the node where it is; whether nothing more is made then than what was on its way to Zoom."""
        os.killpg(node.process.pid, signal.SIGSTOP)
        most, until = self.made_so_far() + AT_ONCE, time.monotonic() + 5
        while time.monotonic() < until:
            if self.made_so_far() > most:
                return False
            time.sleep(0.1)
        return True

    def test_two_gateways_on_one_schedule_and_the_one_that_has_the_run_dies(self):
        self.begin(nodes=2)
        first, second = self.cluster.nodes
        # So slow that there is something left to do when it is known who has the run.
        self.stand_in.fault(slow_millis=400)
        self.fall_due()
        wait_until(lambda: self.made_so_far() >= PEOPLE // 4, seconds=90)
        [[lease]] = self.cluster.database.ask("SELECT lease FROM zoom_runs")
        if self.stands_still_without(second):
            self.kill(second)
        else:
            self.kill(first)
            os.killpg(second.process.pid, signal.SIGCONT)
        self.assertLess(self.made_so_far(), PEOPLE, "there is nothing left to do for the other")
        self.lease_ends()
        wait_until(lambda: self.cluster.database.ask("SELECT lease FROM zoom_runs") not in ([[""]], [[lease]]), seconds=90, every=0.1)
        self.stand_in.fault()
        wait_until(lambda: self.runs()[0]["state"] == "done", seconds=180, every=1)
        self.assert_done()

    def test_the_api_is_down_in_the_middle_and_comes_back(self):
        self.begin(nodes=1)
        self.fall_due()
        wait_until(lambda: self.made_so_far() >= 5, seconds=90)
        self.stand_in.fault(down=100_000, token="down")
        wait_until(lambda: (self.runs()[0]["problem"] or {}).get("code") == "fault", seconds=120, every=0.5)
        self.assertIsNotNone(self.runs()[0]["waits_until"])
        self.stand_in.fault()
        self.cluster.database.ask("UPDATE zoom_runs SET run_at = 1 WHERE ended_at IS NULL")
        wait_until(lambda: self.runs()[0]["state"] == "done", seconds=180, every=1)
        self.assertEqual(len(self.runs()), 1)
        tied = self.cluster.count("SELECT COUNT(DISTINCT zoom_id) FROM zoom_people WHERE zoom_id IS NOT NULL")
        self.assertEqual((tied, self.runs()[0]["done"]), (PEOPLE, PEOPLE))


if __name__ == "__main__":
    unittest.main()
