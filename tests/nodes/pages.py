"""How long the console's pages take on a filled database: `pages.py [sqlite|postgresql] [ACCOUNTS] [SIGN_INS]`.

One account is a district that signs in all day: SIGN_INS attempts of the last 30 days, each that was accepted with its
session, a tenth as many users. Another one has CONNECTIONS connections in use. Beside them there are ACCOUNTS others, with a
connection each. Events are read by their place in the account, however many there are, and are not copied. The latest sign-ins
are real ones; the rows before them are copies, whose sealed parts nobody can open, but whose ids are of their time: pages go by
those. What seals say nobody can make from beside, so the gateway's own job seals the hours and counts their sign-ins. Before
anything is sealed, only the list of sign-ins is measured. Each page is asked for by an operator and by an owner over a kept
connection on loopback, so what is printed (milliseconds; median and slowest of TIMES) is what the server takes and a little
more. In the end the numbers of the chart and the tile, and what the filters find, are held against what was filled in."""

import contextlib
import http.client
import pathlib
import re
import sqlite3
import statistics
import sys
import tempfile
import time

from cluster import Cluster, drive, wait_until

TIMES = 30
DAYS = 30
DISTRICT = "district"
# Another account, of so many connections.
UNION = "union"
CONNECTIONS = 30
PEOPLE = 2000
SECONDS = 5
DAY = 86_400
HOUR = 3600
# An hour is sealed so long after its end.
PATIENCE_SECONDS = 600
# A tile counts up to so many.
MANY = 1000
# One in so many was refused, half of them for either reason.
REFUSED = 20
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


