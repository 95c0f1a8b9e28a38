"""Keys and name of an identity provider change. Its metadata are followed from their address."""

import re

import loopback
from browser import Browser
from gatepost import Failed
from interop_case import InteropCase, our_metadata
from simplesamlphp import SimpleSamlPhp


class FollowedByAddress(InteropCase):
    make_peer = SimpleSamlPhp
    # The identity provider is on this machine and has no TLS.
    settings = {"GATEPOST__OUTBOUND__ALLOW_PRIVATE": "true", "GATEPOST__OUTBOUND__ALLOW_HTTP": "true"}

    def setUp(self):
        self.peer.idp["entityid"] = self.peer.entity_id
        self.peer.applications = {}
        self.use("first")

    def use(self, key, announced=None):
        """Signs by this key; its metadata list it, and may announce another."""
        for name in key, announced:
            if name and not (self.peer.folder / f"{name}.key").exists():
                loopback.make_key(self.peer.folder, name)
        self.peer.idp |= {"privatekey": f"{key}.key", "certificate": f"{key}.crt"}
        for name in "new_privatekey", "new_certificate":
            self.peer.idp.pop(name, None)
        if announced:
            self.peer.idp |= {"new_privatekey": f"{announced}.key", "new_certificate": f"{announced}.crt"}
        self.peer.save()

    def sign_by(self, key):
        """Signs by this key and encloses its certificate, whatever its metadata say."""
        for application in self.peer.applications:
            self.peer.set(application, signature__privatekey=f"{key}.key", signature__certificate=f"{key}.crt")

    def followed(self):
        type(self).accounts += 1
        connection = self.gatepost.connect(f"school-{self.accounts}", "--metadata-url", self.peer.entity_id)
        self.peer.read_application(our_metadata(connection))
        return connection

    def sign_in(self, connection):
        browser = Browser()
        return self.peer.log_in(browser, browser.visit(connection["login_url"]))

    def refresh(self, connection):
        """At the command line; the server has noticed within the second that design gives it."""
        self.gatepost.run("connection", "refresh", connection["id"])
        self.gatepost.wait_for_changes()

    def assert_refused(self, page, code):
        self.assertEqual(page.status, 403, page.words[:500])
        self.assertEqual(self.gatepost.attempt(page.reference)["code"], code)

    def keys(self, connection):
        [shown] = self.gatepost.say("connection", "show", connection["id"])
        return len(shown["keys"])

    def test_a_key_that_is_announced_used_and_the_only_one(self):
        connection = self.followed()
        self.assert_signed_in(self.sign_in(connection))
        self.use("first", announced="second")
        # Moments after the metadata were read for the first time: whoever administers the connection need not wait.
        self.refresh(connection)
        self.assertEqual(self.keys(connection), 2)
        self.assert_signed_in(self.sign_in(connection))
        self.sign_by("second")
        self.assert_signed_in(self.sign_in(connection))
        self.use("second")
        self.refresh(connection)
        self.assertEqual(self.keys(connection), 1)
        self.assert_signed_in(self.sign_in(connection))
        # The old key signs again, as whoever had stolen it would.
        self.sign_by("first")
        self.assert_refused(self.sign_in(connection), "signature_key_unknown")

    def test_a_key_that_nobody_announced_is_looked_up_when_a_message_brings_it(self):
        connection = self.followed()
        self.use("second")
        # The metadata were read moments ago, and no message has them read again so soon.
        self.assert_refused(self.sign_in(connection), "signature_key_unknown")
        self.later("+10m")
        self.assert_signed_in(self.sign_in(connection))
        self.assertEqual(self.keys(connection), 1)
        self.sign_by("first")
        self.assert_refused(self.sign_in(connection), "signature_key_unknown")

    def test_a_key_that_the_metadata_never_listed_is_not_taken_from_a_message(self):
        connection = self.followed()
        loopback.make_key(self.peer.folder, "stranger")
        self.sign_by("stranger")
        self.assert_refused(self.sign_in(connection), "signature_key_unknown")
        # Long enough for the metadata to be looked at again.
        self.later("+10m")
        self.assert_refused(self.sign_in(connection), "signature_key_unknown")
        self.sign_by("first")
        self.assert_signed_in(self.sign_in(connection))

    def test_another_entity_id_waits_for_an_owner(self):
        connection = self.followed()
        self.peer.idp["entityid"] = "https://idp.lincoln.example/new-name"
        self.peer.save()
        with self.assertRaisesRegex(Failed, re.escape("gatepost connection drift list")):
            self.refresh(connection)
        self.assert_refused(self.sign_in(connection), "issuer_mismatch")
        [change] = self.gatepost.say("connection", "drift", "list", "--account", f"school-{self.accounts}")
        self.gatepost.run("connection", "drift", "approve", connection["id"], change["proposal"])
        self.gatepost.wait_for_changes()
        self.assert_signed_in(self.sign_in(connection))

    def later(self, how_far):
        """Both sides' clocks move; the test goes on at once."""
        for process in self.gatepost, self.peer:
            process.stop()
            process.start(how_far)
            self.addCleanup(process.start)
            self.addCleanup(process.stop)
