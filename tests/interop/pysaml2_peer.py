"""Starts the identity provider over pysaml2 and changes its settings."""

import json
import signal
import sys
from urllib.parse import urlencode

import loopback


class Pysaml2:
    """One identity provider on `http://127.0.0.1:PORT`."""

    def __init__(self, folder):
        self.folder = folder
        self.port = loopback.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.entity_id = f"{self.url}/metadata"
        self.log = folder / "pysaml2.log"
        self.process = None
        self.settings = {
            "key": "first",
            "signs": "assertion",
            "encrypts": False,
            "wants_signed_requests": False,
            "bindings": ["HTTP-Redirect", "HTTP-POST"],
            "service_providers": [],
        }
        loopback.make_key(folder, "first")
        self.set()

    def set(self, **settings):
        """Changes settings; they hold for the next request."""
        self.settings |= settings
        (self.folder / "settings.json").write_text(json.dumps(self.settings))

    def start(self):
        """Serves."""
        self.process = loopback.start([sys.executable, "-W", "ignore", loopback.HERE / "pysaml2_server.py", self.folder, self.port], self.log)
        loopback.wait_for_port(self.port, self.process, self.log)

    def stop(self):
        """Ends it."""
        if self.process:
            loopback.stop(self.process, signal.SIGKILL)
            self.process = None

    def starting_from_here(self, entity_id, relay_state=None):
        """Where the portal's tile of an application leads."""
        query = {"sp": entity_id} | ({"RelayState": relay_state} if relay_state else {})
        return f"{self.url}/portal?{urlencode(query)}"

    @staticmethod
    def log_in(browser, page, user="ada", password="lovelace"):
        """A person fills in the log-in form."""
        assert page.tree.xpath("//input[@type='password']"), f"no log-in form at {page.url}: {page.words[:600]}"
        return browser.press(page, username=user, password=password)