class Rows:
    """The database, written to from beside."""

    def __init__(self, cluster):
        self.ask = cluster.database.ask
        self.file = None if cluster.postgresql else cluster.database.path
        if cluster.postgresql:
            self.random = "decode(md5(random()::text) || md5(random()::text), 'hex')"
        else:
            self.random = "randomblob(32)"

    def execute(self, sql):
        """One statement."""
        if self.file is None:
            self.ask(sql)
            return
        with contextlib.closing(sqlite3.connect(self.file, timeout=60)) as connection, connection:
            connection.execute(sql)

    def columns(self, table):
        """What a table has."""
        if self.file is None:
            found = self.ask(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")
        else:
            found = self.ask(f"SELECT name FROM pragma_table_info('{table}')")
        return [name for [name] in found]

    def digits(self, number, count):
        """That number in so many digits."""
        return f"lpad(({number})::text, {count}, '0')" if self.file is None else f"printf('%0{count}d', {number})"

    def copy(self, table, times, *, only="1 = 1", where="1 = 1", **changed):
        """`times` rows like one `where`, the `i`-th of them (`only` says of which) with what is `changed`."""
        names = self.columns(table)
        values = ", ".join(changed.get(name, name) for name in names)
        self.execute(
            f"INSERT INTO {table} ({', '.join(names)}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) "
            f"SELECT {values} FROM (SELECT * FROM {table} WHERE {where} LIMIT 1) AS one, n WHERE {only}"
        )


def moment(micros):
    """What an id of that moment begins with, as SQL: its milliseconds in Crockford's base 32."""
    digit = "substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((({}) / 1000 >> {}) & 31 AS INTEGER) + 1, 1)"
    return " || ".join(digit.format(micros, shift) for shift in range(45, -1, -5))


def fill(rows, accounts, sign_ins):
    """Rows like those that are there, older than they are; who signs in."""
    text = rows.digits("i", 26)
    account = f"'acct_' || {text}"
    rows.copy("accounts", accounts, id=account, slug="'school-' || i", name="'School ' || i", external_id="NULL")
    rows.copy("service_providers", accounts, account_id=account, id=f"'sp_' || {text}")
    rows.copy("connections", accounts, account_id=account, id=f"'conn_' || {text}", service_provider_id=f"'sp_' || {text}",
              sp_entity="'https://sp.example/' || i")
    # Those who are there sign in; of the others nobody can open who they are. A page of people shows these first.
    rows.execute("CREATE TABLE signers AS SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM users WHERE id IN (SELECT user_id FROM sessions)")
    rows.execute("CREATE INDEX signers_by_place ON signers (place)")
    signers = [id for [id] in rows.ask("SELECT id FROM signers ORDER BY place")]
    user, users = f"'user_7' || substr({text}, 2)", sign_ins // 10
    keys = {"email_key": rows.random, "value_key": rows.random, "token_hash": rows.random}
    rows.copy("users", users, id=user, external_id="NULL", **keys)
    rows.copy("identities", users, id=f"'idn_' || {text}", user_id=user, **keys)
    # The oldest one first, as they would have come.
    [[first]] = rows.ask("SELECT MIN(created_at) FROM attempts WHERE outcome = 'accepted'")
    at = f"({first} - CAST({sign_ins} + 1 - i AS BIGINT) * {DAYS * DAY * 1_000_000 // sign_ins})"
    name = f"{moment(at)} || {rows.digits('i', 16)}"
    is_refused = f"i % {REFUSED} = 0"
    signer = f"(SELECT id FROM signers WHERE place = i % {len(signers)})"
    rows.copy(
        "attempts", sign_ins, where="outcome = 'accepted'", id=f"'att_' || {name}", created_at=at, day=f"{at} / {DAY * 1_000_000}",
        outcome=f"CASE WHEN {is_refused} THEN 'refused' ELSE outcome END",
        code=f"CASE WHEN i % {2 * REFUSED} = 0 THEN 'audience_mismatch' WHEN {is_refused} THEN 'conditions_expired' ELSE code END",
        user_id=f"CASE WHEN {is_refused} THEN NULL ELSE {signer} END",
        session_id=f"CASE WHEN {is_refused} THEN NULL ELSE 'sess_' || {name} END",
    )
    rows.copy(
        "sessions", sign_ins, only=f"NOT {is_refused}", id=f"'sess_' || {name}", attempt_id=f"'att_' || {name}", user_id=signer,
        created_at=at, last_seen_at=at, expires_at=f"{at} + expires_at - created_at", client_sealed="NULL", token_hash=rows.random,
        browser_hash=rows.random, name_id_key=rows.random,
    )
    rows.execute("DROP TABLE signers")
    rows.execute("ANALYZE")
    return signers


def seal(rows):
    """Waits until the gateway has sealed every hour that it may. It looks once in ten minutes; here it is told to look now."""
    last = int(time.time() - PATIENCE_SECONDS) // HOUR - 1

    def is_done():
        rows.execute("UPDATE periodic_jobs SET next_at = 0 WHERE name = 'attempt_seal' AND lease IS NULL")
        return int(rows.ask("SELECT COALESCE(MAX(hour), 0) FROM attempt_seals")[0][0]) >= last

    return wait_until(is_done, seconds=3600, every=2)


def measure(named, visitor, addresses):
    """A line for each page."""
    for path in addresses:
        took = [visitor.get(path)[0] for _ in range(TIMES)]
        weight = len(visitor.get(path)[1].encode())
        print(f"{named:>8}  {statistics.median(took):7.1f}  {max(took):7.1f}  {weight / 1000:6.1f} kB  {label(path)}", flush=True)


def label(path):
    """The page, and what is asked for."""
    query = path.partition("?")[2]
    return shape(path) + (re.sub(r"_[0-9a-z]{26}|[0-9]{4}-[0-9]{2}-[0-9]{2}", "…", f"?{query}") if query else "")


def day(ago):
    """A day (UTC), as forms have it."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * DAY))


def filtered(person):
    """What else is looked for in the district."""
    at = f"/console/at/{DISTRICT}"
    asked = "days=30", "outcome=refused", "code=audience_mismatch", f"from={day(10)}&to={day(9)}", f"person={person}"
    return [*(f"{at}/sign-ins?{query}" for query in asked), f"{at}/events?action=owner", f"{at}/people?who={person}"]


def check(rows, cluster, visitor, person):
    """Whether the pages say what was filled in."""
    at = f"/console/at/{DISTRICT}"
    by = f"connection_id = '{cluster.connection['id']}'"
    since = int(time.time()) // DAY - DAYS + 1

    def number(where):
        return int(rows.ask(f"SELECT COUNT(*) FROM attempts WHERE {by} AND {where}")[0][0])

    def shown(query):
        return len(set(re.findall(r"/sign-ins/(att_[0-9a-z]{26})", visitor.get(f"{at}/sign-ins?{query}")[1])))

    said = re.search(r'id="chart-said">[^<]*: (\d+) signed in, (\d+) refused', visitor.get(f"{at}/sign-ins?days=30")[1])
    filled = tuple(number(f"outcome = '{outcome}' AND day >= {since}") for outcome in ("accepted", "refused"))
    assert tuple(map(int, said.groups())) == filled, (said.group(), filled)
    for query, where in (
        ("outcome=refused", "outcome = 'refused'"),
        ("code=audience_mismatch", "code = 'audience_mismatch'"),
        (f"from={day(10)}&to={day(9)}", f"day BETWEEN {since + DAYS - 11} AND {since + DAYS - 10}"),
        (f"person={person}", f"user_id = '{person}'"),
    ):
        assert shown(query) == min(number(where), 50), (query, shown(query), number(where))
    tile = re.search(r"(\d+) sign-ins this week", visitor.get(at)[1])
    week = number(f"outcome = 'accepted' AND created_at >= {int(time.time() - 7 * DAY) * 1_000_000}")
    assert int(tile[1]) == min(week, MANY), (tile[0], week)
    counted = dict(rows.ask(f"SELECT outcome, SUM(attempts) FROM attempt_counts WHERE {by} GROUP BY outcome"))
    print(f"of {DAYS} days: {filled[0]} signed in, {filled[1]} refused, as the chart says; {tile[0]}; sealed and counted: {counted}", flush=True)


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
        for _ in range(CONNECTIONS):
            cluster.connect(UNION)
        node.stop()
        rows, began = Rows(cluster), time.perf_counter()
        person = fill(rows, accounts, sign_ins)[0]
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        # Not yet.
        rows.execute(f"UPDATE periodic_jobs SET next_at = {int(time.time() + DAY) * 1_000_000} WHERE name = 'attempt_seal'")
        node.start()
        [operator] = node.say("operator", "link", "--name", "Rosa")
        operator = Visitor(node, operator["url"])
        print(f"{'':>8}   median  slowest", flush=True)
        measure("unsealed", operator, [f"/console/at/{DISTRICT}/sign-ins", f"/console/at/{DISTRICT}/sign-ins?days=30"])
        print(f"sealed in {seal(rows):.0f} s", flush=True)
        # Nobody keeps a connection for as long.
        operator.connection.close()
        check(rows, cluster, operator, person)
        measure("operator", operator, pages(operator, "/console/accounts").values())
        measure("operator", operator, [*filtered(person), "/console/accounts?q=school-99"])
        measure(UNION, operator, [f"/console/at/{UNION}{page}" for page in ("", "/sign-ins", "/sign-ins?days=30", "/deadlines")])
        [owner] = node.say("owner", "invite", "--account", DISTRICT, "--email", "olive@district.example")
        owner = Visitor(node, owner["url"])
        measure("owner", owner, pages(owner, f"/console/at/{DISTRICT}").values())
        measure("owner", owner, filtered(person))


if __name__ == "__main__":
    main()
