"""`manage.py receive_bounces`: take reports by SMTP or LMTP until told to stop."""

import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from documents.doors import BounceServer


class Command(BaseCommand):
    help = "Takes delivery reports for BOUNCE_DOMAIN by SMTP or LMTP, at BOUNCE_HOST and BOUNCE_PORT."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=settings.BOUNCE_PORT)
        parser.add_argument("--lmtp", action="store_true", help="speak LMTP, for a relay's transport map")

    def handle(self, *, port, lmtp, **options):
        address = f"{settings.BOUNCE_HOST}:{port}"
        server = BounceServer(settings.BOUNCE_HOST, port, lmtp=lmtp)
        # Blocked before the server's thread starts, so that the thread inherits it and sigwait gets them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        try:
            server.start()
        except OSError as trouble:
            raise CommandError(
                f"{address} cannot be used ({trouble.strerror}): set BOUNCE_PORT to another."
            ) from trouble
        self.stdout.write(f"Taking reports at {address} by {'LMTP' if lmtp else 'SMTP'}")
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        server.stop()
