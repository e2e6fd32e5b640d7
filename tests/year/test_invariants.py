"""For each thing that a year watches, a fault is planted once, and the year says so."""

import contextlib
import datetime as dt

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from applications.models import Application, ReaderProfile
from applications.states import Status
from exchange.base import home
from exchange.models import HomeCity, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.factories_travel import ContactFactory, PlacementFactory, travel_facts
from tests.travel.abroad.check_ins import traveler, trip_away
from tests.year import invariants, seams
from tests.year.pages import Broken, Page, Person
from tests.year.plan import Plan
from tests.year.play import Year
from travel.abroad.actions import check_in, check_in_reply
from travel.abroad.replies import Answer
from travel.models import CheckIn, CheckInPerson, ChecklistItem, PassportCase, RollCall

LEFT = {"status": Status.WITHDRAWN, "withdrawn_at": timezone.now()}


@pytest.fixture
def year():
    class Stands:  # a calendar that nothing moves
        failed = None

    return Year(Plan(seed=1, tries=100), Stands())


# --- Rows -------------------------------------------------------------------------------------------------------------


def message(world, **more):
    to = world["people"]["owner"]
    row = {"channel": "email", "address": to.email, "recipient": to, "language": "en", "subject": "s", "body": "b"}
    return Message.objects.create(**{"template": "travel/items_due"} | row | more)


def open_item(world) -> ChecklistItem:
    return world["placement"].checklist_items.filter(done_at=None, step__timing="before_departure").first()


def the_same_words_twice(world):
    message(world, subject="Twice")
    message(world, subject="Twice")


def a_reminder_at_night(world):
    night = timezone.localtime().replace(hour=3)
    message(world, template="applications/reminder_offer", still_due="x:1", sent_at=night, queued_at=night)


def a_reminder_to_one_who_left(world):
    Application.objects.filter(student=world["people"]["owner"]).update(**LEFT)
    message(world, still_due="travel.items:1", queued_at=timezone.now(), sent_at=timezone.now())


def a_step_due_too_late(world):
    trip = world["placement"].trip
    ChecklistItem.objects.filter(pk=open_item(world).pk).update(last_safe_on=trip.leaves_on + dt.timedelta(days=1))


def a_step_without_a_spot(world):
    Application.objects.filter(pk=world["placement"].application_id).update(**LEFT)


def a_word_that_nobody_said(world):
    ReaderProfile.objects.create(user=world["people"]["stranger"], saved_at=timezone.now(), saved_by=None)


def a_task_without_an_end(world):
    OfficeTask.objects.update(due_on=timezone.localdate() - dt.timedelta(days=90))


def safe_without_a_word(world):
    asked = CheckIn.objects.create(
        kind="real", why_en="A quake", why_es="Un sismo", started_by=world["people"]["owner"]
    )
    CheckInPerson.objects.create(check_in=asked, placement=world["placement"], state="safe")


def safe_and_missed_later(world):
    safe_without_a_word(world)
    person = CheckInPerson.objects.last()
    person.steps.create(kind="safe")
    CheckInPerson.objects.filter(pk=person.pk).update(state_at=timezone.now() - dt.timedelta(minutes=1))
    call = RollCall.objects.create(trip=world["placement"].trip, on=timezone.localdate(), number=1)
    call.taps.create(key="a", placement=world["placement"], is_here=False, at=timezone.now(), by_name="Ruth")


def a_plan_later_than_its_form(world):
    day = timezone.localdate() + dt.timedelta(days=9)
    late = {"form_until": day, "last_safe_on": day + dt.timedelta(days=1), "service": "routine"}
    PassportCase.objects.filter(application=world["placement"].application_id).update(stage="not_started", **late)


def a_plan_on_a_form_that_has_ended(world):
    ended = {"form_until": timezone.localdate() - dt.timedelta(days=2), "stage": "not_started"}
    PassportCase.objects.filter(application=world["placement"].application_id).update(**ended)


def a_task_of_one_who_is_gone(world):
    OfficeTask.objects.update(owner=world["people"]["stranger"])


