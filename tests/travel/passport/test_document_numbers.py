"""Document numbers: requested with a reason, sealed, opened for a purpose, removed; and found nowhere else."""

import datetime as dt
import json
import logging

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact, Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_travel import PassportCaseFactory, PlacementFactory, checklist_steps, in_days, travel_facts
from tests.test_attacks import at_once, post
from travel import tasks
from travel.models import DocumentNumber, NumberNeed
from travel.office.own_data import export
from travel.passport.numbers import actions

pytestmark = pytest.mark.django_db
NUMBER = "X48213097"


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def placement():
    placement = PlacementFactory()
    PassportCaseFactory(placement=placement)
    checklist_steps(placement.trip.cycle)
    return placement


@pytest.fixture
def asked(placement, office):
    reasons = {"reason_en": "The consulate asks for it.", "reason_es": "El consulado lo pide."}
    return actions.ask(placement.trip, "consulate", by=office, **reasons)


@pytest.fixture
def given(asked, placement):
    return actions.give(placement, "consulate", NUMBER, by=placement.application.student)


def own_page(placement):
    return reverse("travel:placement-numbers", args=[placement.code])


def look_page(placement):
    return reverse("travel:placement-number-look", args=[placement.code, "consulate"])


def withdraw(placement):
    placement.application.status, placement.application.withdrawn_at = "withdrawn", timezone.now()
    placement.application.save()


