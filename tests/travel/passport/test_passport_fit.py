"""A valid passport on a trip that asks for more is judged again, once, and the route to a new one begins."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Job, Message
from tests.factories import UserFactory
from tests.factories_travel import EntryRuleFactory, PlacementFactory, TripFactory, checklist_steps, travel_facts
from travel.models import EntryRule, PassportCase, TicketName
from travel.office.reference.kinds import ENTRY
from travel.passport.case import replan
from travel.passport.way.route import Answer, Answers, Kind, Name, Printed, TravelOn, Where
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
Route, Stage = PassportCase.Route, PassportStage


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def lenient():
    """A trip without entry requirements: valid for the stay, no blank pages."""
    trip = TripFactory(city__name_en="Durango")
    EntryRuleFactory(city=trip.city, requirement="none", lead_days=0, validity_months=0, validity_basis="stay")
    checklist_steps(trip.cycle)
    return trip


@pytest.fixture
def strict(lenient):
    """A trip that asks for six months from arrival and two blank pages."""
    trip = TripFactory(cycle=lenient.cycle, city__name_en="Giza")
    EntryRuleFactory(city=trip.city, lead_days=7, validity_months=6, validity_basis="entry", blank_pages=2)
    return trip


def has_one(expires_on):
    return Answers(
        TravelOn.US_HAVE,
        where=Where.HERE,
        kind=Kind.FULL,
        printed_wrong=Printed.NO,
        name=Name.SAME,
        expires_on=expires_on,
        issued_as_adult=Answer.YES,
        signed=Answer.YES,
    )


def seat(trip, months, **more):
    """A placement whose student has a passport that ends this many months after the trip."""
    placement = PlacementFactory(trip=trip, **more)
    checklist.open_for(placement, by=placement.placed_by)
    student = placement.application.student
    checklist.answer_route(placement.application, has_one(trip.returns_on + dt.timedelta(days=30 * months)), by=student)
    return placement


def seen(placement, pages=None):
    case = case_of(placement)
    return checklist.check(case, expires_on=case.expires_on, blank_pages=pages, by=placement.placed_by)


def move(placement, trip):
    placement.trip = trip
    placement.save()
    checklist.follow_trip(placement, by=placement.placed_by)


def case_of(placement):
    return PassportCase.objects.select_related("application").get(application=placement.application_id)


def state(placement):
    case = case_of(placement)
    return case.stage, case.route


def told():
    return list(Message.objects.order_by("pk").values_list("template", flat=True))


def test_a_stricter_trip_begins_the_way_to_another_one(lenient, strict):
    placement = seat(lenient, months=3)
    seen(placement, pages=10)
    name = {"surnames": "REYES", "given": "ANA", "written_by": placement.placed_by, "how": "same"}
    by = {"matched_at": timezone.now(), "matched_by": placement.placed_by}
    ticket = TicketName.objects.create(placement=placement, **name, **by)
    Message.objects.all().delete()

    move(placement, strict)

    assert state(placement) == (Stage.GATHERING, Route.UNKNOWN)
    case = case_of(placement)
    assert (case.checked_at, case.trip, case.urgency) == (None, strict, "on_time")
    assert case.in_hand_by == strict.leaves_on - dt.timedelta(days=14 + 7)
    assert placement.checklist_items.get(step__key="passport-in-hand").done_at is None
    ticket.refresh_from_db()
    assert ticket.matched_at is None
    assert told() == ["travel/passport_not_enough"]  # one message, and no second one about dates
    checklist.recompute_all()
    assert told() == ["travel/passport_not_enough"]


def test_a_changed_rule_reaches_exactly_those_whose_passport_is_too_short(lenient):
    short, long = seat(lenient, months=3), seat(lenient, months=9)
    new = PlacementFactory(trip=lenient)
    checklist.open_for(new, by=new.placed_by)
    PassportCase.objects.filter(application=new.application_id).update(stage=Stage.IN_HAND, route=Route.DS11)
    checklist.recompute_all()
    Message.objects.all().delete()
    EntryRule.objects.filter(city=lenient.city).update(validity_months=6, validity_basis="exit")

    assert checklist.recompute_all(dry_run=True).changed == 1
    assert state(short)[0] == Stage.IN_HAND
    assert checklist.recompute_all().changed == 1

    assert state(short) == (Stage.GATHERING, Route.UNKNOWN)
    assert (state(long), state(new)) == ((Stage.IN_HAND, Route.VALID), (Stage.IN_HAND, Route.DS11))
    assert [message.recipient for message in Message.objects.all()] == [short.application.student]
    assert checklist.recompute_all().changed == 0


def test_the_student_learns_why_what_and_by_when(lenient, strict, sign_in):
    placement = seat(lenient, months=3)
    move(placement, strict)
    client = sign_in(placement.application.student)
    page = client.get(case_of(placement).get_absolute_url())
    assert page.context["step"].title == "Find out how to get a new passport"
    assert page.context["step"].do_by and page.context["step"].last_safe_on
    assert page.context["counter"] is None  # most renew by mail, so no counter is suggested before the questions
    assert "For Giza, it has to be valid until" in page.text and "You need a new one for this trip." in page.text
    # the same answers now lead to a renewal by mail
    expires_on = case_of(placement).expires_on
    found = checklist.answer_route(placement.application, has_one(expires_on), by=placement.application.student)
    assert found.route in (Route.DS82, Route.ONLINE, Route.DS11)
    # the new passport is judged by itself
    checklist.move_stage(found, Stage.APPLIED, by=placement.application.student)
    checklist.move_stage(found, Stage.IN_HAND, by=placement.application.student)
    assert state(placement)[0] == Stage.IN_HAND
    assert case_of(placement).expires_on is None


def test_who_applies_for_another_one_leaves_the_dates_of_the_old_one_behind(strict):
    placement = seat(strict, months=12)
    seen(placement, pages=2)
    case, student = case_of(placement), placement.application.student
    assert case.expires_on and case.blank_pages == 2
    for stage in (Stage.IN_HAND, Stage.GATHERING, Stage.APPLIED):
        case = checklist.move_stage(case, stage, by=student)
    assert (case.expires_on, case.blank_pages) == (None, None)


def test_empty_pages_are_counted_where_the_trip_asks_for_them(strict):
    placement = seat(strict, months=12)
    case = case_of(placement)
    for pages, code in ((None, "pages_needed"), (1, "too_few_pages")):
        with pytest.raises(RuleViolation) as caught:
            checklist.check(case, expires_on=case.expires_on, blank_pages=pages, by=placement.placed_by)
        assert caught.value.code == code
    assert state(placement)[0] == Stage.IN_HAND
    assert seen(placement, pages=2).stage == Stage.CHECKED


def test_too_few_pages_are_said_by_whoever_counted_and_the_answers_cannot_undo_it(strict):
    placement = seat(strict, months=12)
    case, student = case_of(placement), placement.application.student
    Message.objects.all().delete()
    with pytest.raises(RuleViolation):  # nobody has counted the pages yet
        checklist.check(case, expires_on=case.expires_on, is_enough=False, by=placement.placed_by)
    checklist.check(case, expires_on=case.expires_on, blank_pages=1, is_enough=False, by=placement.placed_by)
    assert state(placement) == (Stage.GATHERING, Route.UNKNOWN)
    assert told() == ["travel/passport_not_enough"]
    again = checklist.answer_route(placement.application, has_one(case.expires_on), by=student)
    assert again.route != Route.VALID and again.stage == Stage.GATHERING
    assert "1" not in str(Event.objects.get(action="passport.judge_again").changes)  # stage only, no page count


def test_pages_that_nobody_counted_are_counted_before_it_is_good(lenient, strict):
    placement, new = seat(lenient, months=12), seat(lenient, months=12)
    seen(placement)
    PassportCase.objects.filter(application=new.application_id).update(route=Route.DS11)
    seen(new)
    Message.objects.all().delete()
    move(placement, strict)
    move(new, strict)
    assert state(placement) == (Stage.IN_HAND, Route.VALID)
    assert state(new) == (Stage.CHECKED, Route.DS11)  # a new book has blank pages
    assert told() == ["travel/passport_show_again"]
    assert seen(placement, pages=4).stage == Stage.CHECKED


def test_before_a_seat_nothing_is_judged_again(lenient, strict):
    """The most demanding trip may not become theirs; a placement is certain."""
    placement = seat(lenient, months=3)
    application = placement.application
    placement.delete()
    checklist.recompute_all()
    assert PassportCase.objects.get(application=application).stage == Stage.IN_HAND


def test_an_entry_rule_corrected_on_its_page_judges_and_plans_everyone(
    lenient, sign_in, django_capture_on_commit_callbacks
):
    placement, rule = seat(lenient, months=3), EntryRule.objects.get(city=lenient.city)
    office = sign_in(UserFactory(coordinator=True))
    page = reverse("travel:reference-change", args=["entry", ENTRY.address(rule)])
    shown = {name: "" if value is None else value for name, value in office.get(page).context["form"].initial.items()}
    with django_capture_on_commit_callbacks(execute=True):
        saved = office.post(page, shown | {"lead_days": 0, "validity_months": 6})
    assert saved.status_code == 302, saved.context["form"].errors
    assert Job.objects.filter(kind=replan.JOB).count() == 1
    assert state(placement) == (Stage.GATHERING, Route.UNKNOWN)


def test_an_advisor_counts_and_says_that_it_does_not_fit(strict, sign_in):
    placement = seat(strict, months=12)
    case = case_of(placement)
    advisor = sign_in(UserFactory(advisor=placement.application.college))
    address = reverse("travel:passport-stage", args=[placement.application.code])
    page = advisor.get(case.get_absolute_url(), follow=True)
    assert "This trip requires 2." in page.text and "is_not_enough" not in page.text
    page = advisor.post(address, {"expires_on": case.expires_on, "blank_pages": ""})
    assert "Enter how many empty visa pages there are." in page.text and "is_not_enough" not in page.text
    page = advisor.post(address, {"expires_on": case.expires_on, "blank_pages": "1"})
    assert "Count them again." in page.text and "is_not_enough" in page.text
    assert "Giza" in page.text and "No city yet" not in page.text
    page = advisor.post(
        address, {"expires_on": case.expires_on, "blank_pages": "1", "is_not_enough": "on"}, follow=True
    )
    assert "We’ll tell the student" in page.text
    assert state(placement) == (Stage.GATHERING, Route.UNKNOWN)


def test_papers_are_ready_as_the_passport_says_and_open_again_when_it_goes_back(lenient):
    placement = PlacementFactory(trip=lenient)
    case, student = checklist.open_for(placement, by=placement.placed_by), placement.application.student

    def papers():
        return placement.checklist_items.get(step__key="passport-papers")

    checklist.answer_route(case.application, Answers(TravelOn.US_NEED, had_passport=Answer.NO), by=student)
    checklist.mark_done(papers(), by=student)
    checklist.follow_trip(placement, by=placement.placed_by)
    assert bool(papers().done_at)  # the student ticked it, and the case did not move back
    for stage, expected in (
        (PassportStage.READY, True),
        (PassportStage.GATHERING, False),
        (PassportStage.READY, True),
        (PassportStage.APPLIED, True),
        (PassportStage.GATHERING, False),
    ):
        checklist.move_stage(case, stage, by=student)
        assert bool(papers().done_at) == expected, stage
