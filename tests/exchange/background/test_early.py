"""Early warnings: what is looked at, who is asked, and from when on it is told."""

import datetime as dt
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from exchange.background import clock, early, lookout
from exchange.management.commands import watch
from exchange.models import Backup, Heartbeat
from exchange.reference import facts
from tests.factories_facts import watch_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(monkeypatch):
    watch_facts()
    monkeypatch.setattr(early, "seconds_off", lambda: 0.0)


def part(name):
    (found,) = [each for each in early.parts(facts.numbers(*early.KEYS), timezone.now()) if each.name == name]
    return found


@pytest.mark.parametrize(("free", "state"), [(40, "ok"), (15, "ok"), (14, "soon"), (5, "soon"), (4, "failing")])
def test_the_fullest_disk_counts(settings, tmp_path, monkeypatch, free, state):
    settings.BACKUP_DIR = str(tmp_path)
    disks = {str(tmp_path): free, str(settings.DATA_DIR): 60}
    monkeypatch.setattr(early.shutil, "disk_usage", lambda folder: SimpleNamespace(total=100, free=disks[str(folder)]))

    assert (part("disk").state, part("disk").detail) == (state, f"{free}% is free where {tmp_path} is.")


def test_a_folder_of_backups_that_is_away_is_no_disk(settings):
    settings.BACKUP_DIR = "/no/such/folder"
    assert str(settings.DATA_DIR) in part("disk").detail


@pytest.mark.parametrize(
    ("days", "state", "left"),
    [(90, "ok", "90 days left"), (21, "ok", "21 days left"), (20, "soon", "20 days left"), (7, "soon", "7 days left"),
     (6, "failing", "6 days left"), (1, "failing", "1 day left"), (-1, "failing", "it ended")],
)  # fmt: skip
def test_a_certificate_is_told_three_weeks_before_its_end(days, state, left):
    assert part("certificate").state == "off"
    clock.note(lookout.ENDS, timezone.now() + dt.timedelta(days=days, minutes=5))
    assert (part("certificate").state, part("certificate").detail.endswith(f"{left}.")) == (state, True)


def test_a_clock_that_is_off_or_that_nobody_sets_is_told(settings, monkeypatch):
    monkeypatch.setattr(early, "is_set_by_a_server", lambda: True)
    settings.DEMO = False
    assert part("clock").state == "ok"
    monkeypatch.setattr(early, "seconds_off", lambda: -6.4)
    assert (part("clock").state, "6 seconds" in part("clock").detail) == ("soon", True)
    monkeypatch.setattr(early, "seconds_off", lambda: 4.0)
    monkeypatch.setattr(early, "is_set_by_a_server", lambda: False)
    assert (part("clock").state, "time server" in part("clock").detail) == ("soon", True)


def test_the_kernel_says_whether_somebody_sets_the_clock():
    assert early.is_set_by_a_server() in (True, False)


@pytest.mark.real_clock
def test_the_database_server_on_this_machine_has_the_same_clock(monkeypatch):
    monkeypatch.undo()
    assert abs(early.seconds_off()) < 2
    assert connection.vendor == "postgresql" or early.seconds_off() == 0


def test_weak_libraries_are_named(settings):
    settings.ADVISORIES_URL = ""
    assert part("libraries").state == "off"
    settings.ADVISORIES_URL = "https://advisories.example/"
    assert part("libraries").state == "off"
    clock.note(f"{lookout.ASKED}{lookout.LIBRARIES}")
    assert part("libraries").state == "ok"
    clock.note(f"{lookout.WEAK}segno")
    clock.note(f"{lookout.WEAK}Django")
    assert (part("libraries").state, part("libraries").detail) == ("soon", "With a known weakness: Django, segno.")


# --- Who is asked -----------------------------------------------------------------------------------


@pytest.fixture
def advisories(settings):
    """In the form of osv.dev's querybatch; `weak` may be changed."""
    weak, asked = {"segno", "django"}, []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self):
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.append({each["package"]["name"].lower() for each in queries})
            found = [{"vulns": [{"id": "X"}]} if each["package"]["name"].lower() in weak else {} for each in queries]
            content = json.dumps({"results": found}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said):
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ADVISORIES_URL = f"http://127.0.0.1:{server.server_port}/"
    yield weak, asked
    server.shutdown()
    server.server_close()


def a_day_later():
    Heartbeat.objects.filter(name__startswith=lookout.ASKED).update(at=timezone.now() - dt.timedelta(days=1, minutes=1))


