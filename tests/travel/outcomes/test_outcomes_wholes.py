"""What the mayor's office reads, whole: figures, titles, tables and charts of a program with something of each kind."""

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from applications.models import Cycle, Lever
from exchange.models import Fact, PartnerCity
from tests.clock import NOON
from tests.factories import CollegeFactory, FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import (
    SURVEY,
    BudgetLineFactory,
    PassportCaseFactory,
    PlacementFactory,
    SponsorFactory,
    TripFactory,
    in_days,
)
from tests.travel.outcomes.test_waits import waited
from tests.travel.outcomes_rows import follow_up_facts, publish, summer, threshold
from tests.wholes import is_as_written, whole
from travel.base import charts
from travel.models import EarlierImport, Placement, SelfReport, SurveyAnswer, SurveyItem, SurveyResponse, Trip
from travel.outcomes import actions as releasing
from travel.outcomes import annual, briefing, fairness_report, impact, now, release_page, survey
from travel.outcomes import report as report_page
from travel.outcomes.earlier_actions import import_file
from travel.outcomes.following import results
from travel.outcomes.groups import groups_of
from travel.outcomes.published import ALL, report
from travel.outcomes.spent import spent
from travel.reflection import survey as days

pytestmark = pytest.mark.django_db


def budget(trip, *, is_whole):
    airline, city = SponsorFactory(name=f"Airline {trip.city.name}"), SponsorFactory(name=f"City of {trip.city.name}")
    BudgetLineFactory(trip=trip, title="Flights", planned=9000, actual=7200, sponsor=airline)
    BudgetLineFactory(trip=trip, title="Hotel", planned=3600, actual=3900 if is_whole else None, sponsor=city)
    BudgetLineFactory(trip=trip, title="Bus", planned=450, actual=500)


def home(colleges, year, cities, numbers):
    """A summer with waits, answers and money, and with applicants who stayed."""
    cycle = summer(colleges, year, numbers, cities=cities)
    for name in cities:  # figures are in the order of codes
        PartnerCity.objects.filter(name_en=name).update(code=name.lower())
    kinds = {"first_trip": "first_abroad", "first_generation": "parents_education"}
    for kind, key in kinds.items():
        Lever.objects.create(
            cycle=cycle, kind=kind, question_key=key, values=[True], definition_en=f"By {key}.", definition_es=key
        )
    form = cycle.form_versions.get()
    for college, number in zip(colleges, (5, 9, 2), strict=True):
        ApplicationFactory.create_batch(number, cycle=cycle, form=form, college=college, not_selected=True)
    ApplicationFactory.create_batch(4, cycle=cycle, form=form, college=colleges[1])
    items = [SurveyItem.objects.create(cycle=cycle, **row) for row in SURVEY[:3]]
    for number, placement in enumerate(Placement.objects.filter(trip__cycle=cycle).order_by("pk")):
        waited(placement, 20, 5 if number % 3 else 40, 70 if number % 2 else 10)
        if number % 4:
            response = SurveyResponse.objects.create(placement=placement)
            for item, (before, after) in zip(items, ((1, 3), (3, 3), (3, 1 + number % 4)), strict=True):
                SurveyAnswer.objects.create(response=response, item=item, before=before, now=after)
            SelfReport.objects.create(
                application=placement.application, enrolled=number % 5 > 0, transferred=number % 2 > 0
            )
    for number, trip in enumerate(Trip.objects.filter(cycle=cycle).order_by("pk")):
        Trip.objects.filter(pk=trip.pk).update(leaves_on=trip.leaves_on - dt.timedelta(days=number))
        budget(trip, is_whole=not (year == 2025 and number))
    return cycle


BEFORE = """year,measure,city,number,published,source,source_url,as_of
2019,submitted,,140,no,Annual report,https://example.gov/2019,2019-12-01
2019,selected,,30,yes,Annual report,https://example.gov/2019,2019-12-01
2019,traveled,,24,no,Annual report,https://example.gov/2019,2019-12-01
2019,first_abroad,,15,no,Annual report,https://example.gov/2019,2019-12-01
"""


