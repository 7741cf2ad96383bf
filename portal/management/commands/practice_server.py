"""`manage.py practice_server`: the mail server on which every outcome can be tried."""

import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.practice import PracticeServer


class Command(BaseCommand):
    help = "Serve the practice mail server on EMAIL_HOST and EMAIL_PORT until it is told to stop."
    requires_system_checks = []  # it needs no database and no pages, and checks its own addresses

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=None, help="listen here instead of on EMAIL_PORT")

    def handle(self, *args, port, **options):
        if not settings.PRACTICE:
            raise CommandError("The practice mail server runs only in practice mode. Set PRACTICE=on for it.")
        server = self.server(port)
        # Blocked before the threads start, so that the signals come to sigwait and to nobody else.
        stop_signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
        try:
            server.start()
        except OSError as error:
            place = f"{server.host}:{server.port}"
            raise CommandError(f"Cannot listen on {place}: {error.strerror}. Change EMAIL_PORT.") from error
        self.stdout.write(f"Practice mail server listens on {server.host}:{server.port}.")
        self.stdout.flush()
        signal.sigwait(stop_signals)
        server.stop()

    def server(self, port):
        try:
            return PracticeServer(port=port)
        except ValueError as error:
            raise CommandError(f"Set EMAIL_HOST and BOUNCE_HOST to 127.0.0.1: {error}.") from error