@pytest.mark.parametrize(
    ("plant", "rule"),
    [
        (the_same_words_twice, invariants.no_message_twice),
        (a_reminder_at_night, invariants.nobody_is_woken),
        (a_reminder_to_one_who_left, invariants.who_left_is_left_alone),
        (a_step_due_too_late, invariants.steps_are_due_in_time),
        (a_step_without_a_spot, invariants.steps_end_with_the_spot),
        (a_word_that_nobody_said, invariants.what_is_said_has_a_speaker),
        (a_task_without_an_end, invariants.tasks_end),
        (safe_without_a_word, invariants.nobody_is_safe_unsaid),
        (safe_and_missed_later, invariants.nobody_is_safe_unsaid),
        (a_task_of_one_who_is_gone, invariants.nothing_waits_for_who_is_gone),
        (a_plan_later_than_its_form, invariants.plans_end_with_their_form),
        (a_plan_on_a_form_that_has_ended, invariants.plans_end_with_their_form),
    ],
)
def test_a_row_that_must_not_be_is_seen(world, plant, rule):
    since = timezone.now() - dt.timedelta(days=1)
    before = set(rule(since))
    plant(world)
    assert set(rule(since)) - before


def test_every_rule_of_rows_has_its_fault():
    planted = {rule for _plant, rule in test_a_row_that_must_not_be_is_seen.pytestmark[0].args[1]}
    assert planted == set(invariants.RULES)


@pytest.mark.parametrize("is_faulty", [False, True])
@pytest.mark.parametrize("words", [words for words, says_so in seams.TEXTS.items() if not says_so])
def test_a_text_that_says_something_else_and_counts_as_safe_is_seen(year, db, monkeypatch, words, is_faulty):
    application_facts()
    travel_facts()
    one = traveler(trip_away())
    check_in.start([one], kind="real", why_en="A quake", why_es="Un sismo", by=UserFactory(coordinator=True))
    person = year.person("Tran", "student", one.application.student.email)
    if is_faulty:
        monkeypatch.setattr(check_in_reply, "read", lambda text: Answer.SAFE)
    with pytest.raises(Broken, match="whole statement") if is_faulty else contextlib.nullcontext():
        seams.text_back(person, words)
    assert (one.check_ins.get().state == "safe") == is_faulty


# --- Pages ------------------------------------------------------------------------------------------------------------


class Answers(Client):
    """A browser whose portal says what it's told to: an answer, or what makes one of the form that was sent."""

    def __init__(self, **answers) -> None:
        super().__init__()
        self.answers = answers

    def _of(self, path, data=None):
        answer = self.answers[path.strip("/")]
        return answer(data) if callable(answer) else answer

    def get(self, path, data=None, **more):
        return self._of(path)

    def post(self, path, data=None, **more):
        return self._of(path, data)


def page_of(body: str) -> HttpResponse:
    return HttpResponse(f"<html><body><main>{body}</main></body></html>")


def seen_by(year: Year, role: str, body: str, **answers) -> set[str]:
    """The rules that a page breaks, where its links and forms lead to these answers."""
    person = year.person("Ines", role, "ines@example.edu")
    person.client = Answers(**answers)
    year.look(person, Page("/here/", 200, "text/html", html.fromstring(page_of(body).content)))
    return {finding.rule for finding in year.findings.values()}


def test_a_page_on_which_all_is_right_breaks_nothing(year, world):
    body = '<a href="/list/" data-counts="2">2 wait</a><form method="post" action="/save/"><button>Save</button></form>'
    assert not seen_by(year, "coordinator", body, list=page_of('<p data-rows="2">'), save=page_of("Saved."))


@pytest.mark.parametrize("status", [403, 404, 405, 500])
def test_a_link_that_leads_nowhere_is_seen(year, world, status):
    assert seen_by(year, "student", '<a href="/gone/">x</a>', gone=HttpResponse(status=status))


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_button_that_does_nothing_is_seen(year, world, status):
    body = '<form method="post" action="/act/"><button>Do it</button></form>'
    assert seen_by(year, "student", body, act=HttpResponse(status=status))


def first_page_of(student, year, view, body) -> set[str]:
    """The rules that a student's first page breaks."""
    person = year.person("Tran", "student", student.email)
    person.client = Answers()
    year.look(person, Page(reverse(view[0], args=view[1:]), 200, "text/html", html.fromstring(page_of(body).content)))
    return {finding.rule for finding in year.findings.values()}


CARD = "travel:own-card"


@pytest.mark.parametrize(
    ("home", "body", "is_right"),
    [
        (CARD, '<a href="tel:+12135550199">Ruth</a>', True),
        (CARD, "Trip to Hanoi", False),
        ("travel:journey", '<a href="tel:+12135550199">Ruth</a>', False),
    ],
)
def test_a_home_abroad_without_the_people_to_call_is_seen(year, db, home, body, is_right):
    application_facts()
    travel_facts()
    seat = traveler(trip_away())
    ContactFactory(host=None, trip=seat.trip, name="Ruth", phone="+12135550199")
    view = [home, seat.code] if home == CARD else [home]
    assert (first_page_of(seat.application.student, year, view, body) == set()) == is_right


