"""Briefings of one page: only released figures about the subject, or that there are too few."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from applications.models import Lever
from exchange.figures import releases
from exchange.figures.counts import Figure, Range, Rules, Why
from exchange.models import FigureRelease, PartnerCity
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import SponsorFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from travel.models import BudgetLine, Trip
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


def rows_of(kind, code, name="It"):
    return briefing.briefing(report(ALL), Subject(kind, code, name)).rows


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
    assert "Paris" not in str(rows_of(Kind.CITY, hanoi.code))


def test_a_consulate_and_a_sponsor_have_the_cities_that_are_theirs():
    home()
    hanoi, paris = city("Hanoi"), city("Paris")
    PartnerCity.objects.filter(pk=hanoi.pk).update(country_code="VN")
    PartnerCity.objects.filter(pk=paris.pk).update(country_code="FR")
    assert [row[0] for row in rows_of(Kind.CONSULATE, "FR")] == ["Paris"]
    sponsor = SponsorFactory()
    assert rows_of(Kind.SPONSOR, sponsor.code) == []
    BudgetLine.objects.create(trip=Trip.objects.get(city=hanoi), title="Flights", planned=10, sponsor=sponsor)
    assert [row[0] for row in rows_of(Kind.SPONSOR, sponsor.code)] == ["Hanoi"]


def test_a_district_has_its_stages_as_they_were_released():
    cycle = home()
    district(cycle, "7", submitted=(12, 12), selected=(5, 8), confirmed=None)
    ((name, started, *rest),) = rows_of(Kind.DISTRICT, "7")
    assert name == cycle.name and "12" in rest and "5 to 8" in rest and rest[-1] == "not shown"
    district(cycle, "8", submitted=None, selected=None)
    assert rows_of(Kind.DISTRICT, "8") == []


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
        too_few = {"en": "too few students", "es": "muy pocos estudiantes"}[language]
        assert (too_few in text) == value.startswith(("district", "sponsor")), text


def test_with_nothing_published_there_is_no_briefing(client):
    threshold(2)
    client.force_login(UserFactory(coordinator=True))
    assert "nothing to report" in client.get(PDF, {"about": "city:x"}, follow=True).text


def test_an_unknown_subject_is_not_found(client):
    home()
    client.force_login(UserFactory(coordinator=True))
    assert client.get(PDF, {"about": "city:x"}).status_code == 404
    assert client.get(PDF).status_code == 404
