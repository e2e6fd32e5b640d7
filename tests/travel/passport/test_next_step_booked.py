"""The home page's next step at every stage, with what is booked, due and late."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_counters import FacilityFactory, PassportDayFactory, SlotFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, in_days, travel_facts
from travel.models import PassportBooking, PassportCase
from travel.passport.case.next_step import passport_step
from travel.passport.case.visits import booking_of
from travel.states import BEFORE_APPLYING, SEEN, PassportStage, Urgency

pytestmark = pytest.mark.django_db
Stage, Route = PassportStage, PassportCase.Route
ASK = "Find out how to get your passport"
PAPERS, BOOK = "Get your passport documents together", "Book your passport appointment"
GO_DAY, GO_VISIT = "Go to your passport day", "Go to your passport appointment"
AFTER_DAY, AFTER_VISIT = "How did your passport day go?", "How did your appointment go?"
TALK, ORDER, WAIT = "Talk with your advisor", "Order your birth certificate", "Wait for your passport"
APPLY, LETTER = "Apply for your passport in person", "Answer the passport letter"
SHOW, MAIL = "Show your passport to your advisor", "Mail your passport form"
URGENT = "Call the passport agency for an urgent appointment"
BEFORE = sorted(BEFORE_APPLYING)

# what happened -> the title at each stage; stages that aren't named have the title of ELSE
FIRST = {Stage.NOT_STARTED: PAPERS, Stage.GATHERING: BOOK, Stage.READY: BOOK}
ELSE = {Stage.APPLIED: WAIT, Stage.ISSUED: WAIT, Stage.LETTER: LETTER, Stage.IN_HAND: SHOW, **dict.fromkeys(SEEN)}
TABLE = {
    "nothing": {**FIRST, Stage.BOOKED: APPLY},
    "passport day ahead": dict.fromkeys(BEFORE, GO_DAY),
    "passport day over": dict.fromkeys(BEFORE, AFTER_DAY),
    "appointment ahead": {**FIRST, Stage.BOOKED: GO_VISIT},
    "appointment over": {
        Stage.NOT_STARTED: PAPERS,
        Stage.GATHERING: BOOK,
        Stage.READY: BOOK,
        Stage.BOOKED: AFTER_VISIT,
    },
    "waiting list": {**FIRST, Stage.BOOKED: APPLY},
    "certificate to order": dict.fromkeys(BEFORE, ORDER),
    "certificate to order, passport day ahead": dict.fromkeys(BEFORE, ORDER),
    "by mail": dict.fromkeys(BEFORE, MAIL),
    "by mail, passport day ahead": dict.fromkeys(BEFORE, MAIL),
    "dates gone by": {**FIRST, Stage.BOOKED: APPLY},
    "urgent counter": dict.fromkeys([*BEFORE, Stage.APPLIED, Stage.ISSUED], URGENT),
    "urgent counter, passport day ahead": {
        **dict.fromkeys(BEFORE, GO_DAY),
        **dict.fromkeys([Stage.APPLIED, Stage.ISSUED], URGENT),
    },
    "no way left": dict.fromkeys(set(Stage) - SEEN - {Stage.LETTER}, TALK),
    "no way left, passport day ahead": dict.fromkeys(set(Stage) - SEEN - {Stage.LETTER}, TALK),
    "not asked yet": dict.fromkeys(BEFORE, ASK),
    "talks": dict.fromkeys(BEFORE, TALK),
}


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


def student_at(stage, happened):
    fields = {"route": Route.DS11, "stage": stage}
    if stage in SEEN:
        fields |= {"checked_at": timezone.now(), "checked_by": UserFactory()}
    if "by mail" in happened:
        fields["route"] = Route.DS82
    if "certificate" in happened:
        fields |= {"needs_certificate": True, "order_certificate_by": in_days(20)}
    if happened in ("not asked yet", "talks"):
        fields["route"] = Route.TALK if happened == "talks" else Route.UNKNOWN
    if "dates gone by" in happened:
        fields |= {name: in_days(-9) for name in ("documents_by", "apply_by", "in_hand_by", "last_safe_on")}
    if "urgent counter" in happened:
        fields["urgency"] = Urgency.URGENT_COUNTER
    if "no way left" in happened:
        fields |= {name: in_days(-9) for name in ("documents_by", "apply_by", "in_hand_by", "last_safe_on")}
        fields["urgency"] = Urgency.NOT_FEASIBLE
    if "appointment" in happened and stage == Stage.BOOKED:
        fields |= {"appointment_on": in_days(-1 if "over" in happened else 5), "facility": FacilityFactory()}
    case = PassportCaseFactory(**fields)
    if "passport day" in happened:
        slot = slot_in(-1 if "over" in happened else 5)
        PassportBooking.objects.create(
            day=slot.day, slot=slot, application=case.application, booked_at=timezone.now() - dt.timedelta(days=9)
        )
    if happened == "waiting list":
        day = PassportDayFactory(on=in_days(5))
        PassportBooking.objects.create(day=day, application=case.application, waiting_since=timezone.now())
    return case


def slot_in(days):
    day = PassportDayFactory(on=in_days(days), place="Student Union", address="12 Elm St.")
    at = timezone.make_aware(dt.datetime.combine(day.on, dt.time(10, 20)))
    return SlotFactory(day=day, starts_at=at)


@pytest.mark.parametrize("happened", TABLE)
def test_the_next_step_knows_what_is_booked_due_and_late(happened):
    for stage in Stage:
        with transaction.atomic():
            case, today = student_at(stage, happened), timezone.localdate()
            step = passport_step(case.application, case, today, booking_of(case.application))
            transaction.set_rollback(True)
        title = {**ELSE, **TABLE[happened]}[stage]
        assert (step.title if step else None) == title, stage
        if not step:
            continue
        assert all(day is None or day >= today for day in (step.do_by, step.last_safe_on))  # never a past date to do
        if title in (GO_DAY, GO_VISIT):
            assert (step.on, step.do_by, step.last_safe_on) == (in_days(5), None, None)
        if title in (AFTER_DAY, AFTER_VISIT, WAIT, TALK) and "no way left" in happened:
            assert step.do_by is None
        if "passport day ahead" in happened and title in (TALK, ORDER) and stage in BEFORE_APPLYING:
            assert "You’re booked for" in step.why


@pytest.mark.parametrize(
    ("stage", "happened"),
    [
        (Stage.BOOKED, "passport day ahead"),
        (Stage.BOOKED, "appointment ahead"),
        (Stage.READY, "dates gone by"),
        (Stage.GATHERING, "not asked yet"),
        (Stage.IN_HAND, "nothing"),
        (max(SEEN), "nothing"),
    ],
)
def test_the_home_page_has_that_step(stage, happened, sign_in):
    case = student_at(stage, happened)
    page = sign_in(case.application.student).get(reverse("travel:journey"))
    step, title = page.context["journey"].step, {**ELSE, **TABLE[happened]}[stage]
    assert (step.title if step.is_passport else None) == title
    today = timezone.localdate()
    assert all(day is None or day >= today for day in (step.do_by, step.last_safe_on))
    if title in (GO_DAY, GO_VISIT):
        assert step.when in page.text and "When" in page.text


def test_a_booked_passport_day_says_when_where_and_what_to_bring():
    case = student_at(Stage.BOOKED, "passport day ahead")
    step = passport_step(case.application, case, timezone.localdate(), booking_of(case.application))
    assert "10:20 am" in step.when
    assert step.where == "Student Union, 12 Elm St."
    assert "proof of citizenship" in step.why and "photo ID" in step.why
    assert "Don’t sign the form" in step.why


def test_a_visit_after_the_last_safe_day_is_said_to_be_too_late():
    case = student_at(Stage.BOOKED, "passport day ahead")
    case.last_safe_on = in_days(3)
    step = passport_step(case.application, case, timezone.localdate(), booking_of(case.application))
    assert step.why.startswith("This is after your last safe day")


def test_a_settled_or_canceled_booking_is_no_visit():
    case = student_at(Stage.GATHERING, "passport day ahead")
    PassportBooking.objects.update(cancelled_at=timezone.now())
    assert booking_of(case.application) is None


def test_while_waiting_the_student_reads_from_when_a_person_should_look():
    case, today = student_at(Stage.APPLIED, "nothing"), timezone.localdate()
    assert "If it isn’t here by" in passport_step(case.application, case, today).why
    case.in_hand_by = in_days(-1)
    assert "tell your advisor today" in passport_step(case.application, case, today).why


def test_an_item_past_its_last_safe_day_is_due_today_and_says_so(sign_in):
    placement = PlacementFactory(checklist=True)
    placement.checklist_items.update(do_by=in_days(-9), last_safe_on=in_days(-4))
    step = sign_in(placement.application.student).get(reverse("travel:journey")).context["journey"].step
    assert (step.do_by, step.last_safe_on) == (timezone.localdate(), None)
    assert "It’s past the last safe day." in step.why
