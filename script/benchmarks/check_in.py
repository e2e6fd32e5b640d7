"""A check-in of many travelers, inside a process with the database: asked, sent, answered, tallied and shown.

The tally of the page must be that of the rows, counted anew by SQL; if it isn't, nothing is measured.
"""

import datetime as dt
import os
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Cycle
from exchange.messages import inbound, outbox
from exchange.models import Message, Role, TextConsent, User
from travel.abroad import accounting
from travel.abroad.actions import check_in as actions
from travel.models import CheckIn, Placement

SILENT, HELP = 50, 25  # every so many say nothing, or ask for help
BY_SQL = """
    SELECT
        count(*) FILTER (WHERE last = 'safe'),
        count(*) FILTER (WHERE last = 'help'),
        count(*) FILTER (WHERE last IS NULL)
    FROM (
        SELECT (
            SELECT kind FROM travel_checkinstep WHERE person_id = person.id AND kind IN ('safe', 'help')
            ORDER BY at DESC, id DESC LIMIT 1
        ) AS last FROM travel_checkinperson AS person WHERE check_in_id = %s
    ) AS people
"""


def measure(cycle: Cycle) -> dict[str, Any]:
    travelers = _send_abroad(cycle, int(os.environ["PEOPLE"]))
    by = User.objects.filter(roles__kind=Role.Kind.COORDINATOR).earliest("pk")
    words = {"why_en": "There was an earthquake nearby.", "why_es": "Hubo un temblor cerca."}
    asked, check_in = _timed(lambda: actions.start(travelers, kind=CheckIn.Kind.REAL, by=by, **words))
    texts = list(Message.objects.filter(channel="text").waiting().values_list("pk", flat=True))
    sent, _done = _timed(lambda: [outbox.deliver(pk) for pk in texts])
    people = list(check_in.people.order_by("pk").values_list("number", flat=True))
    answers = [(number, _answer(place)) for place, number in enumerate(people) if _answer(place)]
    answered, _done = _timed(lambda: [_text_in(number, body) for number, body in answers])
    tallied, tally = _timed(lambda: accounting.tally(check_in.people.values_list("state", flat=True)))
    client = Client(SERVER_NAME="localhost")
    client.force_login(by)
    with CaptureQueriesContext(connection) as queries:
        shown, page = _timed(lambda: client.get(check_in.get_absolute_url()))
    with connection.cursor() as cursor:
        cursor.execute(BY_SQL, [check_in.pk])
        safe, needs_help, silent = cursor.fetchone()
    if (tally.accounted, tally.help, tally.waiting) != (safe, needs_help, silent) or page.status_code != 200:
        raise SystemExit(f"the tally {tally} isn't that of the rows: {safe}, {needs_help}, {silent}")
    return {
        "people": len(travelers),
        "asked": asked,
        "sent": sent,
        "texts": Message.objects.filter(pk__in=texts, sent_at__isnull=False).count(),
        "answered": answered,
        "answers": len(answers),
        "tallied": tallied,
        "shown": shown,
        "queries": len(queries),
        "tally": [safe, needs_help, silent],
    }


def _timed[Found](act: Callable[[], Found]) -> tuple[float, Found]:
    clock = time.perf_counter()
    found = act()
    return time.perf_counter() - clock, found


def _send_abroad(cycle: Cycle, number: int) -> list[Placement]:
    """So many applicants are on a trip that left two days ago, each with a number that takes texts."""
    now, today = timezone.now(), timezone.localdate()
    trip = cycle.trips.earliest("pk")
    trip.leaves_on, trip.arrives_on, trip.returns_on = (today + dt.timedelta(days=days) for days in (-2, -1, 8))
    trip.departed_at = now - dt.timedelta(days=2)
    trip.save()
    applications = list(cycle.applications.filter(status="submitted").select_related("student").order_by("pk")[:number])
    if len(applications) < number:
        raise SystemExit(f"only {len(applications)} could go")
    for place, application in enumerate(applications):
        student = application.student
        student.phone, student.phone_verified_at = f"+1213{2000000 + place}", now
        student.is_active = True
        application.status = "confirmed"
    User.objects.bulk_update([each.student for each in applications], ["phone", "phone_verified_at", "is_active"])
    TextConsent.objects.bulk_create(
        TextConsent(phone=each.student.phone, user=each.student, agreed_at=now, agreed_how="page")
        for each in applications
    )
    type(applications[0]).objects.bulk_update(applications, ["status"])
    by = User.objects.filter(roles__kind=Role.Kind.COORDINATOR).earliest("pk")
    Placement.objects.filter(trip=trip).delete()
    Placement.objects.bulk_create(
        Placement(application=each, trip=trip, rank=1, placed_by=by, travelled_at=trip.departed_at)
        for each in applications
    )
    rows = Placement.objects.filter(trip=trip).select_related("application__student", "trip__city")
    return list(rows.order_by("pk"))


def _answer(place: int) -> str:
    if place % SILENT == 1:
        return ""
    return "2" if place % HELP == 2 else "1"


def _text_in(number: str, body: str) -> None:
    inbound.receive(number, body, message_id=f"bench {number}", sent_at=timezone.now())