@pytest.mark.parametrize("is_right", [True, False])
def test_a_withdrawn_student_who_reads_of_an_older_application_is_seen(year, db, is_right):
    application_facts()
    travel_facts()
    seat = PlacementFactory()
    older = CycleFactory(closed=True, opens_at=seat.trip.cycle.opens_at - dt.timedelta(days=365))
    ApplicationFactory(not_selected=True, student=seat.application.student, cycle=older)
    Application.objects.filter(pk=seat.application_id).update(**LEFT)
    body = f"Your application for {(seat.trip.cycle if is_right else older).name_en}"
    assert (first_page_of(seat.application.student, year, ["travel:journey"], body) == set()) == is_right


def test_the_portal_says_what_was_given_up_to_who_was_not_selected_before(year, db):
    """The situation itself, played: the rule finds nothing on the page that they open."""
    application_facts()
    travel_facts()
    seat = PlacementFactory()
    Application.objects.filter(pk=seat.application_id).update(**LEFT)
    person = year.person("Tran", "student", seat.application.student.email)
    person.client.force_login(seat.application.student)
    seams.was_not_selected_before(person, timezone.localdate(seat.trip.cycle.opens_at))
    assert seat.application.student.applications.count() == 2
    assert seat.trip.cycle.name_en in person.go("/journey/").page.text and not year.findings


def test_a_number_that_is_not_its_lists_is_seen(year, world):
    assert seen_by(year, "coordinator", '<a href="/list/" data-counts="3">3</a>', list=page_of('<p data-rows="2">'))


def test_two_pages_with_two_numbers_are_seen(year, world):
    one, other = (f'<a href="/list/" data-counts="{number}">x</a>' for number in (1, 2))
    assert not seen_by(year, "coordinator", one, list=page_of("no list"))
    assert seen_by(year, "coordinator", other, list=page_of("no list"))


def test_a_save_over_somebody_elses_is_seen(year, world):
    body = '<form method="post" action="/save/"><input name="title" value="Before"><button>Save</button></form>'
    assert seen_by(year, "advisor", body, save=HttpResponseRedirect("/"))


def test_a_save_that_meets_somebody_elses_is_right(year, world):
    body = '<form method="post" action="/save/"><input name="title" value="Before"><button>Save</button></form>'
    answers = {"Second words": page_of("Someone else saved this.")}
    assert not seen_by(
        year, "advisor", body, save=lambda data: answers.get(data.get("title"), HttpResponseRedirect("/"))
    )


@pytest.mark.parametrize(("count", "says"), [(0, "0 students"), (1, "1 student, 9:00 there"), (1, "2 students")])
def test_a_figure_that_is_not_so_is_seen(year, world, count, says):
    trip = world["placement"].trip
    world["placement"].travelled_at = timezone.now()
    world["placement"].save()
    body = f'<dd data-figure="abroad {trip.code}" data-from="{count}" data-to="{count}">{says}</dd>'
    assert bool(seen_by(year, "director", body)) == (says != "1 student, 9:00 there")


@pytest.mark.parametrize("stage", [name for name in invariants.COUNTS if name.startswith("waits ")])
def test_a_figure_of_the_cycle_that_is_not_so_is_seen(year, world, stage):
    right = invariants._counted(stage)
    assert not seen_by(year, "director", f'<dd data-figure="{stage}" data-from="{right}" data-to="99">some</dd>')
    assert seen_by(year, "director", f'<dd data-figure="{stage}" data-from="{right + 1}" data-to="99">some</dd>')


@pytest.mark.parametrize("text", ["Hello None, welcome", "%(name)s is here", "It costs nan dollars"])
def test_a_sentence_with_a_hole_is_seen(year, world, text):
    assert seen_by(year, "student", text)


def test_another_city_is_seen(year, world, city_of_tests):
    row = {field.name: getattr(city_of_tests, field.name) for field in HomeCity._meta.concrete_fields}
    HomeCity(**row | {"city_en": "Toledo"}).save()
    home.forget()
    assert seen_by(year, "student", "A California driver’s license")


def test_another_students_address_is_seen(year, world):
    assert seen_by(year, "student", f"Write to {world['people']['stranger'].email}")


def test_pressing_twice_into_an_error_is_seen(year, world):
    answers = iter([page_of("Done."), HttpResponse(status=500)])
    person = Person("Ines", "student", year.random, "ines@example.edu", twice=1)
    person.client = Answers(
        here=page_of("<form method=post action=/act/><button>Do</button></form>"), act=lambda _: next(answers)
    )
    with pytest.raises(Exception, match="pressing twice"):
        person.go("/here/").send()