def test_a_service_is_asked_about_the_libraries_once_a_day(advisories):
    weak, asked = advisories
    lookout.look()
    lookout.look()
    assert [name.lower() for name in lookout.weak_libraries()] == ["django", "segno"]
    assert len(asked) == 1 and {"celery", "pillow", "cryptography"} <= asked[0]

    weak.remove("segno")
    a_day_later()
    lookout.look()
    assert [name.lower() for name in lookout.weak_libraries()] == ["django"]


def test_an_update_tells_of_weak_libraries_before_the_release_goes_live(
    advisories, capsys, settings, frozen_port, monkeypatch
):
    weak, _asked = advisories
    call_command("advisories")
    assert capsys.readouterr().out.lower().startswith("libraries with a known weakness: django, segno.")
    weak.clear()
    call_command("advisories")
    assert capsys.readouterr().out == "No library has a known weakness.\n"
    monkeypatch.setattr(lookout, "SECONDS", 0.3)
    settings.ADVISORIES_URL = f"http://127.0.0.1:{frozen_port}/"
    call_command("advisories")
    assert "weren't compared" in capsys.readouterr().out  # and the update goes on
    assert not Heartbeat.objects.exists()


def test_a_service_that_is_away_is_not_asked_every_minute_and_stops_nothing(settings, frozen_port, monkeypatch):
    monkeypatch.setattr(lookout, "SECONDS", 0.3)
    settings.ADVISORIES_URL, settings.SITE_URL = f"http://127.0.0.1:{frozen_port}/", f"https://127.0.0.1:{frozen_port}"
    clock.note(f"{lookout.WEAK}segno")
    lookout.look()
    assert lookout.weak_libraries() == ["segno"]  # what is known stays
    monkeypatch.setattr(lookout, "ASKING", {name: (every, pytest.fail) for name, (every, _) in lookout.ASKING.items()})
    lookout.look()


def test_watch_says_each_time_that_it_has_looked(settings, monkeypatch, frozen_port, posted):
    monkeypatch.setattr(watch, "Watch", lambda: SimpleNamespace(look=list))
    call_command("watch", once=True)
    settings.WATCH_PING_URL = f"{posted.address}/secret"
    call_command("watch", once=True)
    assert posted.got == [("/secret", b"")]

    monkeypatch.setattr(lookout, "SECONDS", 0.3)
    settings.WATCH_PING_URL = f"http://127.0.0.1:{frozen_port}/secret"
    lookout.ping()  # a service that is away ends nothing


def test_a_database_that_is_away_does_not_end_watch(monkeypatch):
    def away(name):
        raise OperationalError("away")

    monkeypatch.setattr(lookout, "asked_at", away)
    lookout.look()


@pytest.mark.parametrize(
    ("minutes_ago", "failed_minutes_ago", "state"),
    [(2, None, "ok"), (2, 60, "ok"), (14, 3, "soon"), (16, 3, "failing"), (16, None, "failing"),
     (None, None, "ok"), (None, 1, "failing")],
)  # fmt: skip
def test_an_archive_that_stopped_is_told(monkeypatch, minutes_ago, failed_minutes_ago, state):
    def ago(minutes):
        return minutes and timezone.now() - dt.timedelta(minutes=minutes)

    monkeypatch.setattr(early, "archived", lambda: (True, ago(minutes_ago), ago(failed_minutes_ago)))
    assert part("archive").state == state


def test_a_database_without_an_archive_says_so():
    assert early.archived() == (False, None, None)
    assert (part("archive").state, "last backup" in part("archive").detail) == ("off", True)


@pytest.fixture
def site(tmp_path, settings):
    """Answers over TLS with a certificate of its own making, which ended yesterday."""
    key, ended = ec.generate_private_key(ec.SECP256R1()), dt.datetime(2026, 11, 2, 10, 30, tzinfo=dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "exchange.example.gov")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ended - dt.timedelta(days=90))
        .not_valid_after(ended)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SITE_URL = f"https://127.0.0.1:{server.server_port}"
    yield ended
    server.shutdown()
    server.server_close()


def test_the_certificate_is_read_at_the_public_address_even_after_its_end(site):
    lookout.look()
    assert lookout.certificate_ends_at() == site


def test_a_site_without_tls_has_none(settings):
    settings.SITE_URL = "http://127.0.0.1:9"
    lookout.look()
    assert lookout.certificate_ends_at() is None


def test_no_page_asks_another_machine(monkeypatch):
    """The page reads rows; only watch asks."""
    for name in ("create_connection", "socket"):
        monkeypatch.setattr(lookout.socket, name, pytest.fail)
    Backup.objects.all().delete()
    assert {each.name for each in early.parts(facts.numbers(*early.KEYS), timezone.now())} == {
        "disk", "certificate", "clock", "archive", "libraries",
    }  # fmt: skip
