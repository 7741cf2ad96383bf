"""Keeps a handful of programs running: shows what they say, starts again what dies, stops all in order."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from portal import processes

LONGEST_PAUSE = 30  # seconds between two tries to start a program that keeps dying
STEADY = 60  # seconds after which a program counts as running well again
STOP_WITHIN = 20  # seconds for all programs together
SAME_KEYSTROKE = 1  # seconds: timeout(1) and some shells send a signal to us twice


class StopRequestedError(Exception):
    """Ctrl-C or SIGTERM came."""


@dataclass
class Child:
    """A program to keep running, or one (`once`) that ends by itself."""

    name: str
    command: list[str]
    answers: Callable[[], bool] = lambda: True
    patience: float = 4  # seconds from SIGTERM to SIGKILL
    once: bool = False

    process: subprocess.Popen | None = None
    failures: int = 0
    started_at: float = 0
    start_again_at: float | None = None
    unfinished_line: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs its children in the order of `start`, and stops them in the reverse one.

    Everything happens in one thread, because a child is tied to the thread that started it.
    """

    def __init__(self, environment: dict[str, str], folder, say: Callable[[str, str], None]):
        self.environment = environment
        self.folder = folder
        self.say = say
        self.children: list[Child] = []
        self.signalled_at: list[float] = []
        self.selector = selectors.DefaultSelector()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)

    def start(self, *children: Child, within: float = 60):
        """Start these and wait until all of them answer.

        Raises StopRequestedError, and TimeoutError with the names of those that do not answer in time.
        """
        for child in children:
            self._start(child)
            self.children.append(child)
        deadline = time.monotonic() + within
        waiting = [child for child in children if not child.once]
        while waiting:
            self._turn()
            waiting = [child for child in waiting if not (self._is_alive(child) and child.answers())]
            if waiting and time.monotonic() > deadline:
                raise TimeoutError(", ".join(child.name for child in waiting))

    def watch(self):
        """Keep the children running. Ends with StopRequestedError."""
        while True:
            self._turn()

    def stop(self):
        """Stop all children, last started first; a second signal kills."""
        deadline = time.monotonic() + STOP_WITHIN
        for child in reversed(self.children):
            if self._is_alive(child):
                self._stop(child, min(deadline, time.monotonic() + child.patience))

    @property
    def is_killing(self) -> bool:
        """Whether a second signal came."""
        return bool(self.signalled_at) and self.signalled_at[-1] - self.signalled_at[0] > SAME_KEYSTROKE

    def _note_signal(self, *_):
        self.signalled_at.append(time.monotonic())

    def _turn(self):
        if self.signalled_at:
            raise StopRequestedError
        self._show_output(wait=0.2)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child)
            elif child.start_again_at is not None and time.monotonic() >= child.start_again_at:
                self._start(child)

    def _is_alive(self, child):
        return child.process is not None and child.process.poll() is None

    def _start(self, child):
        child.start_again_at = None
        child.started_at = time.monotonic()
        child.process = processes.start(
            child.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _bury(self, child):
        """A child has died: clear up after it, and set the time to start it again."""
        exit_code = child.process.returncode
        self._release(child)
        if child.once and exit_code == 0:
            return
        how = f"was killed by signal {-exit_code}" if exit_code < 0 else f"ended with code {exit_code}"
        if child.once:
            self.say("run", f"{child.name} {how}.")
            return
        lived = time.monotonic() - child.started_at
        child.failures = 0 if lived > STEADY else child.failures
        pause = min(2**child.failures, LONGEST_PAUSE)
        child.failures += 1
        child.start_again_at = time.monotonic() + pause
        self.say("run", f"{child.name} {how}; starting it again in {pause} s.")

    def _stop(self, child, deadline):
        child.process.terminate()
        while self._is_alive(child) and time.monotonic() < deadline and not self.is_killing:
            self._show_output(wait=0.05)
        if self._is_alive(child):
            self.say("run", f"{child.name} did not stop in time and is killed.")
        self._release(child)

    def _release(self, child):
        """End what is left of the child's process group, and pass on its last words."""
        processes.kill(child.process)
        child.process.wait()
        self._show(child)
        if child.process.stdout in self.selector.get_map():
            self.selector.unregister(child.process.stdout)
        child.process.stdout.close()
        child.process = None
        if child.unfinished_line:
            self.say(child.name, child.unfinished_line.decode(errors="replace"))
            child.unfinished_line = b""

    def _show_output(self, wait):
        if not self.selector.get_map():
            time.sleep(wait)
            return
        for key, _ in self.selector.select(wait):
            if not self._show(key.data):
                self.selector.unregister(key.fileobj)

    def _show(self, child) -> bool:
        """Pass on what the child has said, line by line. Whether more can come."""
        while True:
            try:
                data = os.read(child.process.stdout.fileno(), 65536)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, child.unfinished_line = (child.unfinished_line + data).split(b"\n")
            for line in filter(None, lines):
                self.say(child.name, line.decode(errors="replace"))