def today(colleges):
    """A cycle that takes applications, one a year before, a group away and two that leave soon."""
    for days_ago, sent in ((365 + 22, (14, 5, 18)), (22, (15, 20, 13))):
        opened = timezone.now() - dt.timedelta(days=days_ago)
        cycle = CycleFactory(opens_at=opened, closes_at=opened + dt.timedelta(days=60))
        for week, number in enumerate(sent):
            when = opened + dt.timedelta(days=7 * week + 1)
            ApplicationFactory.create_batch(number, cycle=cycle, college=colleges[0], submitted=True, submitted_at=when)
    for city, leaves, dangers, others in (("Lagos", 40, 12, 2), ("Quito", 60, 0, 3)):
        trip = TripFactory(
            cycle=cycle,
            leaves_on=in_days(leaves),
            returns_on=in_days(leaves + 9),
            city__name_en=city,
            city__name_es=city,
        )
        for number in range(dangers + others):
            placement = PlacementFactory(trip=trip, application__cycle=cycle, application__confirmed=True)
            last = in_days(3) if number < dangers else in_days(60)
            PassportCaseFactory(placement=placement, trip=trip, stage="not_started", last_safe_on=last)
    budget(trip, is_whole=False)
    away = TripFactory(
        cycle=cycle,
        leaves_on=in_days(-3),
        returns_on=in_days(5),
        departed_at=timezone.now(),
        city__name_en="Cusco",
        city__name_es="Cuzco",
    )
    for _each in range(2):
        PlacementFactory(trip=away, application__cycle=cycle, application__confirmed=True, travelled_at=timezone.now())


def described(picture):
    """What is to be drawn, once for both widths."""
    return picture.description if '"narrow": true' in picture.order else picture.order


def page_of(code, *more):
    page = report_page.page_of(report(code), *more)
    return dataclasses.replace(page, top=page.top and page.top.said, drawing=None)


@pytest.fixture(autouse=True)
def one_day():
    """What is known of the years after a trip depends on today."""
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.mark.parametrize("least", [2, 5])
def test_a_program_with_something_of_each_kind(least, monkeypatch):
    """With few that are hidden, and with many."""
    monkeypatch.setattr(charts, "draw", lambda pictures: {each.key: described(each) for each in pictures})
    follow_up_facts(), threshold(least)
    FactFactory(key="board.urgent_days", value=7, unit="days")
    for key, value in (("first_abroad", 40), ("first_flight", 10)):
        FactFactory(
            key=f"yardstick.{key}",
            value=value,
            unit=Fact.Unit.PERCENT,
            source_name="The city",
            as_of=dt.date(2023, 5, 1),
        )
    for key, value in zip(days.FACTS, (7, 21, 60), strict=True):
        FactFactory(key=key, value=value, unit="days")
    colleges = [CollegeFactory(short_name=name, name=name, code=name.lower()) for name in ("East", "City", "Pierce")]
    home(colleges, 2024, ("Hanoi", "Paris"), (8, 5, 2))
    home(colleges, 2025, ("Oslo", "Lima"), (6, 7, 1))
    office = UserFactory(coordinator=True)
    import_file(BEFORE, EarlierImport.Kind.COUNTS, by=office)
    found = releasing._work_out()
    planned = {
        each.title: [dataclasses.astuple(line) for line in (*each.lines, *each.groups)]
        for each in release_page.preview(found.plan)
    }
    publish()
    today(colleges)
    now.refresh()

    everything = report(ALL)
    pages = {"all": page_of(ALL, now.now()), "one": page_of("summer-2025", now.now())}
    groups = {code: groups_of(Cycle.objects.get(code=f"summer-{code}")) for code in ("2024", "2025")}
    pages["printed"] = report_page.page_of(report("summer-2024"), for_print=True).figures
    pages |= {
        f"groups {code}": dataclasses.replace(fairness_report.page_of(each), drawing=None)
        for code, each in groups.items()
    }
    pages |= {f"csv {code}": list(fairness_report.csv_rows(each)) for code, each in groups.items()}
    pages |= {"survey": survey.results(everything), "afterward": results.results(everything)}
    pages |= {"annual": annual.by_year(everything), "money": spent(everything, now.money()), "public": impact.impact()}
    known = [each for kind in briefing.subjects(everything).values() for each in kind]
    pages["briefings"] = [briefing.briefing(everything, each) for each in known]
    assert is_as_written(f"planned_{least}", whole(planned))
    assert is_as_written(f"published_{least}", whole(pages))
