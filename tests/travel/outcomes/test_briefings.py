"""Briefings of one page: only released figures about the subject, or that there are too few."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from applications.models import Lever
from exchange.figures import releases
from exchange.figures.counts import Figure, Range, Rules, Why
from exchange.models import FigureRelease, PartnerCity
from exchange.templatetags.ui import day_year
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import SponsorFactory, TripFactory, in_days
from tests.travel.outcomes_rows import publish, summer, threshold
from tests.travel.stories import quoted, told
from travel.models import BudgetLine, Contribution, Placement, StoryUse, Trip
from travel.outcomes import briefing
from travel.outcomes.briefing import Kind, Subject
from travel.outcomes.population import Stage, stage_key
from travel.outcomes.published import ALL, report

pytestmark = pytest.mark.django_db
PAGE, PDF = reverse("travel:outcomes-reports"), reverse("travel:outcomes-briefing")


def home(number=2, numbers=(4, 3, 2)):
    threshold(number)
    cycle = summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")], numbers=numbers)
    publish()
    return cycle


def district(cycle, number, **stages):
    """As if a release had told of a district."""
    by = Lever.Kind.DISTRICT.value
    figures = {
        stage_key(cycle.code, Stage[stage.upper()], by, number): Figure(Range(*range_), Why.EXACT) if range_ else None
        for stage, range_ in stages.items()
    }
    releases.publish(
        figures,
        kind=FigureRelease.Kind.OUTCOMES,
        by=UserFactory(coordinator=True),
        as_of=cycle.closes_at,
        used=Rules(2, 2, 1),
    )


def about(kind, code, name="It"):
    return briefing.briefing(report(ALL), Subject(kind, code, name))


def trip_to(where, day, **fields):
    host = where.trips.first().host
    return TripFactory(city=where, host=host, leaves_on=day, returns_on=day + dt.timedelta(days=9), **fields)


def rows_of(kind, code, title="Figures"):
    return next((table.rows for table in about(kind, code).tables if table.title == title), [])


def city(name):
    return PartnerCity.objects.get(name_en=name)


def test_a_city_has_its_published_figures_and_no_others():
    home()
    hanoi = city("Hanoi")
    found = report(ALL).outcomes
    (row,) = rows_of(Kind.CITY, hanoi.code)
    told = {
        mark: next(part.count for part in found.parts[mark, by] if part.group == hanoi.code)
        for mark, by in found.parts
        if by == "city"
    }
    assert row[0] == "Hanoi" and len(row) == 1 + len(told)
    assert all(str(count.low) in "".join(row) for count in told.values() if count and count.is_exact)
    assert "Paris" not in str(about(Kind.CITY, hanoi.code).tables)
    students = Placement.objects.filter(trip__city=hanoi).count()
    assert rows_of(Kind.CITY, hanoi.code, "When they came") == [["Hanoi", "June 12, 2026", str(students)]]
    assert about(Kind.CITY, hanoi.code, "Hanoi").title == f"{students} students from Los Angeles traveled to Hanoi"
    assert about(Kind.CITY, hanoi.code).wider == ""


def test_what_cant_be_told_of_a_city_is_told_of_everyone_and_says_so():
    home(number=8)
    hanoi = about(Kind.CITY, city("Hanoi").code, "Hanoi")
    assert [table.title for table in hanoi.tables] == ["When they came"]
    of = report(ALL).outcomes.travelers
    assert f"For Hanoi alone, the groups are too small to say more. The figures below are of all {of}" in hanoi.wider


def test_the_next_groups_and_what_somebody_said_there(client):
    home()
    hanoi = city("Hanoi")
    called_off = {"closed_at": timezone.now(), "closed_by": UserFactory(coordinator=True), "closed_reason": "Storm"}
    for days, more in ((20, {}), (30, called_off), (-3, {})):
        trip_to(hanoi, in_days(days), **more)
    trip_to(city("Paris"), in_days(25))
    told(quoted(Placement.objects.filter(trip__city=hanoi).first(), "The river was brown."))
    told(quoted(Placement.objects.filter(trip__city=city("Paris")).first(), "The river was gray."))

    said = about(Kind.CITY, hanoi.code)

    assert said.ahead == [f"The next group leaves for Hanoi on {day_year(in_days(20))}."]
    assert said.quote.quote == "The river was brown."
    client.force_login(UserFactory(director=True))
    client.get(PDF, {"about": f"city:{hanoi.code}", "lang": "en"})
    assert StoryUse.objects.get().where == f"briefing-city-{hanoi.code}-en.pdf"


def test_a_sponsor_reads_what_came_of_its_money():
    home()
    hanoi, sponsor = Trip.objects.get(city=city("Hanoi")), SponsorFactory(name="Pacific Rim")
    assert about(Kind.SPONSOR, sponsor.code).lead == ["No group whose trip you help to pay for has come home yet."]
    for amount, received_on in ((700, in_days(-90)), (300, None)):
        Contribution.objects.create(sponsor=sponsor, kind="money", amount=amount, trip=hanoi, received_on=received_on)
    Contribution.objects.create(sponsor=sponsor, kind="in_kind", what="ten seats", cycle=hanoi.cycle)
    for payer, planned, actual in ((sponsor, 400, 350), (None, 1000, None), (SponsorFactory(), 20, 20)):
        BudgetLine.objects.create(trip=hanoi, title="Flights", planned=planned, actual=actual, sponsor=payer)
    students = str(hanoi.placements.count())

    said = about(Kind.SPONSOR, sponsor.code, "Pacific Rim")

    assert said.lead == [
        f"{students} students traveled to Hanoi on trips that you helped to pay for.",
        "$700 of the $1,000 that you promised has come.",
        "You also gave: ten seats.",
    ]
    assert [table.rows for table in said.tables if table.title == "Where your money went"] == [
        [["Hanoi", "June 12, 2026", students, "$350", "$1,370"]]
    ]


def test_a_district_has_its_stages_as_they_were_released():
    cycle = home()
    district(cycle, "7", submitted=(12, 12), selected=(5, 8), confirmed=None)
    ((name, started, *rest),) = rows_of(Kind.DISTRICT, "7")
    assert name == cycle.name and "12" in rest and "5 to 8" in rest and rest[-1] == "not shown"
    district(cycle, "8", submitted=None, selected=None)
    (said,) = about(Kind.DISTRICT, "8").lead
    assert "fewer than 2 people" in said and "of all districts together" in said
    ((name, *counts),) = rows_of(Kind.DISTRICT, "8")
    assert name == cycle.name and any(count != "not shown" for count in counts)


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_is_one_page_and_says_where_there_are_too_few(client, language):
    cycle = home()
    SponsorFactory(name="A Foundation for Students With an Unusually Long Name of Its Own")
    district(cycle, "8", submitted=None)
    client.force_login(UserFactory(director=True))
    known = [each.value for kind in briefing.subjects(report(ALL)).values() for each in kind]
    assert {value.partition(":")[0] for value in known} == set(Kind)
    assert all(f'value="{value}"' in client.get(PAGE).text for value in known)
    for value in known:
        answer = client.get(PDF, {"about": value, "lang": language})
        reader = PdfReader(io.BytesIO(answer.content))
        text = " ".join(reader.pages[0].extract_text().split())
        assert len(reader.pages) == 1 and reader.trailer["/Root"]["/Lang"] == language
        assert language in answer.headers["Content-Disposition"]
        wider = {"en": "of all districts together", "es": "de todos los distritos juntos"}[language]
        assert (wider in text) == value.startswith("district"), text


def test_with_nothing_published_there_is_no_briefing(client):
    threshold(2)
    client.force_login(UserFactory(coordinator=True))
    assert "nothing to report" in client.get(PDF, {"about": "city:x"}, follow=True).text


def test_an_unknown_subject_is_not_found(client):
    home()
    client.force_login(UserFactory(coordinator=True))
    assert client.get(PDF, {"about": "city:x"}).status_code == 404
    assert client.get(PDF).status_code == 404