def code_of(call, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        call(*args, **kwargs)
    return caught.value.code


# --- The switch -------------------------------------------------------------------------------------


def test_off_by_default_nobody_is_asked_and_nothing_is_kept(sign_in, placement):
    student = sign_in(placement.application.student)
    assert "We don’t need a number from you" in student.get(own_page(placement)).text
    assert "Enter the number" not in student.get(reverse("travel:checklist-detail", args=[placement.code])).text
    args = (placement, "consulate", NUMBER)
    assert code_of(actions.give, *args, by=placement.application.student) == "not_asked"
    assert not DocumentNumber.objects.exists()


def test_the_office_switches_it_on_with_a_reason_and_the_students_are_told_without_it(sign_in, placement, office):
    page = reverse("travel:trip-numbers", args=[placement.trip.code])
    here = sign_in(office)
    assert "Students aren’t asked for a number" in here.get(page).text
    assert here.post(page, {"purpose": "consulate"}).status_code == 200  # no reason, no switch
    data = {"purpose": "consulate", "reason_en": "The consulate asks for it.", "reason_es": "El consulado lo pide."}
    assert [here.post(page, data).status_code for _tap in range(2)] == [302, 302]
    assert NumberNeed.objects.get().reason_en == "The consulate asks for it."
    message = Message.objects.get()
    assert own_page(placement) in message.body and "consulate" not in message.body
    assert Event.objects.get(action="number.ask").reason == "The consulate asks for it."


def test_switching_off_removes_what_was_given(placement, given, office):
    need = NumberNeed.objects.get()
    assert [actions.end(need, by=office) for _twice in range(2)] == [1, 0]
    assert not DocumentNumber.objects.exists()
    args = (placement, "consulate", NUMBER)
    assert code_of(actions.give, *args, by=placement.application.student) == "not_asked"


def test_a_trip_that_is_home_asks_nobody(office):
    trip = PlacementFactory(returned=True).trip
    assert code_of(actions.ask, trip, "airline", reason_en="x", reason_es="x", by=office) == "is_home"


# --- The student ------------------------------------------------------------------------------------


def test_the_student_reads_why_and_writes_it(sign_in, placement, asked):
    student = sign_in(placement.application.student)
    assert "Enter the number" in student.get(reverse("travel:checklist-detail", args=[placement.code])).text
    page = student.get(own_page(placement)).text
    assert "The consulate asks for it." in page and "Only the city’s exchange team" in page
    wrong = student.post(own_page(placement), {"purpose": "consulate", "consulate-number": "12 €"})
    assert "Check the number." in wrong.text
    for _tap in range(2):
        data = {"purpose": "consulate", "consulate-number": " x4821-3097 "}
        assert student.post(own_page(placement), data).status_code == 302
    kept = DocumentNumber.objects.get()
    assert (kept.number, kept.expires_on) == (NUMBER, placement.trip.returns_on + dt.timedelta(days=30))
    assert Event.objects.filter(action="number.give").count() == 1
    assert NUMBER not in student.get(own_page(placement)).text
    student.post(own_page(placement), {"purpose": "consulate", "remove": "1"})
    assert not DocumentNumber.objects.exists()


def test_the_database_holds_cipher_text(given):
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM travel_documentnumber")
        (stored,) = cursor.fetchone()
    assert NUMBER not in stored and DocumentNumber.objects.get().number == NUMBER
    with pytest.raises(Exception, match="Unsupported lookup|lookup"):
        DocumentNumber.objects.filter(number=NUMBER).exists()


def test_a_withdrawn_student_writes_none(placement, asked):
    withdraw(placement)
    args = (placement, "consulate", NUMBER)
    assert code_of(actions.give, *args, by=placement.application.student) == "withdrawn"


# --- Looking ----------------------------------------------------------------------------------------


def test_a_coordinator_says_what_for_and_the_student_sees_each_look(sign_in, placement, given, office):
    here = sign_in(office)
    assert here.get(look_page(placement)).status_code == 405
    assert here.post(look_page(placement)).status_code == 302  # no purpose, no number
    page = here.post(look_page(placement), {"what_for": "visa_form"})
    assert NUMBER in page.text and "no-store" in page.headers["Cache-Control"]
    event = Event.objects.get(action="number.view")
    assert (event.by, event.changes) == (office, {"purpose": "consulate", "what_for": "visa_form"})
    seen = sign_in(placement.application.student).get(own_page(placement)).text
    assert "to fill in the visa form" in seen and NUMBER not in seen


def test_only_the_student_and_the_office_have_a_scope(placement, given, office):
    advisor = UserFactory(advisor=placement.application.college)
    people = [placement.application.student, office, advisor, UserFactory(director=True), UserFactory()]
    assert [DocumentNumber.objects.visible_to(user).exists() for user in people] == [True, True, False, False, False]
    DocumentNumber.objects.update(expires_on=in_days(-1))
    assert not DocumentNumber.objects.visible_to(office).exists()


def test_after_its_last_day_nobody_of_the_office_opens_it(sign_in, placement, given, office):
    DocumentNumber.objects.update(expires_on=in_days(-1))
    assert sign_in(office).post(look_page(placement), {"what_for": "booking"}).status_code == 404


def test_nobody_of_the_office_looks_at_the_own(placement, given):
    assert code_of(actions.look, given, what_for="booking", by=placement.application.student) == "own_number"


# --- Removing ---------------------------------------------------------------------------------------


def test_the_number_goes_after_its_last_day(placement, given):
    last = given.expires_on
    assert actions.purge(today=last) == 0
    after = last + dt.timedelta(days=1)
    assert actions.purge(today=after, dry_run=True) == 1 and DocumentNumber.objects.exists()
    assert [actions.purge(today=after) for _twice in range(2)] == [1, 0]
    assert Event.objects.filter(action="number.purge", by=None).count() == 1


def test_the_last_day_follows_the_trip_and_the_fact(placement, given):
    placement.trip.returns_on += dt.timedelta(days=5)
    placement.trip.save()
    Fact.objects.filter(key="number.keep_days").update(value=10)
    actions.purge()
    assert DocumentNumber.objects.get().expires_on == placement.trip.returns_on + dt.timedelta(days=10)


def test_the_number_of_whoever_no_longer_goes_goes_too(placement, given):
    withdraw(placement)
    tasks.purge_numbers()
    assert not DocumentNumber.objects.exists()


def test_the_command_counts_first(capsys, given):
    DocumentNumber.objects.filter().update(expires_on=in_days(-1))
    given.placement.trip.__class__.objects.update(leaves_on=in_days(-60), returns_on=in_days(-50))
    call_command("purge_numbers", "--dry-run")
    call_command("purge_numbers")
    assert capsys.readouterr().out.split("\n")[:2] == ["1 numbers would be removed", "1 numbers were removed"]


# --- Nowhere else -----------------------------------------------------------------------------------


def pages_of(placement):
    trip, application = placement.trip, placement.application
    found = [
        reverse(name) for name in ("travel:pipeline", "travel:work", "travel:passport-board", "travel:checklist-list")
    ]
    found += [
        reverse(f"travel:{name}", args=[trip.code])
        for name in ("trip-detail", "trip-travelers", "trip-names", "trip-numbers")
    ]
    by_seat = ("placement-detail", "placement-numbers", "placement-name", "checklist-detail")
    found += [reverse(f"travel:{name}", args=[placement.code]) for name in by_seat]
    found += [application.get_absolute_url(), reverse("travel:passport-detail", args=[application.code])]
    found += [reverse("applications:application-list") + f"?q={NUMBER}", reverse("travel:journey")]
    return found


def test_the_number_is_on_no_other_page_in_no_record_message_export_or_log(sign_in, placement, asked, office, caplog):
    student, advisor = placement.application.student, UserFactory(advisor=placement.application.college)
    with caplog.at_level(logging.DEBUG):
        owner = sign_in(student)
        owner.post(own_page(placement), {"purpose": "consulate", "consulate-number": NUMBER})
        sign_in(office).post(look_page(placement), {"what_for": "booking"})
        for person in (student, advisor, office, UserFactory(director=True), UserFactory(advisor=True)):
            client = sign_in(person)
            # ignore the number where this test itself searched for it
            texts = [
                client.get(page, follow=True).content.decode().replace(f"q={NUMBER}", "")
                for page in pages_of(placement)
            ]
            typed = (f'value="{NUMBER}"', f"<strong>{NUMBER}</strong>")
            texts = [text.replace(typed[0], "").replace(typed[1], "") for text in texts]
            assert not [text for text in texts if NUMBER in text]
        exported = sign_in(office).post(reverse("applications:application-export"), {"format": "csv"})
    body = b"".join(exported.streaming_content) if exported.streaming else exported.content
    assert NUMBER.encode() not in body
    assert NUMBER not in json.dumps(export.data_of(student), default=str)
    rows = [str(event.__dict__) for event in Event.objects.all()] + [
        str(each.__dict__) for each in Message.objects.all()
    ]
    assert len(rows) > 3 and not [row for row in rows if NUMBER in row]
    # the database log, which only developers turn on, contains cipher text
    assert NUMBER not in caplog.text


def test_thirty_numbers_cost_no_more_queries_than_three(
    sign_in, placement, asked, office, django_assert_max_num_queries
):
    here, costs = sign_in(office), []
    for number in (2, 27):
        for _each in range(number):
            other = PlacementFactory(trip=placement.trip)
            PassportCaseFactory(placement=other)
            actions.give(other, "consulate", NUMBER, by=other.application.student)
        with django_assert_max_num_queries(10) as found:
            here.get(reverse("travel:trip-numbers", args=[placement.trip.code]))
        costs.append(len(found))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_switched_on_by_two_at_once_asks_once(sign_in, placement, office):
    page = reverse("travel:trip-numbers", args=[placement.trip.code])
    data = {"purpose": "airline", "reason_en": "For the list.", "reason_es": "Para la lista."}
    at_once(*(post(sign_in(UserFactory(coordinator=True)), page, data) for _each in range(3)))
    assert (NumberNeed.objects.count(), Message.objects.count()) == (1, 1)
