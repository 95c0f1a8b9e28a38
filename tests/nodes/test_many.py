"""Two gateways on one PostgreSQL: one assertion at both at once, changes on one seen by the other, a rolling restart."""

import hashlib
import os
import pathlib
import ssl
import tempfile
import time
import unittest

import requests

import loopback
from cluster import CERTIFICATE, Cluster, Driver, HaProxy, drive, made, wait_until
from gatepost import Gatepost

# What every node is told.
SHARED = {"GATEPOST__DATABASE__URL", "GATEPOST__MASTER_KEY", "GATEPOST__HTTP__PUBLIC_URL"}
RACES = int(os.environ.get("NODES_RACES", "1000"))


class Many(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.folder = pathlib.Path(cls.kept.name)
        cls.public_port = loopback.free_port()
        # The racing strangers say their addresses as a proxy would.
        settings = {"GATEPOST__HTTP__DRAIN_SECONDS": "2", "GATEPOST__HTTP__TRUSTED_PROXIES": "127.0.0.1"}
        cls.cluster = Cluster(cls.folder, "postgresql", nodes=2, public_port=cls.public_port, **settings)
        cls.addClassCleanup(cls.cluster.stop)

    def sign_in(self, node, way="request", connection=None):
        """Somebody signs in at that node."""
        return drive(do="once", target=self.cluster.target(connection), node=self.cluster.addresses[node], way=way)

    def me(self, node, cookie):
        """What the node answers to a session."""
        url = f"http://127.0.0.1:{self.cluster.nodes[node].port}/me"
        return requests.get(url, headers={"Cookie": cookie, "Host": f"localhost:{self.public_port}"}, allow_redirects=False, timeout=20).status_code

    def race(self, way):
        before = self.cluster.count("SELECT COUNT(*) FROM sessions")
        told = drive(do="race", target=self.cluster.target(), nodes=self.cluster.addresses, way=way, times=RACES)
        print(f"\n  {way}: {told}")
        self.assertEqual((told["exactly_one_session"], told["wrong"]), (RACES, []))
        self.assertEqual(self.cluster.count("SELECT COUNT(*) FROM sessions") - before, RACES)
        return told

    def test_one_assertion_at_both_by_two_strangers(self):
        told = self.race("portal")
        self.assertEqual(told["the_other"], {"403 assertion_replayed": RACES})

    def test_one_assertion_at_both_by_one_browser(self):
        told = self.race("request")
        self.assertEqual(told["the_other"], {"303 repeated": RACES})

    def test_a_session_of_one_node_counts_at_the_other(self):
        cookie = self.sign_in(0)["cookie"]
        self.assertEqual((self.me(0, cookie), self.me(1, cookie)), (200, 200))

    def seen_by_the_other(self, what, holds):
        """Prints how long it took; a second is the aim."""
        took = wait_until(holds)
        print(f"\n  {what}: seen by the other node after {took * 1000:.0f} ms")

    def test_a_revoked_session(self):
        connection = self.cluster.connect("revoked")
        cookie = self.sign_in(0, connection=connection)["cookie"]
        self.assertEqual(self.me(1, cookie), 200)
        [session] = self.cluster.nodes[0].say("session", "list", "--account", "revoked")
        self.cluster.nodes[0].say("session", "revoke", session["id"])
        self.seen_by_the_other("a revoked session", lambda: self.me(1, cookie) != 200)

    def test_a_disabled_user(self):
        connection = self.cluster.connect("shut-out")
        target = self.cluster.target(connection, people=1)
        signed_in = drive(do="once", target=target, node=self.cluster.addresses[0], way="request")
        self.assertEqual(self.me(1, signed_in["cookie"]), 200)
        [user] = self.cluster.nodes[0].say("user", "list", "--account", "shut-out")
        self.cluster.nodes[0].say("user", "disable", user["id"], "--account", "shut-out")
        self.seen_by_the_other("a disabled user", lambda: self.me(1, signed_in["cookie"]) != 200)
        again = drive(do="once", target=target, node=self.cluster.addresses[1], way="request")
        self.assertEqual((again["status"], again["code"]), (403, "user_disabled"))

    def test_a_disabled_connection(self):
        connection = self.cluster.connect("switched-off")
        self.assertEqual(self.sign_in(1, connection=connection)["status"], 303)
        self.cluster.nodes[0].run("connection", "disable", connection["id"])
        self.seen_by_the_other("a disabled connection", lambda: self.sign_in(1, connection=connection)["status"] != 303)

    def test_a_key_that_is_trusted_no_more(self):
        connection = self.cluster.connect("rolled-over")
        self.assertEqual(self.sign_in(1, connection=connection)["status"], 303)
        _, other = loopback.make_key(made(self.folder / "other-key"), "other")
        self.cluster.nodes[0].say(
            "connection", "update", connection["id"], "--add-certificate", other, "--remove-certificate", fingerprint(CERTIFICATE),
        )
        self.seen_by_the_other("a removed key", lambda: self.sign_in(1, connection=connection)["status"] != 303)
        told = self.sign_in(1, connection=connection)
        self.assertEqual((told["status"], told["code"]), (403, "signature_key_unknown"))

    def test_a_node_with_a_wrong_clock_leaves_the_work_to_others(self):
        """By its clock what was used today is old; if it swept that away, it could be used once more at the others."""
        self.sign_in(0, "portal")
        used = self.cluster.count("SELECT COUNT(*) FROM replays")
        self.assertGreater(used, 0)
        shared = {name: value for name, value in self.cluster.nodes[0].environment.items() if name in SHARED}
        early = Gatepost(made(self.folder / "early"), **shared)
        early.start("+3d")
        self.addCleanup(early.stop)
        time.sleep(5)
        self.assertEqual(self.cluster.count("SELECT COUNT(*) FROM replays"), used)

    def test_rolling_restart_behind_a_proxy(self):
        proxy = HaProxy(made(self.folder / "haproxy"), self.public_port, self.cluster.nodes)
        try:
            time.sleep(1)
            through = {"target": self.cluster.target(), "nodes": [f"127.0.0.1:{self.public_port}"], "way": "request", "browsers": 32}
            # Of browsers that also mint: their messages answer requests, and cannot be made before.
            peak = drive(do="load", seconds=4, **through)
            rate = 0.5 * peak["per_second"]
            load = Driver({"do": "load", "rate": rate, "seconds": 20, **through})
            for node in self.cluster.nodes:
                time.sleep(3)
                node.stop()
                time.sleep(1)
                node.start()
            told = load.told()
            load.end()
            print(
                f"\n  rolling restart at {rate:.0f} sign-ins/s, half of {peak['per_second']:.0f}; {told['per_second']:.0f}/s went through "
                f"in {told['seconds']} s, {told['milliseconds']}: {told['outcomes']}"
            )
            self.assertEqual(set(told["outcomes"]), {"signed in"})
        finally:
            proxy.stop()


def fingerprint(path):
    """The SHA-256 of a certificate; a remark stands above it in the file."""
    text = path.read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN"):])).hexdigest()
