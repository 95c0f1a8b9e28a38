"""Webhooks: a receiver of somebody else, the Standard Webhooks library, takes what the gateway sends."""

import http.server
import json
import pathlib
import tempfile
import threading
import unittest

import standardwebhooks

from gatepost import Gatepost


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted."""

    got = []
    arrived = threading.Event()

    def do_POST(self):  # noqa: N802, the library's name
        body = self.rfile.read(int(self.headers["content-length"]))
        Receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()
        Receiver.arrived.set()

    def log_message(self, *_):
        """Says nothing."""


class Webhooks(unittest.TestCase):
    def setUp(self):
        Receiver.got.clear()
        Receiver.arrived.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.gatepost = Gatepost(
            pathlib.Path(self.folder.name),
            GATEPOST__OUTBOUND__ALLOW_PRIVATE="true",
            GATEPOST__OUTBOUND__ALLOW_HTTP="true",
        )
        self.gatepost.say("account", "create", "lincoln")
        self.gatepost.start()

    def tearDown(self):
        self.gatepost.stop()
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()

    def take(self):
        self.assertTrue(Receiver.arrived.wait(30), "a message arrives")
        Receiver.arrived.clear()
        return Receiver.got.pop()

    def test_the_library_takes_what_is_sent_and_nothing_that_was_changed(self):
        url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        [made] = self.gatepost.say("webhook", "create", "--account", "lincoln", "--url", url, "--type", "user.*")
        verifier = standardwebhooks.Webhook(made["secret"])
        [user] = self.gatepost.say("user", "create", "--account", "lincoln", "--email", "ada@lincoln.example")
        headers, body = self.take()
        self.assertEqual(headers["content-type"], "application/json")
        verifier.verify(body, headers)
        told = json.loads(body)
        self.assertEqual((told["type"], told["data"]["target"]), ("user.created", user["id"]))
        with self.assertRaises(standardwebhooks.WebhookVerificationError):
            verifier.verify(body.replace(b"user.created", b"user.updated"), headers)
        # Whoever has the new secret and whoever has that of before take the same message.
        [rotated] = self.gatepost.say("webhook", "rotate", made["id"])
        self.gatepost.run("webhook", "test", made["id"])
        headers, body = self.take()
        verifier.verify(body, headers)
        standardwebhooks.Webhook(rotated["secret"]).verify(body, headers)


if __name__ == "__main__":
    unittest.main()
