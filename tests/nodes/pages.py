"""How long the console's pages take on a filled database: `pages.py [sqlite|postgresql] [ACCOUNTS] [SIGN_INS]`.

One account is a district that signs in all day: SIGN_INS attempts of the last 30 days, a tenth as many users. Beside it there
are ACCOUNTS others, with a connection each. Events are read by their place in the account, however many there are, and are
not copied. The latest sign-ins are real ones; the rows before them are copies, whose sealed parts nobody can open. Each page
is asked for by an operator and by an owner over a kept connection on loopback, so what is printed (milliseconds; median and
slowest of TIMES) is what the server takes and a little more."""

import contextlib
import http.client
import pathlib
import re
import sqlite3
import statistics
import sys
import tempfile
import time

from cluster import Cluster, drive

TIMES = 30
DAYS = 30
DISTRICT = "district"
PEOPLE = 2000
SECONDS = 5
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What a page leads to, to be looked at too: the first of each kind. `/console` itself only leads on.
LINKS = re.compile(r'href="(/console/[^"#]*)"')


class Visitor:
    """Somebody in the console, in by a link."""

    def __init__(self, node, link):
        self.connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
        self.origin, path = re.fullmatch(r"(http://[^/]+)(/.*)", link).groups()
        self.cookie = ""
        self.get(path)
        _, answer, _ = self._send("POST", path, "")
        assert answer.status == 303, answer.status

    def _send(self, method, path, body=None):
        headers = {"Cookie": self.cookie, "Host": self.origin.removeprefix("http://"), "Accept-Language": "en"}
        if body is not None:
            headers |= FORM | {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = 1000 * (time.perf_counter() - began)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = "; ".join(filter(None, [self.cookie, cookie.partition(";")[0]]))
        return took, answer, text

    def get(self, path):
        """Milliseconds, and the page."""
        took, answer, text = self._send("GET", path)
        assert answer.status == 200, (path, answer.status)
        return took, text


def shape(path):
    """The page that an address is of, whatever it is about."""
    path = path.partition("?")[0]
    return re.sub(r"/[a-z]+_[0-9a-z]{26}", "/…", re.sub(r"/at/[^/]+", "/at/…", path))


def pages(visitor, start):
    """The first address of each kind that can be come to from `start` in two steps."""
    found = {shape(start): start}
    for _ in range(2):
        for path in list(found.values()):
            for link in LINKS.findall(visitor.get(path)[1]):
                link = link.replace("&amp;", "&")
                # The district is what is full; what is handed out as a file is no page.
                is_elsewhere = re.search(r"/(at|accounts)/(?!%s\b)" % DISTRICT, link)
                if not is_elsewhere and not re.search(r"download|export|\.(csv|jsonl|ics|json)", link):
                    found.setdefault(shape(link), link)
    return found


def fill(cluster, accounts, sign_ins):
    """Rows like those that are there, older than they are."""
    if cluster.postgresql:
        number, random, ask = "lpad(({})::text, 26, '0')", "decode(md5(random()::text) || md5(random()::text), 'hex')", cluster.database.ask
        columns = lambda table: [name for [name] in ask(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")]
        execute = ask
    else:
        connection = sqlite3.connect(cluster.database.path)
        number, random = "printf('%026d', {})", "randomblob(32)"
        columns = lambda table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]

        def execute(sql):
            connection.execute(sql)
            connection.commit()

    def copy(table, times, where="1 = 1", **changed):
        names = columns(table)
        values = ", ".join(changed.get(name, name) for name in names)
        execute(
            f"INSERT INTO {table} ({', '.join(names)}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) "
            f"SELECT {values} FROM (SELECT * FROM {table} WHERE {where} LIMIT 1) AS one, n"
        )

    text = number.format("i")
    account = f"'acct_' || {text}"
    copy("accounts", accounts, id=account, slug="'school-' || i", name="'School ' || i", external_id="NULL")
    copy("service_providers", accounts, account_id=account, id=f"'sp_' || {text}")
    copy("connections", accounts, account_id=account, id=f"'conn_' || {text}", service_provider_id=f"'sp_' || {text}", sp_entity=f"'https://sp.example/' || i")
    # After the real ones: a page of people opens what is sealed.
    user, users = f"'user_7' || substr({text}, 2)", sign_ins // 10
    keys = {"email_key": random, "value_key": random, "token_hash": random}
    copy("users", users, id=user, external_id="NULL", **keys)
    copy("identities", users, id=f"'idn_' || {text}", user_id=user, **keys)
    back = f"created_at - CAST(i AS BIGINT) * {DAYS * 86_400_000_000 // sign_ins}"
    times = {"created_at": back, "day": f"day - CAST(i AS BIGINT) * {DAYS} / {sign_ins}"}
    # An id begins with its time: the i-th oldest has the i-th smallest one.
    older = f"'att_' || {number.format(f'{sign_ins} - i')}"
    copy("attempts", sign_ins, "outcome = 'accepted'", id=older, outcome="CASE WHEN i % 20 = 0 THEN 'refused' ELSE outcome END",
         code="CASE WHEN i % 40 = 0 THEN 'audience_mismatch' WHEN i % 20 = 0 THEN 'conditions_expired' ELSE code END", **times)
    execute("ANALYZE")


def measure(named, visitor, start):
    """A line for each page."""
    for path in pages(visitor, start).values():
        took = [visitor.get(path)[0] for _ in range(TIMES)]
        weight = len(visitor.get(path)[1].encode())
        print(f"{named:>8}  {statistics.median(took):7.1f}  {max(took):7.1f}  {weight / 1000:6.1f} kB  {shape(path)}", flush=True)


def main():
    database = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    accounts = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    sign_ins = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        cluster = Cluster(pathlib.Path(folder), database)
        stack.callback(cluster.stop)
        node = cluster.nodes[0]
        settings = {"target": cluster.target(people=PEOPLE), "nodes": cluster.addresses, "way": "portal", "browsers": 8}
        print(drive(do="load", seconds=SECONDS, **settings)["outcomes"], flush=True)
        node.stop()
        began = time.perf_counter()
        fill(cluster, accounts, sign_ins)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        node.start()
        [operator] = node.say("operator", "link", "--name", "Rosa")
        [owner] = node.say("owner", "invite", "--account", DISTRICT, "--email", "olive@district.example")
        print(f"{'':>8}   median  slowest", flush=True)
        measure("operator", Visitor(node, operator["url"]), "/console/accounts")
        measure("owner", Visitor(node, owner["url"]), f"/console/at/{DISTRICT}")


if __name__ == "__main__":
    main()
