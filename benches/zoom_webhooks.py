#!/usr/bin/env python3
"""How many of Zoom's deliveries are taken in a second, each answered when it is durable, and how long one waits for that.

    python3 zoom_webhooks.py PROGRAM [--seconds 10] [--connections 1,8,64] [--rounds 3]

PROGRAM is a gatepost; its demo is started (SQLite, synchronous=FULL) with its data in a folder of its own. Deliveries are
signed as Zoom signs them, each is another event, and each must be answered with 204. Beside them, in the same run and in turns,
two floors: answers that do nothing (GET /health/live), and writing and syncing as many bytes to a file of that folder
(one at a time, as nobody can do it faster by themselves). What counts are ratios within a run: machines drift.

At the end the database is asked how many events there are: as many as were answered, and as many as were counted.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PORT = 8460
# What the stand-in for Zoom gives everybody.
ACCOUNT_ID = "StandInAccount01"
SECRET_TOKEN = "stand-in-secret-token-0001"


def delivery(number):
    """An event of a participant, about as large as Zoom's, as bytes of a request."""
    now = time.time()
    body = json.dumps({
        "event": "meeting.participant_joined", "event_ts": int(now * 1000),
        "payload": {"account_id": ACCOUNT_ID, "object": {
            "id": str(81234567000 + number % 500), "uuid": f"u{number:022d}==", "host_id": "x1yCzABCDEfg23HiJKl4mN",
            "topic": "Biology, period 3", "type": 8, "start_time": "2026-11-22T15:00:00Z", "duration": 45,
            "timezone": "America/Chicago",
            "participant": {"user_id": str(16778240 + number), "user_name": "Robin Newcomer",
                            "id": f"p{number % 900:020d}", "participant_uuid": f"{number:032X}",
                            "join_time": "2026-11-22T15:00:03Z", "email": f"pupil{number % 900}@district.example"},
        }},
    }).encode()
    stamp = str(int(now))
    digest = hmac.new(SECRET_TOKEN.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    head = (f"POST /zoom/demo/webhook HTTP/1.1\r\nHost: localhost:{PORT}\r\nContent-Type: application/json\r\n"
            f"x-zm-request-timestamp: {stamp}\r\nx-zm-signature: v0={digest}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def nothing(_):
    return f"GET /health/live HTTP/1.1\r\nHost: localhost:{PORT}\r\n\r\n".encode()


async def client(until, make, numbers, expected, waits):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    while time.perf_counter() < until:
        request = make(next(numbers))
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if length:
            await reader.readexactly(length)
        waits.append(time.perf_counter() - began)
        if not head.startswith(expected):
            raise SystemExit(f"answered {head!r}")
    writer.close()


def counter():
    number = 0
    while True:
        yield number
        number += 1


async def load(connections, seconds, make, numbers, expected):
    waits, began = [], time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(client(until, make, numbers, expected, waits) for _ in range(connections)))
    took = time.perf_counter() - began
    waits.sort()
    return len(waits) / took, waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000, len(waits)


def synced(folder, seconds, size):
    """Writes and syncs, one after the other."""
    path, waits, until = os.path.join(folder, "floor"), [], time.perf_counter() + seconds
    with open(path, "wb", buffering=0) as file:
        while time.perf_counter() < until:
            began = time.perf_counter()
            file.write(b"x" * size)
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - began)
    os.unlink(path)
    waits.sort()
    return len(waits) / sum(waits), waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000, len(waits)


def start(program, folder):
    env = {**os.environ, "GATEPOST__DATA_DIR": folder, "GATEPOST__HTTP__BIND": f"127.0.0.1:{PORT}",
           "GATEPOST__HTTP__PUBLIC_URL": f"http://localhost:{PORT}", "GATEPOST__LOG__LEVEL": "error"}
    words = ["demo", "--idp-port", str(PORT + 1), "--zoom-port", str(PORT + 2)]
    child = subprocess.Popen([program, *words], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://localhost:{PORT}/health/ready").read()
            return child
        except OSError:
            if child.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("the demo did not start")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", default="1,8,64")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = [int(count) for count in options.connections.split(",")]
    folder = tempfile.mkdtemp(prefix="gatepost-bench-")
    child = start(os.path.abspath(options.program), folder)
    try:
        numbers, answered, rows = counter(), 0, {}
        size = len(delivery(0)) + 200
        for _ in range(options.rounds):
            rows.setdefault(("write and sync", 1), []).append(synced(folder, options.seconds / 2, size))
            for count in counts:
                told = asyncio.run(load(count, options.seconds, delivery, numbers, b"HTTP/1.1 204"))
                answered += told[3]
                rows.setdefault(("deliveries", count), []).append(told)
                told = asyncio.run(load(count, options.seconds / 2, nothing, counter(), b"HTTP/1.1 200"))
                rows.setdefault(("nothing", count), []).append(told)
        memory = next((line for line in open(f"/proc/{child.pid}/status") if line.startswith("VmHWM")), "")
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(30)
    database = next(name for name in os.listdir(folder) if name.endswith(".db"))
    base = sqlite3.connect(os.path.join(folder, database))
    stored = base.execute("SELECT COUNT(*) FROM zoom_events").fetchone()[0]
    counted = base.execute("SELECT SUM(number) FROM zoom_event_counts").fetchone()[0]
    shutil.rmtree(folder)
    print(f"{'what':16} {'at once':>8} {'per second':>11} {'p50 ms':>8} {'p99 ms':>8}")
    for (what, count), runs in sorted(rows.items()):
        rate, middle, late = (statistics.median(run[part] for run in runs) for part in range(3))
        print(f"{what:16} {count:8} {rate:11.0f} {middle:8.2f} {late:8.2f}")
    print(f"answered {answered}, stored {stored}, counted {counted}; {memory.strip()}")
    if not answered == stored == counted:
        sys.exit("an event was answered and not stored once")


if __name__ == "__main__":
    main()
