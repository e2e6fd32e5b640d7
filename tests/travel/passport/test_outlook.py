"""Before a seat, each ranked city is judged by itself; when none is left, a person gets it the same day, once."""

import datetime as dt

import pytest
from django.urls import reverse

from exchange.models import Event, Message
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.factories_travel import EntryRuleFactory, PlacementFactory, TripFactory, travel_facts
from travel.models import EntryRule, PassportCase
from travel.office.home.advisor_work import work_of
from travel.passport.case import replan
from travel.passport.case.outlook import outlook_of
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage, Urgency

pytestmark = [pytest.mark.django_db, pytest.mark.closed_days]
NOVEMBER_25 = dt.date(2026, 11, 25)


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def today(monkeypatch):
    """Sets the day: `today(dt.date(...))`."""

    def set_day(day):
        for module in (
            "travel.passport.case.replan",
            "travel.passport.case.views",
            "travel.office.home.journey",
        ):
            monkeypatch.setattr(f"{module}.timezone.localdate", lambda *_args: day)

    return set_day


@pytest.fixture
def cycle():
    """Hanoi leaves on March 14, Paris on March 28, Durango on April 4, as the demo of November 27 plans them."""
    cycle = CycleFactory()
    for name, leaves_on, requirement, lead in (
        ("Hanoi", dt.date(2027, 3, 14), EntryRule.Requirement.E_VISA, 31),
        ("Paris", dt.date(2027, 3, 28), EntryRule.Requirement.AUTHORIZATION, 7),
        ("Durango", dt.date(2027, 4, 4), EntryRule.Requirement.NONE, 0),
    ):
        city = PartnerCityFactory(name_en=name, name_es=name)
        TripFactory(cycle=cycle, city=city, leaves_on=leaves_on)
        EntryRuleFactory(city=city, requirement=requirement, lead_days=lead)
    return cycle


def selected(cycle, *cities, **case):
    application = ApplicationFactory(cycle=cycle, selected=True)
    application.city_preferences.all().delete()
    for rank, name in enumerate(cities, start=1):
        application.city_preferences.create(city=cycle.trips.get(city__name_en=name).city, rank=rank)
    fields = {"route": "ds11", "stage": PassportStage.GATHERING, "needs_certificate": True, **case}
    found = PassportCase.objects.create(application=application, **fields)
    checklist.recompute(found, by=None)
    found.refresh_from_db()
    return found


def test_november_25_with_paris_durango_and_hanoi_and_no_certificate(cycle, today, sign_in):
    today(NOVEMBER_25)
    case = selected(cycle, "Paris", "Durango", "Hanoi")
    # the columns are the plan of Paris, whose next step comes first among those that can be reached
    assert (case.trip.city.name, case.service, case.urgency) == ("Paris", "expedited", Urgency.LATE)
    assert (case.order_certificate_by, case.last_safe_on) == (dt.date(2026, 11, 29), dt.date(2026, 12, 11))

    rows = outlook_of(case.application, case, NOVEMBER_25).rows
    assert [(row.name, row.label, row.do_by, row.last_safe_on) for row in rows] == [
        ("Paris", "in time, expedited", dt.date(2026, 11, 29), dt.date(2026, 12, 11)),
        # Christmas is closed, so the last safe day is the day before
        ("Durango", "in time, expedited", dt.date(2026, 12, 13), dt.date(2026, 12, 24)),
        ("Hanoi", "not in time", None, None),
    ]
    assert rows[0].text == (
        "This city works with expedited service. Order your birth certificate by Sunday, November 29."
    )
    assert rows[2].text == (
        "It takes too long to order a birth certificate, get the passport and then get the entry documents for Hanoi."
    )
    assert rows[2].changes == (
        "This city works if your birth certificate is here by Tuesday, December 1.",
        "This city works if you can apply in person by Tuesday, December 22, with all your documents.",
    )

    client = sign_in(case.application.student)
    step = client.get(reverse("travel:journey")).context["journey"].also
    assert step.title == "Order your birth certificate"
    assert (step.do_by, step.last_safe_on) == (dt.date(2026, 11, 29), dt.date(2026, 12, 11))
    assert "your passport can still come in time for Paris and Durango. Hanoi doesn’t work right now." in step.keeps
    page = client.get(case.get_absolute_url())
    assert page.context["step"] == step
    assert "The dates no longer work" not in page.text and "Nov 3" not in page.text
    assert not Event.objects.filter(action="passport.no_way").exists()

    office = sign_in(UserFactory(coordinator=True)).get(case.get_absolute_url())
    assert [row.name for row in office.context["city_rows"]] == ["Paris", "Durango", "Hanoi"]
    assert office.context["next_on"] == dt.date(2026, 11, 29)


def test_after_placement_only_the_placed_trip_counts(cycle, today, sign_in):
    today(NOVEMBER_25)
    case = selected(cycle, "Paris", "Durango", "Hanoi")
    hanoi = cycle.trips.get(city__name_en="Hanoi")
    case.application.status = "confirmed"
    case.application.save()
    placement = PlacementFactory(application=case.application, trip=hanoi)
    checklist.open_for(placement, by=placement.placed_by)
    case.refresh_from_db()
    assert (case.trip, case.urgency) == (hanoi, Urgency.NOT_FEASIBLE)
    page = sign_in(case.application.student).get(case.get_absolute_url())
    assert page.context["step"].title == "Talk with your advisor"
    assert page.context["step"].do_by is None and not page.context["outlook"].rows
    assert Event.objects.filter(action="passport.no_way").count() == 1


