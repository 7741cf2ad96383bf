"""The whole portal on one machine: `manage.py run`."""

import contextlib
import fcntl
import http.client
import os
import socket
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from kombu.exceptions import OperationalError

from portal import broker, processes
from portal.celery import app as celery_app
from portal.supervisor import Child, StopRequestedError, Supervisor

BROKER_FOLDER = settings.DATA_DIR / "broker"
PORTS_FREE_WITHIN = 5  # seconds: what a killed predecessor left needs a moment to go


@dataclass(frozen=True)
class Listener:
    """An address one of our programs listens on, and the setting that changes it."""

    host: str
    port: int
    setting: str


class Command(BaseCommand):
    help = (
        "Runs everything on this machine: broker, practice mail server (in practice mode), bounce receiver, "
        "web server, worker and timetable. Ctrl-C stops it; started again, it goes on where it left off."
    )

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=settings.WEB_PORT, help="of the pages (WEB_PORT)")
        parser.add_argument("--demo", action="store_true", help="fill an empty database with a demo")

    def handle(self, *, port, demo, **options):
        began = time.monotonic()
        with only_one(settings.DATA_DIR):
            check_ports(listeners(port))
            level = log_level(demo)
            supervisor = Supervisor(environment(port, level), settings.BASE_DIR, self.say)
            try:
                self.start(supervisor, port, level)
                self.say("run", f"Ready after {time.monotonic() - began:.0f} s: {address(port)}/")
                if demo:
                    supervisor.start(Child("demo", manage("demo", "--if-empty"), once=True))
                supervisor.watch()
            except StopRequestedError:
                self.say("run", "Stopping. Once more to kill.")
            except TimeoutError as slow:
                log = BROKER_FOLDER / "valkey.log"
                raise CommandError(f"Not ready in time: {slow}. The lines above say why, or {log}.") from None
            finally:
                supervisor.stop()
        self.say("run", "Stopped.")
        if supervisor.is_killing:
            sys.exit(1)

    def start(self, supervisor, port, level):
        """Each needs the ones before it."""
        if not settings.REDIS_URL:
            supervisor.start(broker_child())
        elif not broker.answers(settings.REDIS_URL):
            raise CommandError("The broker that REDIS_URL names does not answer.")
        self.prepare()
        supervisor.start(*children(port, level))

    def prepare(self):
        """Bring the database and the static files up to this version."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()

    def say(self, name, line):
        self.stdout.write(f"{name:<8} | {line}")
        self.stdout.flush()


def children(port, level) -> list[Child]:
    """The programs, in the order of dependence; they are stopped in the reverse one."""
    practice = Child(
        "practice",
        manage("practice_server"),
        answers=lambda: processes.accepts(settings.EMAIL_HOST, settings.EMAIL_PORT),
    )
    return [
        *([practice] if settings.PRACTICE else []),
        Child(
            "bounces",
            manage("receive_bounces"),
            answers=lambda: processes.accepts(settings.BOUNCE_HOST, settings.BOUNCE_PORT),
        ),
        Child("web", gunicorn(port), answers=lambda: web_answers(port)),
        # Time to finish the mail it is sending.
        Child("worker", worker(port, level), answers=lambda: worker_answers(port), patience=15),
        Child(
            "beat", celery(level, "beat", "--pidfile=", f"--schedule={settings.DATA_DIR / 'beat-schedule'}")
        ),
    ]


def broker_child() -> Child:
    url = settings.CELERY_BROKER_URL
    return Child(
        "broker",
        broker.command(urlsplit(url).port, BROKER_FOLDER),
        answers=lambda: broker.answers(url),
    )


def manage(*arguments) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def gunicorn(port) -> list[str]:
    options = {
        "bind": f"127.0.0.1:{port}",
        "workers": 2,
        "worker-class": "gthread",
        "threads": 4,
        "timeout": 120,
        "graceful-timeout": 3,
        "log-level": "warning",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "gunicorn", "portal.wsgi", "--preload", "--no-control-socket", *arguments]


def celery(level, *arguments) -> list[str]:
    # The checks were made when this command started.
    options = ["--quiet", "--skip-checks", "--app=portal"]
    return [sys.executable, "-m", "celery", *options, *arguments, f"--loglevel={level}"]


def worker(port, level) -> list[str]:
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return celery(
        level, "worker", f"--hostname={node(port)}", "--queues=mail,other", "--concurrency=2", *alone
    )


def node(port) -> str:
    """The worker's name, its own even where several machines share a broker."""
    return f"run-{port}@{socket.gethostname()}"


def web_answers(port) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": urlsplit(address(port)).netloc})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_answers(port) -> bool:
    try:
        return bool(celery_app.control.ping(destination=[node(port)], timeout=1, limit=1))
    except OperationalError:
        return False


def address(port) -> str:
    """Where people reach the pages; without BASE_URL that follows the port."""
    return settings.BASE_URL if "BASE_URL" in os.environ else f"http://127.0.0.1:{port}"


def log_level(demo) -> str:
    """What LOG_LEVEL says; else, in a demo only what goes wrong, so that its log-ins stay in sight."""
    return os.environ.get("LOG_LEVEL") or ("WARNING" if demo else "INFO")


def environment(port, level) -> dict[str, str]:
    return os.environ | {
        "LOG_LEVEL": level,
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "WEB_PORT": str(port),
        "BASE_URL": address(port),
        "PYTHONUNBUFFERED": "1",
        # Celery warns against root with six lines at every start.
        "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms",
    }


def listeners(port) -> list[Listener]:
    found = [Listener("127.0.0.1", port, "WEB_PORT")]
    if not settings.REDIS_URL:
        found.append(Listener("127.0.0.1", urlsplit(settings.CELERY_BROKER_URL).port, "BROKER_PORT"))
    if settings.PRACTICE:
        found.append(Listener(settings.EMAIL_HOST, settings.EMAIL_PORT, "EMAIL_PORT"))
    return [*found, Listener(settings.BOUNCE_HOST, settings.BOUNCE_PORT, "BOUNCE_PORT")]


def check_ports(needed, within=PORTS_FREE_WITHIN):
    """Raises CommandError naming the setting of the first port that stays taken."""
    deadline = time.monotonic() + within
    for listener in needed:
        while not processes.is_free(listener.host, listener.port):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Port {listener.port} is taken by another program. "
                    f"Stop that program, or set {listener.setting} to a free port."
                )
            time.sleep(0.2)


@contextlib.contextmanager
def only_one(folder):
    """Holds the lock of this data folder. Raises CommandError where another `run` holds it."""
    with (folder / "run.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CommandError(
                f"The portal is already running with the data in {folder} (process {file.read()}). "
                "Stop it first, or set DATA_DIR to another folder."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
