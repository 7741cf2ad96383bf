"""Other programs on this machine: started so that none outlives us, asked whether they answer, stopped."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(command, *, last_signal=signal.SIGKILL, **options) -> subprocess.Popen:
    """Start a program in a session of its own, so that Ctrl-C in the terminal does not reach it.

    On Linux it gets `last_signal` when the thread that started it ends, however that came about.
    """
    parent = os.getpid()

    def leash():
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(last_signal))
            if os.getppid() != parent:
                os._exit(1)

    # preexec_fn is unsafe only where it waits for a lock; the leash takes none.
    return subprocess.Popen(command, start_new_session=True, preexec_fn=leash, **options)  # noqa: PLW1509


def stop(process, patience, how=signal.SIGTERM) -> int:
    """Ask the program to end, wait so many seconds for it, then kill what is left. Returns its exit code."""
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill(process)
    return process.wait()


def kill(process) -> None:
    """End the program and everything it started, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def free_ports(count) -> list[int]:
    """Ports of the loopback address that nobody used a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_free(host, port) -> bool:
    """Whether a program of ours could listen there."""
    try:
        socket.create_server((host, port), family=_family(host)).close()
    except OSError:
        return False
    return True


def accepts(host, port) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET
