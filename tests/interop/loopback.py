"""Processes and ports on loopback, and the tools that the tests call."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    """A port that nobody listens on just now, below those that the system gives to outgoing connections: a server that
    ends and starts again would find it taken."""
    while True:
        port = random.randrange(15_000, 30_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def wait_for_port(port, process, log, seconds=30):
    """Until something listens there; an end of `process` before that is a failure with the end of its log."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}; the log ends with:\n{pathlib.Path(log).read_text()[-2000:]}")


def wait_for_silence(port, seconds=30):
    """Until nothing listens there: a killed group is not gone with its leader, and would be taken for what follows it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"something still listens on {port}")


def start(arguments, log, **options):
    """A process in a group of its own, so that its workers end with it."""
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **options,
        )


def stop(process, how=signal.SIGTERM):
    """Ends the process and its group, and waits for it."""
    if process.poll() is None:
        os.killpg(process.pid, how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def run(*arguments, **options):
    """Runs a tool; its output as text. A failure shows what it said."""
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def make_key(folder, name, bits=2048):
    """A fresh key and its self-signed certificate: `name.key` and `name.crt`."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    run("openssl", "req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-days", "30", "-subj", f"/CN={name}",
        "-keyout", key, "-out", certificate)
    return key, certificate
