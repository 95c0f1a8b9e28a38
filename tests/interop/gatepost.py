"""Gatepost as its operators run it: the program, its own data folder, its command line."""

import json
import os
import subprocess
import time

import loopback

PROGRAM = os.environ["GATEPOST_BIN"]


class Failed(Exception):
    """The command line refused; its words."""


class Gatepost:
    """One gateway on `http://localhost:PORT`."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.port = loopback.free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = folder / "gatepost.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST__")}
        self.environment = kept | {
            "GATEPOST__DATA_DIR": str(folder / "data"),
            "GATEPOST__HTTP__BIND": f"127.0.0.1:{self.port}",
            "GATEPOST__HTTP__PUBLIC_URL": self.url,
        } | settings
        self.process = None

    def start(self, wrong_clock=None):
        """Serves until `stop`; `wrong_clock` is how far its clock is off, as faketime writes it."""
        clock = ["faketime", "-f", wrong_clock] if wrong_clock else []
        self.process = loopback.start([*clock, PROGRAM, "serve"], self.log, env=self.environment)
        loopback.wait_for_port(self.port, self.process, self.log)

    def stop(self):
        """Asks it to end."""
        if self.process:
            loopback.stop(self.process)
            self.process = None

    def run(self, *arguments):
        """Runs a command; what it prints."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    @staticmethod
    def wait_for_changes():
        """The server looks twice a second for what another process changed; a second is what it promises."""
        time.sleep(1)

    def say(self, *arguments):
        """Runs a command with `--json`; the objects that it prints."""
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def connect(self, account, *arguments):
        """Makes an account of that slug, if need be, and a connection; what it is called by both sides."""
        try:
            self.say("account", "create", account)
        except Failed as error:
            if "already" not in str(error):
                raise
        [made] = self.say("connection", "create", "--account", account, *arguments)
        return made

    def attempt(self, reference):
        """What `attempt show` tells of a refused sign-in."""
        [told] = self.say("attempt", "show", reference)
        return told
