"""The same sign-ins by Chromium: what the browser of the other tests believes about browsers is true."""

import json
import os

import loopback
from interop_case import InteropCase, our_metadata
from pysaml2_peer import Pysaml2
from simplesamlphp import SimpleSamlPhp


def sign_in(start):
    """Where Chromium ends, and what it shows."""
    return json.loads(loopback.run("node", loopback.HERE / "chromium.mjs", start, "ada", "lovelace", env=os.environ, timeout=90))


class ByChromium(InteropCase):
    def assert_arrived(self, told):
        self.assertEqual((told["url"], told["blocked"]), (f"{self.gatepost.url}/me", []))
        self.assertIn("ada@lincoln.example", told["text"])


class ToSimpleSamlPhp(ByChromium):
    make_peer = SimpleSamlPhp

    def test_from_our_page(self):
        connection = self.connect()
        self.peer.read_application(our_metadata(connection))
        self.assert_arrived(sign_in(connection["login_url"]))


class ToPysaml2(ByChromium):
    make_peer = Pysaml2

    def test_from_our_page_with_a_signed_request_by_post(self):
        self.peer.set(wants_signed_requests=True, bindings=["HTTP-POST"])
        connection = self.connect()
        self.peer.set(service_providers=[connection["metadata_url"]])
        self.assert_arrived(sign_in(connection["login_url"]))
