"""What takes a machine out of service, and the page that shows its owners what works."""

import json
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.cache import caches
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone, translation

from exchange.background import alarms, clock, early, lookout, pdfs, status, worker_life
from exchange.background.part import State
from exchange.models import Alarm, Heartbeat, Job, KeptTask, Message
from tests.factories import UserFactory
from tests.factories_applications import UploadFactory
from tests.factories_facts import watch_facts
from tests.factories_travel import StepFileFactory


def broken() -> None:
    raise status.ServiceUnavailable("password=hunter2")


@pytest.fixture
def only_rows(db, monkeypatch):
    """Nothing is probed; worker and beat are alive, and no early warning is due."""
    watch_facts()
    monkeypatch.setattr(status, "probe", lambda probes=None: set())
    monkeypatch.setattr(early, "seconds_off", lambda: 0.0)  # the clock of tests isn't the database server's
    monkeypatch.setattr(early.shutil, "disk_usage", lambda folder: SimpleNamespace(total=100, free=50))
    for name in (worker_life.WORKER, worker_life.URGENT, worker_life.HEAVY, clock.BEAT):
        clock.note(name)


def states() -> dict[str, str]:
    return {part.name: str(part.state) for part in status.parts()}


def test_healthz_answers_without_the_database(client):
    # without the django_db mark, pytest refuses database access
    response = client.get(reverse("healthz"))

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_readyz_asks_the_database_only(client, monkeypatch):
    monkeypatch.setattr(status, "PROBES", dict.fromkeys(status.PROBES, broken) | {"database": lambda: None})

    response = client.get(reverse("readyz"))

    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": "ok"})
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["healthz", "readyz"])
def test_health_addresses_only_answer_questions(client, url):
    assert client.head(reverse(url)).status_code == 200
    assert client.post(reverse(url)).status_code == 405


def test_readyz_without_a_database_takes_the_machine_out_and_tells_no_secret(client, monkeypatch):
    monkeypatch.setattr(status, "PROBES", {"database": broken})

    response = client.get(reverse("readyz"))

    assert (response.status_code, response.json()) == (503, {"status": "failing", "database": "failing"})
    assert b"hunter2" not in response.content


