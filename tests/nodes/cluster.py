"""What these tests run: gateways on one database, PostgreSQL with everything durable, HAProxy, browsers by the thousand."""

import atexit
import contextlib
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import sqlite3
import subprocess
import time

import loopback
from gatepost import PROGRAM, Gatepost

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CERTIFICATE = REPOSITORY / "src/saml/mint/keys/idp-ec-p256.crt.pem"
DRIVER = os.environ["NODES_BIN"]
IDP = "https://idp.district.example/saml"
# Who PostgreSQL runs as when the tests run as root: it refuses to be root.
SERVER_USER = "postgres"


def postgresql_program(name):
    """The server's programs, which Debian keeps off the PATH, and beside them the clients that fit."""
    places = [shutil.which("initdb"), *map(str, sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
    found = next((place for place in places if place), None)
    assert found, "PostgreSQL is not installed"
    return pathlib.Path(os.path.realpath(found)).parent / name


class PostgreSql:
    """A cluster of its own, with `fsync` and all else that durability takes as PostgreSQL ships it: on."""

    def __init__(self, folder):
        self.folder, self.port = folder, loopback.free_port()
        self.url = f"postgres://app@127.0.0.1:{self.port}/app"
        if os.geteuid() == 0:
            folder.chmod(0o755)
            for parent in folder.parents[:2]:
                parent.chmod(parent.stat().st_mode | 0o011)
            shutil.chown(folder, SERVER_USER)
        self._run("initdb", "--pgdata", folder / "data", "--username", "app", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
        with open(folder / "data" / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\nmax_connections = 120\n")
        self.start()
        atexit.register(self.stop)
        self._run("createdb", "--host", "127.0.0.1", "--port", self.port, "--username", "app", "app")

    def _run(self, program, *arguments):
        options = {"cwd": self.folder, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}}
        if os.geteuid() == 0:
            user = pwd.getpwnam(SERVER_USER)
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return loopback.run(postgresql_program(program), *arguments, **options)

    def start(self):
        """Starts it and waits until it answers."""
        self._run("pg_ctl", "start", "--wait", "--silent", "--pgdata", self.folder / "data", "--log", self.folder / "log")

    def stop(self, mode="immediate"):
        """`fast` ends it in order; `immediate` is a crash, and the next start recovers from its log."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--silent", "--pgdata", self.folder / "data", "--mode", mode)

    def ask(self, sql):
        """Rows of a query, as lists of texts."""
        text = self._run("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--field-separator", "\t", "--command", sql, self.url)
        return [line.split("\t") for line in text.decode().splitlines()]

    def durability(self):
        """The settings that durability hangs on, as the server says they are."""
        names = "'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method'"
        return dict(self.ask(f"SELECT name, setting FROM pg_settings WHERE name IN ({names}) ORDER BY name"))


class SqliteFile:
    """The embedded database, looked at from beside."""

    def __init__(self, folder):
        self.path = folder / "gatepost.db"

    def ask(self, sql):
        """Rows of a query, as lists of texts."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20)) as connection:
            return [[str(value) for value in row] for row in connection.execute(sql)]


class Cluster:
    """Gateways on one database behind one public address, and a connection that trusts a test key."""

    def __init__(self, folder, database, nodes=1, public_port=None, **settings):
        self.folder = folder
        self.postgresql = PostgreSql(made(folder / "postgresql")) if database == "postgresql" else None
        public_port = public_port or loopback.free_port()
        shared = {"GATEPOST__HTTP__PUBLIC_URL": f"http://localhost:{public_port}"} | settings
        if self.postgresql:
            shared |= {"GATEPOST__DATABASE__URL": self.postgresql.url, "GATEPOST__MASTER_KEY": secrets.token_hex(32)}
        self.nodes = [Gatepost(made(folder / f"node-{number}"), **shared) for number in range(nodes)]
        self.database = self.postgresql or SqliteFile(folder / "node-0" / "data")
        for node in self.nodes:
            node.start()
        self.connection = self.connect("district", "--idp-initiated", "accept")

    def connect(self, account, *arguments):
        """A connection of that account."""
        return self.nodes[0].connect(
            account, "--preset", "okta", "--idp-entity-id", IDP, "--sso-url", "http://127.0.0.1:9/sso",
            "--idp-certificate", CERTIFICATE, *arguments,
        )

    def target(self, connection=None, people=1000):
        """What the driver has to know."""
        connection = connection or self.connection
        return {"idp_entity_id": IDP, "sp_entity_id": connection["sp_entity_id"], "acs_url": connection["acs_url"], "people": people}

    def durability(self):
        """The settings that durability hangs on: as the gateway's own connection reads them back, and as the server says."""
        told = [found for found in self.nodes[0].say("check") if found["area"] == "database"]
        assert [found["level"] for found in told] == ["good"], told
        return told[0]["text"], self.postgresql.durability() if self.postgresql else {}

    @property
    def addresses(self):
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    def count(self, sql):
        """A single number."""
        return int(self.database.ask(sql)[0][0])

    def stop(self):
        """Ends everything."""
        for node in self.nodes:
            node.stop()
        if self.postgresql:
            self.postgresql.stop()


class HaProxy:
    """In front of the nodes, as an operator would set it up: asks each whether it is ready, sends again what none saw."""

    def __init__(self, folder, port, nodes):
        self.port, self.log = port, folder / "haproxy.log"
        settings = folder / "haproxy.cfg"
        servers = "\n".join(f"    server node-{number} 127.0.0.1:{node.port} check" for number, node in enumerate(nodes))
        settings.write_text(f"""\
global
    maxconn 2000
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    # Unset it would be `inter`: a busy node that answers late would count as gone, and the only one left as none.
    timeout check 5s
    option redispatch
    retries 3
    # A request that reached no node, or that a node ended on without a word, goes to another one. None is done twice:
    # an assertion counts once.
    option http-buffer-request
    retry-on conn-failure empty-response
frontend gate
    bind 127.0.0.1:{port}
    default_backend gateposts
backend gateposts
    balance roundrobin
    option httpchk GET /health/ready
    default-server inter 200ms fastinter 100ms fall 1 rise 2
{servers}
""")
        self.process = loopback.start(["haproxy", "-db", "-f", settings], self.log)
        loopback.wait_for_port(port, self.process, self.log)

    def stop(self):
        """Ends it."""
        loopback.stop(self.process, signal.SIGKILL)


class Driver:
    """The driver with one command: started at once, its words afterwards. A load has begun when this returns: its messages
    are made before that, if they can be."""

    def __init__(self, command):
        self.process = subprocess.Popen([DRIVER, json.dumps(command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.begun = self.told() if command["do"] == "load" else None

    def told(self):
        """Its next line."""
        line = self.process.stdout.readline()
        assert line, f"the driver ended with {self.process.wait()}"
        return json.loads(line)

    def look_up(self):
        """Has it check its ledger."""
        self.process.stdin.write("look up\n")
        self.process.stdin.flush()
        return self.told()

    def end(self):
        """Waits for its end."""
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0


def drive(**command):
    """Runs the driver to its end."""
    driver = Driver(command)
    try:
        return driver.told()
    finally:
        driver.end()


def made(folder):
    """A folder, made."""
    folder.mkdir(parents=True)
    return folder


def wait_until(holds, seconds=30, every=0.02):
    """How long it took until `holds()`; never is a failure."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(every)
    return time.monotonic() - began
