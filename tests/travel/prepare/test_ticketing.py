"""The list for the airline: who is asked and when, who sees it, one download and its record, and an end."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from applications.models import Disclosure
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event, OfficeTask
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    PlacementFactory,
    TripFactory,
    born_on,
    in_days,
    travel_facts,
)
from travel.base import task_rows
from travel.base.names import FullName
from travel.models import TicketingDetails, TicketingExport, TicketName, Trip
from travel.prepare.ticketing import actions as ticketing
from travel.prepare.ticketing.actions import Details

pytestmark = pytest.mark.django_db

BORN = dt.date(2006, 3, 9)
NAME = FullName("REYES ORTEGA", "MARISOL")


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


@pytest.fixture
def ben(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ben Cruz")


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def typed(**changes):
    return {"surnames": "REYES ORTEGA", "given": "MARISOL", "born": BORN.isoformat(), "marker": "F", **changes}


def give(placement, name=NAME, born=BORN, marker="F"):
    return ticketing.give(placement, Details(name, born, marker), by=placement.application.student)


def stale(settings):
    """From now on nobody has just proved who they are."""
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1


# --- The student ------------------------------------------------------------------------------------


def test_a_student_gives_details_that_are_sealed_and_close_the_step(sign_in, ana):
    step = ChecklistStepFactory(cycle=ana.trip.cycle, key="ticketing", evidence="page", evidence_key="ticketing")
    item = ChecklistItemFactory(placement=ana, step=step)
    client = sign_in(ana.application.student)
    shown = text(client.get(page("placement-ticketing", ana.code)))
    assert "Why we ask" in shown and "we delete it 7 days after you’re back" in shown and "No one so far." in shown

    client.post(page("placement-ticketing-form", ana.code), typed())

    item.refresh_from_db()
    assert item.done_via == "evidence"
    assert Details.of(TicketingDetails.objects.get()) == Details(NAME, BORN, "F")
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM travel_ticketingdetails")
        stored = cursor.fetchone()[0]
    assert "REYES" not in stored and "2006" not in stored
    shown = text(client.get(page("placement-ticketing", ana.code)))
    assert "We’ve had them since" in shown and "REYES" not in shown


def test_what_was_given_is_shown_only_after_a_fresh_proof(sign_in, ana, settings):
    give(ana)
    client = sign_in(ana.application.student)
    assert 'value="MARISOL"' in text(client.get(page("placement-ticketing-form", ana.code)))
    stale(settings)
    answer = client.get(page("placement-ticketing-form", ana.code))
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]


def test_nobody_is_asked_before_the_window_or_after_departure(sign_in, ana):
    Trip.objects.update(leaves_on=in_days(120), returns_on=in_days(130))
    client = sign_in(ana.application.student)
    assert "You don’t need to do anything now." in text(client.get(page("placement-ticketing", ana.code)))
    assert client.get(page("placement-ticketing-form", ana.code)).status_code == 302
    assert 'id="ticketing"' not in text(client.get(ana.get_absolute_url()))
    with pytest.raises(RuleViolation, match="don’t ask for this yet"):
        give(ana)
    Trip.objects.update(leaves_on=in_days(-1), returns_on=in_days(9), departed_at=timezone.now())
    type(ana).objects.update(travelled_at=timezone.now())
    with pytest.raises(RuleViolation, match="Your group has left"):
        give(ana)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surnames": "", "given": ""}, "Type your name as it’s printed"),
        ({"surnames": "張", "given": "偉"}, "any letters from A to Z"),
        ({"born": "2099-01-01"}, "Check your date of birth."),
        ({"born": ""}, "Enter your date of birth."),
        ({"marker": ""}, "Choose the letter your passport prints"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_on_the_page(sign_in, ana, changes, message):
    shown = text(sign_in(ana.application.student).post(page("placement-ticketing-form", ana.code), typed(**changes)))
    assert message in shown and not TicketingDetails.objects.exists()
    if "given" not in changes:
        assert 'value="MARISOL"' in shown


def test_who_wants_to_talk_first_gets_a_person_and_is_on_no_list(sign_in, ana, ben, office):
    give(ana, marker="talk")
    give(ben)
    task = OfficeTask.objects.get()
    assert (task.kind, task.owner, task.due_on) == ("travel.ticketing_talk", None, task_rows.due_on())
    assert task.due_on > in_days(0) and task.person == ana.application.student
    made = ticketing.export(ana.trip, "csv", by=office)
    assert [placement for placement, _details in made.rows] == [ben]
    assert (made.export.count, made.export.missing) == (1, 1)
    give(ana)
    assert not OfficeTask.objects.open().exists()


def test_the_name_is_compared_with_the_ticket(sign_in, ana, office):
    give(ana)
    ticket = TicketName.objects.create(placement=ana, surnames="REYES ORTEGA", given="MARISOL", written_by=office)
    client = sign_in(ana.application.student)
    assert "The name is the same as the one on your ticket." in text(client.get(page("placement-ticketing", ana.code)))
    ticket.given = "MARIA"
    ticket.save()
    assert "isn’t the same as the one on your ticket" in text(client.get(page("placement-ticketing", ana.code)))
    assert "The name differs from the one on the ticket." in text(
        sign_in(office).get(page("trip-ticketing", ana.trip.code))
    )


def test_a_date_of_birth_that_differs_from_the_application_is_flagged(sign_in, ana, office):
    born_on(ana.application, "2006-03-19")
    give(ana)
    shown = text(sign_in(office).get(page("trip-ticketing", ana.trip.code)))
    assert "The date of birth differs from the application." in shown and "2006" not in shown


def test_a_student_deletes_them(sign_in, ana, office):
    give(ana)
    ticketing.export(ana.trip, "csv", by=office)
    client = sign_in(ana.application.student)
    client.post(page("placement-ticketing-remove", ana.code))
    client.post(page("placement-ticketing-remove", ana.code))
    assert not TicketingDetails.objects.exists()
    assert OfficeTask.objects.get().kind == "travel.ticketing_changed"


# --- The list ---------------------------------------------------------------------------------------


def test_the_office_sees_who_is_missing_and_downloads_once(sign_in, ana, ben, office):
    give(ana)
    client = sign_in(office)
    shown = text(client.get(page("trip-ticketing", ana.trip.code)))
    assert "1 of 2 ready" in shown and "Missing from this list:" in shown and "REYES" not in shown

    answer = client.post(page("trip-ticketing-export", ana.trip.code), {"kind": "csv"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["Surnames", "Given names", "Date of birth", "Gender marker"],
        ["REYES ORTEGA", "MARISOL", "2006-03-09", "F"],
    ]
    assert answer["Cache-Control"].startswith("max-age=0, no-cache")
    made = TicketingExport.objects.get()
    assert (made.by, made.count, made.missing, made.is_first) == (office, 1, 1, True)
    assert Event.objects.filter(action="ticketing.export").count() == 1
    assert AccessRecord.objects.filter(student=ana.application.student, what="ticketing", by=office).exists()
    assert Disclosure.objects.get().application == ana.application
    student = sign_in(ana.application.student)
    assert "for the list to the airline or agency" in text(student.get(page("placement-ticketing", ana.code)))


def test_a_second_download_needs_a_reason_and_is_recorded(sign_in, ana, office):
    give(ana)
    client, address = sign_in(office), page("trip-ticketing-export", ana.trip.code)
    client.post(address, {"kind": "csv"})
    assert "Say why it’s needed again." in text(client.post(address, {"kind": "csv", "reason": " "}))
    with pytest.raises(RuleViolation, match="was sent before"):
        ticketing.export(ana.trip, "csv", by=office)
    answer = client.post(address, {"kind": "xlsx", "reason": "One name changed"})
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert [each.reason for each in TicketingExport.objects.order_by("pk")] == ["", "One name changed"]
    assert "One name changed" in text(client.get(page("trip-ticketing", ana.trip.code)))


def test_a_download_asks_for_a_fresh_proof(sign_in, ana, office, settings):
    give(ana)
    client = sign_in(office)
    stale(settings)
    for answer in (
        client.post(page("trip-ticketing-export", ana.trip.code), {"kind": "csv"}),
        client.post(page("placement-ticketing-look", ana.code), {"what_for": "check"}),
    ):
        assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert not TicketingExport.objects.exists() and not Event.objects.filter(action="ticketing.view").exists()


def test_a_name_like_a_formula_stays_a_name(sign_in, ana, office):
    give(ana, FullName("=CMD REYES", "+MARISOL"))
    answer = sign_in(office).post(page("trip-ticketing-export", ana.trip.code), {"kind": "csv"})
    assert "'=CMD REYES,'+MARISOL" in answer.content.decode("utf-8-sig")


def test_a_change_after_the_list_was_sent_is_a_task_for_who_sent_it(sign_in, ana, office):
    give(ana)
    ticketing.export(ana.trip, "csv", by=office)
    give(ana)  # the same again
    assert not OfficeTask.objects.exists()
    give(ana, FullName("REYES", "MARISOL"))
    give(ana, FullName("REYES", "MARISOL ANA"))
    task = OfficeTask.objects.open().get()
    assert (task.kind, task.owner, task.due_on) == ("travel.ticketing_changed", office, in_days(0))
    shown = text(sign_in(office).get(page("trip-ticketing", ana.trip.code)))
    assert "changed after the list was sent" in shown
    ticketing.export(ana.trip, "csv", reason="A name changed", by=office)
    assert "changed after the list was sent" not in text(sign_in(office).get(page("trip-ticketing", ana.trip.code)))


def test_nothing_to_send_and_a_group_that_left_are_said(ana, office):
    with pytest.raises(RuleViolation, match="nothing to send"):
        ticketing.export(ana.trip, "csv", by=office)
    give(ana)
    Trip.objects.update(departed_at=timezone.now())
    with pytest.raises(RuleViolation, match="has left"):
        ticketing.export(ana.trip, "csv", by=office)


def test_nobody_makes_a_list_or_opens_details_of_themselves(ana, office):
    give(ana)
    student = ana.application.student
    with pytest.raises(RuleViolation, match="yourself"):
        ticketing.export(ana.trip, "csv", by=student)
    row = TicketingDetails.objects.select_related("placement__application").get()
    with pytest.raises(RuleViolation, match="your own"):
        ticketing.look(row, what_for="check", by=student)


def test_one_students_details_are_opened_for_a_reason_that_the_student_reads(sign_in, ana, office):
    give(ana)
    client = sign_in(office)
    assert client.post(page("placement-ticketing-look", ana.code), {"what_for": "curious"}).status_code == 302
    assert not Event.objects.filter(action="ticketing.view").exists()
    shown = text(client.post(page("placement-ticketing-look", ana.code), {"what_for": "check"}))
    assert "REYES ORTEGA" in shown and "March 9, 2006" in shown
    student = sign_in(ana.application.student)
    assert "to compare them with the ticket" in text(student.get(page("placement-ticketing", ana.code)))


def test_a_student_reads_each_look_at_their_own_details_newest_first(ana, ben, office):
    rows = {each: give(each) for each in (ana, ben)}
    for what_for in ("check", "question"):
        ticketing.look(rows[ana], what_for=what_for, by=office)
    ticketing.look(rows[ben], what_for="help", by=office)
    assert [look.what_for for look in ticketing.looks_at(ana)] == [
        "because the airline or agency asked",
        "to compare them with the ticket",
    ]
    assert [look.what_for for look in ticketing.looks_at(ben)] == ["because you asked for help"]
    assert ticketing.looks_at(PlacementFactory(trip=ana.trip)) == []


def test_who_would_like_to_talk_first_has_not_given_them(ana, ben):
    assert not ticketing.is_there(ana)
    give(ana, marker="talk")
    give(ben)
    assert (ticketing.is_there(ana), ticketing.is_there(ben)) == (False, True)
    give(ana, marker="X")
    assert ticketing.is_there(ana)
    ticketing.remove(ana, by=ana.application.student)
    assert not ticketing.is_there(ana)


def test_the_page_takes_the_same_queries_at_any_size(sign_in, ana, office, django_assert_max_num_queries):
    give(ana)
    client, address = sign_in(office), page("trip-ticketing", ana.trip.code)
    client.get(address)
    with django_assert_max_num_queries(10) as first:
        client.get(address)
    for _number in range(6):
        give(PlacementFactory(trip=ana.trip))
    with django_assert_max_num_queries(10) as second:
        client.get(address)
    assert len(first) == len(second)


def test_nobody_else_sees_it(sign_in, ana, trip):
    give(ana)
    leader = UserFactory()
    ContactFactory(host=None, trip=trip, user=leader)
    others = (PlacementFactory(trip=trip).application.student, leader)
    for person in (*others, UserFactory(advisor=ana.application.college), UserFactory(director=True)):
        assert not TicketingDetails.objects.visible_to(person).exists()
        assert not TicketingExport.objects.visible_to(person).exists()
        client = sign_in(person)
        for answer in (
            client.get(page("placement-ticketing", ana.code)),
            client.get(page("trip-ticketing", trip.code)),
            client.post(page("placement-ticketing-look", ana.code), {"what_for": "check"}),
            client.post(page("trip-ticketing-export", trip.code), {"kind": "csv"}),
        ):
            assert answer.status_code in (403, 404)


def test_it_is_deleted_after_the_return_and_at_once_for_who_does_not_go(ana, ben):
    give(ana)
    give(ben)
    ben.application.status, ben.application.withdrawn_at = "withdrawn", timezone.now()
    ben.application.save(update_fields=["status", "withdrawn_at"])
    assert ticketing.forget(days=7, dry_run=True) == 1
    ticketing.forget(days=7)
    assert [row.placement for row in TicketingDetails.objects.all()] == [ana]
    Trip.objects.update(leaves_on=in_days(-20), returns_on=in_days(-7))
    assert ticketing.forget(days=7) == 0
    Trip.objects.update(returns_on=in_days(-8))
    assert ticketing.forget(days=7) == 1 and not TicketingDetails.objects.exists()


# --- Rows that can't be -----------------------------------------------------------------------------


def made(trip, office, **values):
    return lambda: TicketingExport.objects.create(trip=trip, kind="csv", missing=0, by=office, **{"count": 1, **values})


def test_ticketingexport_one_first_per_trip(trip, office):
    made(trip, office)()
    refused("ticketingexport_one_first_per_trip", made(trip, office))


def test_ticketingexport_again_has_a_reason(trip, office):
    refused("ticketingexport_again_has_a_reason", made(trip, office, is_first=False))


def test_ticketingexport_holds_somebody(trip, office):
    refused("ticketingexport_holds_somebody", made(trip, office, count=0))
