"""A mail provider's answer leads nowhere else: a redirect fails, and the message is tried again later."""

import http.server
import threading

import pytest

from exchange.messages import outbox
from exchange.models import Message
from tests.exchange.test_settings import PRODUCTION, read_settings  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def servers():
    """(address of a provider that redirects, what the other place got)"""
    got: list[bytes] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *said):
            pass

    class Provider(Elsewhere):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{elsewhere.server_port}/mail")
            self.end_headers()

    elsewhere, provider = (http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Elsewhere, Provider))
    for each in (elsewhere, provider):
        threading.Thread(target=each.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{provider.server_port}/", got
    for each in (elsewhere, provider):
        each.shutdown()
        each.server_close()


def test_a_redirect_is_not_followed(servers, read_settings, settings):  # noqa: F811 -- the fixture
    address, got = servers
    production = read_settings(
        **PRODUCTION
        | {
            "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
            "ANYMAIL": f'{{"MAILGUN_API_KEY": "k", "MAILGUN_API_URL": "{address}"}}',
        }
    )
    settings.MAILERS, settings.ANYMAIL = production["MAILERS"], production["ANYMAIL"]
    message = Message.objects.create(channel="email", address="ana@example.edu", subject="Hi", body="Hi", html="Hi")

    assert not outbox.deliver(message.pk)

    assert got == []
    assert Message.objects.waiting().filter(pk=message.pk, error__contains="redirects").exists()