@pytest.mark.parametrize(
    ("day", "city", "service", "urgency"),
    [
        (dt.date(2026, 10, 1), "Hanoi", "routine", Urgency.SOON),
        (dt.date(2026, 11, 3), "Hanoi", "expedited_fast", Urgency.LATE),
        (dt.date(2026, 11, 4), "Durango", "routine", Urgency.ON_TIME),
    ],
)
def test_a_city_out_of_reach_stops_setting_the_date_the_day_after_its_last_safe_day(
    cycle, today, day, city, service, urgency
):
    today(day)
    case = selected(cycle, "Hanoi", "Durango")
    assert (case.trip.city.name, case.service) == (city, service)
    assert case.urgency == urgency
    assert case.order_certificate_by >= day and case.last_safe_on >= day


def test_a_passport_in_hand_is_judged_for_each_city_too(cycle, today):
    """Hanoi asks for six months from the arrival, which is March 16 at the latest; Paris for the stay."""
    today(NOVEMBER_25)
    EntryRule.objects.exclude(city__name_en="Hanoi").update(validity_months=0)
    case = selected(
        cycle, "Hanoi", "Paris", stage=PassportStage.IN_HAND, route="valid", expires_on=dt.date(2027, 9, 15)
    )
    hanoi, paris = outlook_of(case.application, case, NOVEMBER_25).rows
    assert (hanoi.label, paris.label) == ("expires too soon", "in time")
    assert hanoi.text == (
        "Your passport expires on September 15, 2027. For Hanoi, it has to be valid until September 16, 2027."
    )
    today(dt.date(2027, 9, 16))
    later = outlook_of(case.application, case, NOVEMBER_25).rows[0].text
    assert later.startswith("Your passport expired on September 15, 2027.")
    today(NOVEMBER_25)
    assert hanoi.changes == ("This city works if you apply for a new one by Tuesday, December 22.",)
    cycle.trips.filter(city__name_en="Hanoi").update(arrives_on=dt.date(2027, 3, 15))
    assert outlook_of(case.application, case, NOVEMBER_25).rows[0].label == "in time"


# --- nothing left: a person -------------------------------------------------------------------------

LATE = dt.date(2027, 3, 8)


def test_when_no_ranked_city_fits_the_advisor_has_it_the_same_day_and_once(cycle, today):
    """By the daily job, without anybody opening a page."""
    application_facts()
    advisor = UserFactory(advisor=(college := CollegeFactory()))
    today(NOVEMBER_25)
    case = selected(cycle, "Paris", "Durango", "Hanoi")
    case.application.college = college
    case.application.save()
    Message.objects.all().delete()
    today(LATE)
    for _run in range(2):
        checklist.recompute_all()
    case.refresh_from_db()
    assert case.urgency == Urgency.NOT_FEASIBLE
    sent = Message.objects.filter(recipient=advisor)
    assert [message.subject for message in sent] == ["A passport won’t be in time: talk with the student"]
    assert case.get_absolute_url() in sent.get().body
    assert Event.objects.filter(action="passport.no_way", target_id=case.application.pk).count() == 1
    duty = next(duty for duty in work_of(advisor) if duty.key == "no_city")
    assert duty.count == 1
    # while it stays so, it stays one; and it ends by itself when a city fits again
    replan.recompute(case, by=None)
    assert Event.objects.filter(action="passport.no_way").count() == 1
    PassportCase.objects.update(needs_certificate=False)
    cycle.trips.update(leaves_on=dt.date(2027, 9, 1), returns_on=dt.date(2027, 9, 11))
    checklist.recompute_all()
    assert next(duty for duty in work_of(advisor) if duty.key == "no_city").count == 0


def test_without_an_advisor_the_office_has_it(cycle, today):
    office = UserFactory(coordinator=True)
    today(LATE)
    selected(cycle, "Paris")
    assert Message.objects.filter(recipient=office, template="travel/no_way").count() == 1


def test_students_of_one_college_come_in_one_message(cycle, today):
    advisor = UserFactory(advisor=(college := CollegeFactory()))
    today(NOVEMBER_25)
    for _ in range(3):
        case = selected(cycle, "Paris")
        case.application.college = college
        case.application.save()
    today(LATE)
    checklist.recompute_all()
    (message,) = Message.objects.filter(recipient=advisor)
    assert message.subject.startswith("3 passports won’t be in time")


def test_a_changed_entry_rule_hands_over_too(cycle, today):
    today(NOVEMBER_25)
    case = selected(cycle, "Paris")
    EntryRule.objects.filter(city=case.trip.city).update(lead_days=90)
    checklist.recompute_all()
    assert Event.objects.filter(action="passport.no_way").count() == 1


def test_the_student_reads_that_a_person_knows_and_no_past_date(cycle, today, sign_in):
    today(LATE)
    case = selected(cycle, "Paris", "Durango", "Hanoi")
    client = sign_in(case.application.student)
    step = client.get(case.get_absolute_url()).context["step"]
    assert (step.title, step.do_by, step.last_safe_on) == ("Talk with your advisor", None, None)
    assert "We’ve told your advisor" in step.why
    assert client.get(reverse("travel:journey")).context["journey"].also == step


# --- the arrival ------------------------------------------------------------------------------------


def test_entry_rules_count_from_the_arrival():
    """Six months from the day of arrival, by the calendar there; without it, from the second day after departure."""
    trip = TripFactory.build(leaves_on=dt.date(2027, 3, 14), returns_on=dt.date(2027, 3, 24))
    assert trip.arrival == dt.date(2027, 3, 16)
    trip.arrives_on = dt.date(2027, 3, 15)
    assert trip.arrival == dt.date(2027, 3, 15)
    short = TripFactory.build(leaves_on=dt.date(2027, 3, 14), returns_on=dt.date(2027, 3, 15))
    assert short.arrival == dt.date(2027, 3, 15)
