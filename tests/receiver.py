"""A company's own program on loopback, a real HTTP server: keeps what it got, and answers as told."""

import base64
import contextlib
import hashlib
import hmac
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from distribution.models import WebhookCall


@dataclass
class Got:
    path: str
    headers: dict
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Answers with `code`, `body` and `more` headers; `slow` is how many seconds it takes for it first.

    `answer`, where it is set, is a function that gets the handler and writes the whole answer.
    """

    daemon_threads = True

    def __init__(self, address="127.0.0.1", port=0):
        super().__init__((address, port), _Handler)
        self.got, self.code, self.body, self.more, self.slow = [], 200, b"ok", {}, 0
        self.answer, self.at_once, self.most_at_once = None, 0, 0
        self.counting = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def handle_error(self, request, client_address):
        """Who hangs up on us is wanted by some tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with server.counting:
            server.got.append(Got(self.path, dict(self.headers), body))
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            time.sleep(server.slow)
            (server.answer or _Handler._answer)(self)
        finally:
            with server.counting:
                server.at_once -= 1

    do_GET = do_POST  # noqa: N815  to see that a redirect is not followed

    def _answer(self):
        self.send_response(self.server.code)
        for name, value in self.server.more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_args):
        """The tests look at `got`."""


@contextlib.contextmanager
def receiver(address="127.0.0.1", port=0, tls=None):
    with Receiver(address, port) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def call(webhook):
    """A new event, not yet called; the one call of it."""
    WebhookCall.objects.put([webhook], "delivery.status", document={"id": str(uuid.uuid4()), "number": "F-1"})
    return webhook.calls.latest("pk")


def is_signed(got, secret):
    """As a receiver checks it, by the words of the standard."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.{got.body.decode()}"
    wanted = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(given, f"v1,{wanted}") for given in got.headers["webhook-signature"].split(" ")
    )
