"""The programs of `manage.py run` are kept running, and stopped in order."""

import signal
import sys
import time

import pytest

from portal import processes, supervisor
from portal.supervisor import Child, StopRequestedError, Supervisor

OBEDIENT = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + OBEDIENT
LEAVES_A_CHILD = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid)"


@pytest.fixture
def said():
    return []


@pytest.fixture
def crew(tmp_path, said):
    """A supervisor in this process; `said` collects what it says."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    crew = Supervisor({}, tmp_path, lambda *words: said.append(words))
    yield crew
    crew.stop()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def python(code, name="program", **options):
    return Child(name, [sys.executable, "-c", code], **options)


def turn_until(crew, condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        crew._turn()


def test_every_line_is_shown_with_the_name_of_its_program(crew, said):
    crew.start(
        python(r"print('one\n\ntw', end='', flush=True); print('o'); print('three', end='')", once=True)
    )
    turn_until(crew, lambda: len(said) == 3)
    assert said == [("program", "one"), ("program", "two"), ("program", "three")]


def test_a_program_that_dies_is_started_again_after_longer_and_longer_pauses(crew, said, monkeypatch):
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 2)
    child = python("raise SystemExit(3)")
    crew.children.append(child)
    crew._start(child)
    turn_until(crew, lambda: len(said) == 3)
    assert [text for _, text in said] == [
        f"program ended with code 3; starting it again in {pause} s." for pause in (1, 2, 2)
    ]


def test_a_program_that_is_killed_is_started_again(crew, said):
    child = python(OBEDIENT)
    crew.start(child)
    first = child.process.pid
    processes.kill(child.process)
    turn_until(crew, lambda: child.process and child.process.pid != first)
    assert ("run", "program was killed by signal 9; starting it again in 1 s.") in said


def test_one_that_ends_by_itself_is_not_started_again(crew, said):
    child = python("pass", once=True)
    crew.start(child)
    turn_until(crew, lambda: child.process is None)
    assert (child.start_again_at, said) == (None, [])


def test_what_a_dead_program_left_running_is_ended(crew, said):
    crew.start(python(LEAVES_A_CHILD, once=True))
    turn_until(crew, lambda: said)
    left = int(said[0][1])
    turn_until(crew, lambda: not is_running(left))


def test_one_that_never_answers_is_named(crew):
    with pytest.raises(TimeoutError, match="program"):
        crew.start(python(OBEDIENT, answers=lambda: False), within=0.1)


def test_all_are_stopped_last_started_first(crew, said):
    farewell = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye'))); "
    for name in ("first", "second"):
        crew.start(python(farewell + OBEDIENT, name))
        turn_until(crew, lambda name=name: (name, "here") in said)
    crew.stop()
    assert [name for name, text in said if text == "bye"] == ["second", "first"]


def test_one_that_does_not_stop_is_killed_when_its_time_is_over(crew, said):
    crew.start(python(STUBBORN, patience=0.2))
    turn_until(crew, lambda: said)
    crew.stop()
    assert said[-1] == ("run", "program did not stop in time and is killed.")


def test_the_first_signal_asks_to_stop_and_a_later_one_kills(crew, said, monkeypatch):
    monkeypatch.setattr(supervisor, "SAME_KEYSTROKE", 0.05)
    crew.start(python(STUBBORN, patience=60))
    turn_until(crew, lambda: said)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(StopRequestedError):
        crew.watch()
    time.sleep(0.1)
    signal.raise_signal(signal.SIGINT)
    began = time.monotonic()
    crew.stop()
    assert time.monotonic() - began < 5


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
