"""The one-page PDF of the outcomes: the page's figures, in the reader's language, accessible, always one page."""

import io

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_travel import SURVEY
from tests.travel.outcomes_rows import publish, summer, threshold, traveler, trip_home, wrote
from travel.models import Placement, StoryUse, SurveyAnswer, SurveyItem, SurveyResponse
from travel.outcomes.population import Stage
from travel.outcomes.published import report
from travel.outcomes.report import page_of
from travel.reflection import stories
from travel.reflection.actions import consents
from travel.reflection.survey import FACTS as SURVEY_FACTS

pytestmark = pytest.mark.django_db
PDF = reverse("travel:outcomes-pdf")


@pytest.fixture
def mayor(client):
    client.force_login(UserFactory(director=True))
    return client


@pytest.fixture
def colleges():
    return [CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")]


def sheet(response):
    reader = PdfReader(io.BytesIO(response.content))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.usefixtures("real_charts")
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sheet_has_the_pages_figures_in_the_readers_language(mayor, colleges, language):
    threshold(2)
    cycle = summer(colleges)
    wrote(traveler(trip_home(cycle, PartnerCityFactory(name_en="Athens")), colleges[0]), "The sea.")
    publish()
    mayor.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = mayor.get(PDF)
    reader, text = sheet(response)
    catalog = reader.trailer["/Root"]
    assert response.headers["Content-Type"] == "application/pdf"
    assert f"outcomes-{cycle.code}.pdf" in response.headers["Content-Disposition"]
    assert len(reader.pages) == 1
    assert (float(reader.pages[0].mediabox.width), float(reader.pages[0].mediabox.height)) == (612, 792)
    assert catalog["/Lang"] == language and catalog["/MarkInfo"]["/Marked"]
    assert "pdfuaid" in catalog["/Metadata"].get_object().get_data().decode()
    with translation.override(language):
        page = page_of(report())
        assert page.title in text and page.title in reader.metadata.title
        for card in page.figures:
            assert card.figure in text and card.sentence.replace("\xa0", " ") in text.replace("- ", "-")
        for card in (page.stages, page.map, *page.breakdowns):
            assert card.title in text
    assert "The sea." in text and "Hanoi" in text
    assert str(report().outcomes.stages[Stage.STARTED].low) in text


def test_a_story_on_the_sheet_is_listed_once_its_student_withdraws_it(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    placement = cycle.trips.first().placements.first()
    wrote(placement, "The sea.")
    publish()
    assert not StoryUse.objects.exists()
    assert "The sea." in sheet(mayor.get(PDF))[1] and "The sea." in sheet(mayor.get(PDF))[1]
    use = StoryUse.objects.get()
    assert use.where == f"outcomes-{cycle.code}.pdf" and use.by.has_role("director")
    consents.withdraw(placement.reflections.get(), "quote", by=placement.application.student)
    assert stories.used_though_taken_back() == [use]
    assert "The sea." not in sheet(mayor.get(PDF))[1]


def test_the_sheet_has_the_surveys_result(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    for place, key in enumerate(SURVEY_FACTS):
        FactFactory(key=key, value=7 * (place + 1), unit="days")
    item = SurveyItem.objects.create(cycle=cycle, **SURVEY[0])
    for placement in Placement.objects.filter(trip__cycle=cycle)[:16]:
        response = SurveyResponse.objects.create(placement=placement)
        SurveyAnswer.objects.create(response=response, item=item, before=2, now=4)
    publish()
    text = sheet(mayor.get(PDF))[1]
    assert "Before the trip and now: Summer 2026" in text and "of 18 travelers" in text
    assert "Most of those who answered rated the sentence higher now" in text


@pytest.mark.usefixtures("real_charts")
def test_the_fullest_sheet_is_one_page_and_its_pictures_have_words(mayor):
    threshold(1)
    colleges = [CollegeFactory(short_name=f"Trade-Technical {n}") for n in range(9)]
    for year in (2022, 2023, 2024, 2025):
        cycle = summer(colleges, year, numbers=(2,) * 9, cities=(f"Durango {year}", f"Nagoya {year}"))
        wrote(traveler(cycle.trips.first(), colleges[0]), "I was the first in my family to see it. " * 6)
    publish()
    reader, text = sheet(mayor.get(PDF, {"cycle": "all"}))
    assert "Trade-Technical 4" in text and "I was the first" in text
    assert len(reader.pages) == 1
    pictures = list(figures(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert len(pictures) == 6 and all(pictures)


def figures(node):
    """The alternative texts of all figures in the tag tree."""
    node = node.get_object()
    if not hasattr(node, "get"):
        return
    if node.get("/S") == "/Figure":
        yield node.get("/Alt", "")
    kids = node.get("/K") or []
    for kid in kids if isinstance(kids, list) else [kids]:
        yield from figures(kid)
