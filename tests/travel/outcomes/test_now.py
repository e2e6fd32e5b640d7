"""What is so today: counted by a worker, told in ranges, and the same when every row is counted one by one."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Endorsement
from exchange.background import dispatch
from exchange.figures.counts import Range
from exchange.models import Fact
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, EndorsementFactory
from tests.factories_money import MoneyPromiseFactory, MoneyRuleFactory
from tests.factories_travel import (
    SURVEY,
    BudgetLineFactory,
    PassportCaseFactory,
    PlacementFactory,
    SponsorFactory,
    TripFactory,
    in_days,
)
from tests.travel.outcomes_rows import follow_up_facts, publish, summer, threshold, wrote
from travel.models import (
    BudgetLine,
    NowSummary,
    Placement,
    SelfReport,
    Sponsor,
    SurveyAnswer,
    SurveyItem,
    SurveyResponse,
)
from travel.outcomes import now, recounting
from travel.outcomes.population import Stage
from travel.prepare.money import payments
from travel.reflection import survey as days
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
PAGE = reverse("travel:outcomes")


@pytest.fixture(autouse=True)
def facts():
    threshold(11)
    FactFactory(key="board.urgent_days", value=7, unit="days")


@pytest.fixture
def mayor(sign_in):
    return sign_in(UserFactory(director=True))


def words(client):
    return " ".join(client.get(PAGE).text.split())


def sent(cycle, number, days):
    """So many applications, sent so many days after the opening."""
    when = cycle.opens_at + dt.timedelta(days=days)
    return ApplicationFactory.create_batch(number, cycle=cycle, submitted=True, submitted_at=when)


def cycle_of(days_ago, **more):
    opened = timezone.now() - dt.timedelta(days=days_ago)
    return CycleFactory(opens_at=opened, closes_at=opened + dt.timedelta(days=60), **more)


# --- Applications -----------------------------------------------------------------------------------


def test_applications_by_week_stand_beside_the_year_before_and_no_step_is_small(mayor):
    before, cycle = cycle_of(365 + 22, name_en="Last"), cycle_of(22, name_en="This")
    for week, (then, this) in enumerate([(12, 15), (4, 20), (14, 3)]):
        sent(before, then, 7 * week + 1)
        sent(cycle, this, 7 * week + 1)
    now.refresh()
    found = now.now().applying
    assert found.line.points == [(0, 0), (1, 15), (2, 35)]  # three more came since, which nobody is told
    assert found.before.points == [(0, 0), (1, 12), (3, 30)]
    assert "35 submitted, more than a year before" in words(mayor)


@pytest.mark.parametrize(
    ("days_before", "chosen"),
    [((365,), 365), ((330, 360, 420), 360), ((365 - 61,), 304), ((100, 365 + 61), 426), ((), None)],
)
def test_the_year_before_is_the_cycle_that_opened_nearest_to_it(days_before, chosen):
    _beside(days_before, chosen, is_year_before=True)


@pytest.mark.parametrize(
    ("days_before", "chosen"), [((365 - 62,), 303), ((365 + 62, 200), 200), ((70, 40, 500), 70), ((59,), None)]
)
def test_without_one_it_is_the_newest_that_had_closed_before(days_before, chosen):
    """Cycles are open for 60 days."""
    _beside(days_before, chosen, is_year_before=False)


def _beside(days_before, chosen, *, is_year_before):
    cycle = cycle_of(20)
    cycles = {}
    for number in days_before:
        opens = cycle.opens_at - dt.timedelta(days=number)
        cycles[number] = CycleFactory(opens_at=opens, closes_at=opens + dt.timedelta(days=60))
    now.refresh()
    found = now.now().applying
    assert (found.before and found.before.cycle) == (chosen and cycles[chosen].code)
    assert chosen is None or found.is_year_before is is_year_before


def test_weeks_end_with_the_last_day_for_applications():
    cycle = cycle_of(70)  # closed ten days ago: 61 days are nine weeks
    sent(cycle, 12, 1)
    sent(cycle, 11, 60)
    now.refresh()
    line = now.now().applying.line
    assert (line.weeks, line.points[-1]) == (9, (9, 23))


def test_few_applications_are_no_number(mayor):
    sent(cycle_of(22), 4, 1)
    now.refresh()
    assert "Fewer than 11 submitted so far" in words(mayor)


def test_who_waits_is_told_so_that_no_small_number_can_be_worked_out(mayor):
    cycle = cycle_of(22)
    sent(cycle, 30, 1)
    ApplicationFactory.create_batch(3, cycle=cycle, submitted=True, endorsed=True, submitted_at=cycle.opens_at)
    now.refresh()
    waiting = now.now().waiting
    assert waiting[Stage.SUBMITTED] != Range(30, 30)  # 33 were sent, so three would show
    assert all(
        range_ is None or not range_.is_exact or range_.low == 0 or range_.low >= 11 for range_ in waiting.values()
    )


def test_nothing_waits_for_those_who_have_answered_or_can_no_longer_act(mayor):
    """A draft after the deadline, and an application whose college has said no or left it to the office."""
    closed = cycle_of(70)
    ApplicationFactory.create_batch(12, cycle=closed)
    for application in sent(closed, 12, 1)[:6]:
        EndorsementFactory(application=application, result=Endorsement.Result.NOT_ENDORSED, note="Units.")
    for application in Application.objects.filter(submitted_at__isnull=False, endorsement=None):
        EndorsementFactory(application=application, result=Endorsement.Result.ASK_THE_OFFICE, note="Units.")
    now.refresh()
    waiting = now.now().waiting
    assert Stage.STARTED not in waiting
    assert all(count is None or count.low == 0 for count in waiting.values()), waiting
    assert recounting._waiting(closed.code, timezone.now()) == (dict.fromkeys(waiting, 0), 12)
    assert not recounting.differing(now.now())
    assert "the student to submit" not in words(mayor)


# --- Passports --------------------------------------------------------------------------------------


def in_danger(trip, number, others):
    for each in range(number + others):
        placement = PlacementFactory(trip=trip, application__cycle=trip.cycle, application__confirmed=True)
        last = in_days(3) if each < number else in_days(60)
        PassportCaseFactory(placement=placement, trip=trip, stage=PassportStage.NOT_STARTED, last_safe_on=last)


@pytest.mark.parametrize(
    ("number", "others", "said"),
    [
        (0, 12, "None in danger"),
        (2, 22, "Fewer than 11 of 24 for"),
        (12, 12, "12 of 24 for"),
        (3, 8, "Some of 11 for"),  # not "fewer than 11 of 11"
    ],
)
def test_passports_in_danger_are_told_by_trip(mayor, number, others, said):
    in_danger(TripFactory(leaves_on=in_days(40), returns_on=in_days(50)), number, others)
    now.refresh()
    assert said in words(mayor)


def test_groups_with_nobody_in_danger_are_folded(mayor):
    in_danger(TripFactory(leaves_on=in_days(40), returns_on=in_days(50), city__name_en="Nairobi"), 12, 12)
    in_danger(TripFactory(leaves_on=in_days(60), returns_on=in_days(70), city__name_en="Oslo"), 0, 12)
    now.refresh()
    page = words(mayor)
    assert "12 of 24 for Nairobi" in page and "Oslo" not in page.partition("1 group with none in danger")[0]
    assert "Oslo" in page.partition("1 group with none in danger")[2]


# --- Money ------------------------------------------------------------------------------------------


def test_money_is_the_budget_and_what_students_were_promised(mayor):
    trip = TripFactory(leaves_on=in_days(40), returns_on=in_days(50))
    BudgetLineFactory(trip=trip, title="Flights", planned=1000, actual=900, sponsor=SponsorFactory(name="Airline"))
    BudgetLineFactory(trip=trip, title="Hotel", planned=500, sponsor=SponsorFactory(name="City"))
    BudgetLineFactory(trip=trip, title="Bus", planned=Decimal("50.50"), actual=Decimal("40.10"))
    rule = MoneyRuleFactory(cycle=trip.cycle, fund="City", cents=25_000)
    MoneyPromiseFactory(placement=PlacementFactory(trip=trip), rule=rule, cents=25_000)
    now.refresh()
    assert [(each.fund, each.planned, each.actual, each.is_whole) for each in now.now().money] == [
        ("", 5_050, 4_010, True),  # the program
        ("Airline", 100_000, 90_000, True),
        ("City", 75_000, 0, False),
    ]
    assert "$940 of $1,800 spent" in words(mayor)


def test_a_line_of_a_budget_reaches_the_directors_page_soon(sign_in, monkeypatch):
    sent = []
    monkeypatch.setattr(dispatch, "send_after_commit", lambda name, **_more: sent.append(name))
    office, trip = sign_in(UserFactory(coordinator=True)), TripFactory()
    said = {"title": "Flights", "planned": "20000"}
    office.post(reverse("travel:budget-line-add", args=[trip.code]), said)
    line = BudgetLine.objects.get()
    page = reverse("travel:budget-line-edit", args=[line.code])
    seen = office.get(page).context["form"].initial["seen"]
    office.post(page, {**said, "actual": "19500.50", "seen": seen})
    office.post(reverse("travel:budget-line-remove", args=[line.code]))
    assert not BudgetLine.objects.exists()
    assert sent == ["travel.refresh_now"] * 3


# --- Kept, and proved -------------------------------------------------------------------------------


def test_a_count_row_by_row_finds_the_same_and_a_wrong_one_is_told():
    cycle = cycle_of(22)
    sent(cycle, 30, 1)
    ApplicationFactory.create_batch(15, cycle=cycle, submitted=True, endorsed=True, submitted_at=cycle.opens_at)
    trip = TripFactory(leaves_on=in_days(40), returns_on=in_days(50))
    in_danger(trip, 2, 20)
    BudgetLineFactory(trip=trip)
    call_command("recount_now")
    row = NowSummary.objects.get()
    row.content["dangers"][0][1], row.content["money"][0][2] = [0, 0], 1
    row.content["applying"]["line"]["points"][1][1] += 1
    wrong = recounting.differing(now.of_content(row.content, row.made_at))
    assert wrong == ["Applications by week", "Passports in danger", "Money planned and spent"]


def test_money_counted_row_by_row_is_the_same_for_several_promises_and_funds():
    trip = TripFactory(leaves_on=in_days(40), returns_on=in_days(50))
    for fund, planned, actual in (("City", 500, 400), ("City", 20, None), ("Airline", 70, 75)):
        sponsor = Sponsor.objects.filter(name=fund).first() or SponsorFactory(name=fund)
        BudgetLineFactory(trip=trip, title=f"{fund} {planned}", planned=planned, actual=actual, sponsor=sponsor)
    BudgetLineFactory(trip=trip, title="Bus", planned=50, actual=40)
    rule = MoneyRuleFactory(cycle=trip.cycle, fund="Fund", cents=25_000)
    promises = [MoneyPromiseFactory(placement=PlacementFactory(trip=trip), rule=rule, cents=25_000) for _each in "abc"]
    office = UserFactory(coordinator=True)
    paid = payments.make([each.code for each in promises[:2]], by=office)
    payments.mark_paid(paid, paid_on=in_days(0), reference="PR 1", by=office)
    payments.make([promises[2].code], by=office)  # on a list, and not paid yet
    now.refresh()
    found = now.now()
    assert [(each.fund, each.planned, each.actual, each.is_whole) for each in found.money] == [
        ("", 5_000, 4_000, True),
        ("Airline", 7_000, 7_500, True),
        ("City", 52_000, 40_000, False),
        ("Fund", 75_000, 50_000, False),
    ]
    assert recounting.differing(found) == []


def test_the_command_fails_where_the_counts_differ(monkeypatch):
    monkeypatch.setattr(recounting, "differing", lambda _kept: ["money"])
    with pytest.raises(CommandError, match="money"):
        call_command("recount_now")


def test_before_the_first_count_the_page_says_so(mayor):
    assert "being counted for the first time" in words(mayor)


def test_the_page_takes_few_queries_however_many_years(mayor):
    colleges = [each.college for each in ApplicationFactory.create_batch(3)]

    def queries():
        publish()
        now.refresh()
        mayor.get(PAGE, {"cycle": "all"})  # asks for the charts
        with CaptureQueriesContext(connection) as found:
            mayor.get(PAGE, {"cycle": "all"})
        return len(found)

    summer(colleges, 2024)
    few = queries()
    summer(colleges, 2025, cities=("Lima", "Oslo"))
    assert queries() == few <= 13  # noqa: PLR2004 -- the budget of the page, and one for announcements


def test_a_story_a_survey_and_the_time_after_the_trip_stay_within_the_budget(mayor):
    follow_up_facts()
    for key, value in zip(days.FACTS, (7, 21, 60), strict=True):
        FactFactory(key=key, value=value, unit="days")
    cycle = summer([each.college for each in ApplicationFactory.create_batch(3)], 2024)
    (*went,) = Placement.objects.filter(application__cycle=cycle)
    wrote(went[0], "I can do this.")
    item = SurveyItem.objects.create(cycle=cycle, **SURVEY[0])
    for each in went:
        SelfReport.objects.create(application=each.application, enrolled=True)
        response = SurveyResponse.objects.create(placement=each)
        SurveyAnswer.objects.create(response=response, item=item, before=1, now=3)
    Fact.objects.filter(key__startswith="disclosure.").delete()
    threshold(1)
    publish()
    now.refresh()
    mayor.get(PAGE)  # asks for the charts
    with CaptureQueriesContext(connection) as found:
        page = words(mayor)
    assert "I can do this." in page and "Answered: 18 of 18 travelers" in page and "No comparison yet" in page
    assert len(found) <= 13  # noqa: PLR2004 -- the budget of the page, and one for announcements