def test_part_that_hangs_is_not_waited_for(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(status, "SECONDS", 0.2)

    assert status.probe({"storage": lambda: over.wait(20), "cache": lambda: None}) == {"storage"}
    over.set()


def test_readyz_answers_within_a_second_although_the_database_does_not(client, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(status, "PROBES", {"database": lambda: over.wait(20)})

    began = time.monotonic()
    assert client.get(reverse("readyz")).status_code == 503
    assert time.monotonic() - began < 2
    over.set()


def broker_at(monkeypatch, url: str) -> None:
    connect = status.current_app.connection_for_write
    monkeypatch.setattr(status.current_app, "connection_for_write", lambda **options: connect(url, **options))


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_every_probe_passes_in_a_portal_that_works(redis_url, monkeypatch):
    broker_at(monkeypatch, redis_url)

    assert status.probe() == set()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/broker.sock"])
def test_broker_that_is_away_is_found(monkeypatch, url):
    broker_at(monkeypatch, url)

    assert status.probe({"broker": status.PROBES["broker"]}) == {"broker"}


def test_cache_mail_server_and_scanner_that_never_answer_are_found(frozen_port, settings, monkeypatch):
    monkeypatch.setattr(status, "SECONDS", 0.5)
    settings.CACHES = {
        "default": {
            "BACKEND": "exchange.background.open_cache.OpenRedisCache",
            "LOCATION": f"redis://127.0.0.1:{frozen_port}/1",
            "OPTIONS": {"socket_timeout": 0.2},
        }
    }
    assert caches["default"].get("anything") is None  # pages go on without it
    smtp = {"host": "127.0.0.1", "port": frozen_port, "timeout": 0.3}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": smtp}}
    settings.CLAMAV_ADDRESS = f"127.0.0.1:{frozen_port}"

    probes = {name: status.PROBES[name] for name in ("cache", "mail", "antivirus")}
    assert status.probe(probes) == {"cache", "mail", "antivirus"}


@pytest.mark.django_db
def test_silent_worker_and_beat_are_found(only_rows):
    assert (states()["worker"], states()["beat"]) == ("ok", "ok")

    Heartbeat.objects.update(at=timezone.now() - status.SILENT_AFTER - timedelta(seconds=1))
    assert (states()["worker"], states()["beat"]) == ("failing", "failing")

    Heartbeat.objects.all().delete()
    assert (states()["worker"], states()["beat"]) == ("failing", "failing")


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["message", "job", "kept task"])
def test_work_that_waits_too_long_is_found(only_rows, what):
    assert states()["queue_celery"] == "ok"
    since = timezone.now() - status.WAITS_TOO_LONG - timedelta(seconds=5)

    if what == "message":
        Message.objects.create(channel="email", address="ana@example.edu", subject="Hi", queued_at=since)
    elif what == "job":
        Job.objects.create(kind="test", key="k", by=UserFactory(coordinator=True), created_at=since)
    else:
        KeptTask.objects.create(name="travel.recompute_checklists", created_at=since)

    assert states()["queue_celery"] == "failing"


def details() -> dict[str, str]:
    return {part.name.removeprefix("queue_"): part.detail for part in status.parts() if part.name.startswith("queue_")}


@pytest.mark.django_db
@pytest.mark.parametrize("known", [{"is_secret": True}, {"is_urgent": True}])
def test_a_code_or_an_alarm_may_wait_for_a_minute_only(only_rows, known):
    message = Message.objects.create(channel="email", address="ana@example.edu", subject="Hi", **known)
    assert (states()["queue_urgent"], states()["queue_celery"]) == ("ok", "ok")
    Message.objects.filter(pk=message.pk).update(queued_at=timezone.now() - timedelta(seconds=75))

    assert (states()["queue_urgent"], states()["queue_celery"]) == ("failing", "ok")
    assert details()["urgent"] == "The oldest has waited 75 seconds."


@pytest.mark.django_db
def test_the_age_of_each_queue_is_a_number(only_rows, monkeypatch):
    assert set(details().values()) == {"Nothing is waiting."}
    since = timezone.now() - timedelta(minutes=7)
    Job.objects.create(kind=pdfs.KIND, key="k", created_at=since)
    file = UploadFactory(received=True, uploaded_at=since)
    UploadFactory(uploaded_at=since - timedelta(hours=1))
    assert details() == {
        "urgent": "Nothing is waiting.",
        "celery": "Nothing is waiting.",
        "uploads": "The oldest has waited 7 minutes.",
        "heavy": "The oldest has waited 7 minutes.",
    }
    file.delete()
    StepFileFactory(state="received", checked_at=None, uploaded_at=timezone.now() - timedelta(minutes=11))
    assert states()["queue_uploads"] == "failing"
    with translation.override("es"):
        assert details()["uploads"] == "Lo más antiguo lleva 11 minutos esperando."
    StepFileFactory(state="received", checked_at=None, uploaded_at=timezone.now() - timedelta(hours=20, minutes=46))
    assert details()["uploads"] == "The oldest has waited 20 hours."


@pytest.mark.django_db
def test_texts_that_nobody_gets_are_found_while_one_that_waits_for_morning_is_fine(only_rows):
    long_ago = timezone.now() - timedelta(hours=1)
    text = Message.objects.create(
        channel="text", address="+12135550123", queued_at=long_ago, send_after=timezone.now() + timedelta(hours=5)
    )
    assert (states()["texts"], states()["queue_celery"]) == ("ok", "ok")

    Message.objects.filter(pk=text.pk).update(error="no credit", attempts=1)
    assert states()["texts"] == "failing"

    Message.objects.create(channel="text", address="+12135550124", queued_at=long_ago, sent_at=timezone.now())
    assert states()["texts"] == "ok"


@pytest.mark.django_db
def test_status_page_is_for_owners_and_names_what_fails(only_rows, sign_in):
    owner = UserFactory(is_staff=True, is_superuser=True)
    Heartbeat.objects.filter(name=clock.BEAT).delete()

    page = sign_in(owner).get(reverse("status")).content.decode()

    assert "Everything works." not in page and "No sign of it so far." in page
    assert reverse("status-runbook") + "#worker" in page  # the section that "beat" shares
    assert sign_in(UserFactory(coordinator=True)).get(reverse("status")).status_code == 403


# --- The alarm --------------------------------------------------------------------------------------


@pytest.fixture
def owner(db):
    return UserFactory(is_staff=True, is_superuser=True, email="owner@example.gov", language="es")


def look_later(watch, minutes: int) -> list[str]:
    """Look as if that much time had passed."""
    Alarm.objects.filter(ended_at=None).update(began_at=timezone.now() - timedelta(minutes=minutes))
    return watch.look()


def test_owners_are_told_once_of_what_fails_for_a_while(only_rows, owner, mailoutbox):
    watch = alarms.Watch()
    Heartbeat.objects.filter(name=clock.BEAT).update(at=timezone.now() - timedelta(hours=1))

    assert watch.look() == []  # it may only be starting again
    assert look_later(watch, 3) == ["beat"]
    assert look_later(watch, 60) == []
    assert alarms.Watch().look() == []  # nor by another process

    [told] = mailoutbox
    assert told.to == ["owner@example.gov"]
    assert told.subject == "Portal de intercambio, no funciona: Programador de tareas"
    assert "Última señal: " in told.body and "/status/" in told.body

    clock.note(clock.BEAT)  # it is back, and fails anew
    assert watch.look() == alarms.Watch().look() == []
    assert len(mailoutbox) == 2
    assert mailoutbox[1].subject == "Portal de intercambio, vuelve a funcionar: Programador de tareas"
    Heartbeat.objects.filter(name=clock.BEAT).delete()
    watch.look()
    assert look_later(watch, 3) == ["beat"]
    assert len(mailoutbox) == 3


def test_what_failed_for_a_moment_and_was_not_told_is_not_told_to_be_back(only_rows, owner, mailoutbox):
    watch = alarms.Watch()
    Heartbeat.objects.filter(name=clock.BEAT).delete()
    watch.look()
    clock.note(clock.BEAT)
    watch.look()
    assert not mailoutbox


def test_an_early_warning_is_told_and_told_again_when_the_part_fails(only_rows, owner, mailoutbox):
    watch, until = alarms.Watch(), timezone.now() + timedelta(days=20)
    clock.note(lookout.ENDS, until)
    watch.look()
    assert look_later(watch, 3) == ["certificate:soon"]
    clock.note(lookout.ENDS, until - timedelta(days=14))
    watch.look()
    assert look_later(watch, 3) == ["certificate"]
    clock.note(lookout.ENDS, until + timedelta(days=70))
    watch.look()

    subjects = [message.subject.partition(", ")[2] for message in mailoutbox]
    part = "Certificado del sitio"
    assert subjects == [f"requiere atención: {part}", f"no funciona: {part}", f"vuelve a funcionar: {part}"]


def test_a_queue_that_is_a_little_late_is_only_on_the_page(only_rows, owner, mailoutbox):
    since = timezone.now() - timedelta(minutes=2)
    Message.objects.create(channel="email", address="ana@example.edu", subject="Hi", queued_at=since)
    assert states()["queue_celery"] == "soon"
    watch = alarms.Watch()
    watch.look()
    assert look_later(watch, 3) == []


def test_owner_whom_mail_did_not_reach_is_told_later(only_rows, owner, mailoutbox, monkeypatch):
    watch = alarms.Watch()
    Heartbeat.objects.filter(name=clock.BEAT).delete()
    watch.look()
    with monkeypatch.context() as away:
        away.setattr(alarms.EmailMessage, "send", lambda self: (_ for _ in ()).throw(OSError("away")))
        assert look_later(watch, 3) == []

    assert look_later(watch, 4) == ["beat"]
    assert len(mailoutbox) == 1


def test_what_mail_cannot_tell_is_told_at_the_operators_own_address(
    only_rows, owner, settings, mailoutbox, monkeypatch, posted
):
    settings.ALARM_URL = posted.address
    watch = alarms.Watch()
    Heartbeat.objects.filter(name=clock.BEAT).delete()
    watch.look()
    with monkeypatch.context() as away:
        away.setattr(alarms.EmailMessage, "send", lambda self: (_ for _ in ()).throw(OSError("away")))
        assert look_later(watch, 3) == ["beat"]
    assert look_later(watch, 4) == []

    [said] = [json.loads(body)["text"] for _path, body in posted.got]
    assert said.startswith("Exchange portal, not working: Scheduler\n\nScheduler: not working since ")
    assert said.endswith("/status/") and "owner@example.gov" not in said
    assert not mailoutbox


def test_an_address_that_does_not_answer_leaves_the_mail(
    only_rows, owner, settings, mailoutbox, monkeypatch, frozen_port
):
    monkeypatch.setattr(alarms, "SECONDS", 0.2)
    settings.ALARM_URL = f"http://127.0.0.1:{frozen_port}/hook"
    watch = alarms.Watch()
    Heartbeat.objects.filter(name=clock.BEAT).delete()
    watch.look()
    assert look_later(watch, 3) == ["beat"]
    assert len(mailoutbox) == 1


def test_owners_are_told_of_the_database_by_what_the_process_remembers(only_rows, owner, mailoutbox, monkeypatch):
    watch = alarms.Watch()
    watch.look()

    def away(*_args):
        raise DatabaseError("away")

    with monkeypatch.context() as without:
        without.setattr(alarms, "_look", away)
        assert watch.look() == []
        watch.away_since -= timedelta(minutes=3)
        assert (watch.look(), watch.look()) == (["database"], [])
    assert (watch.look(), watch.look()) == ([], [])

    assert [message.to for message in mail.outbox] == [["owner@example.gov"]] * 2
    assert mail.outbox[1].subject == "Portal de intercambio, vuelve a funcionar: Base de datos"


@pytest.mark.django_db
def test_a_portal_that_scans_no_files_says_so(only_rows, settings):
    settings.CLAMAV_ADDRESS = ""
    (scanner,) = [part for part in status.parts() if part.name == "antivirus"]

    assert (scanner.state, scanner.raises_alarm) == (State.OFF, False)
    assert "not scanned for viruses" in scanner.detail
