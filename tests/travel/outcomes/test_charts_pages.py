"""Pages with charts: the web process draws none itself, and if one fails its table is shown instead."""

import io
import re
import sys

import pytest
from django.urls import reverse
from pypdf import PdfReader

from tests.factories import CollegeFactory, UserFactory
from tests.travel.outcomes_rows import summer, threshold
from travel.base import charts
from travel.base.charts import draw_in_subprocess

pytestmark = pytest.mark.django_db
PAGE, PDF = reverse("travel:outcomes"), reverse("travel:outcomes-pdf")
SAID = "The chart couldn’t be drawn this time."


@pytest.fixture
def mayor(client):
    threshold(2)
    summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")])
    client.force_login(UserFactory(director=True))
    return client


def cards(response):
    """Title -> the whole card."""
    found = re.findall(r'<section class="ex-chart-card".*?</section>', response.content.decode(), re.DOTALL)
    return {re.search(r"<h2[^>]*>(.*?)</h2>", card)[1]: card for card in found}


def test_the_web_process_shows_charts_and_never_has_the_engine(mayor, monkeypatch):
    monkeypatch.setattr(charts, "draw_in_subprocess", draw_in_subprocess)
    monkeypatch.setattr(charts, "PATIENCE_SECONDS", 60)  # on a busy machine the engine starts slowly
    for engine in ("altair", "vl_convert"):
        monkeypatch.setitem(sys.modules, engine, None)  # importing it in this process fails
    shown = cards(mayor.get(PAGE))
    assert shown["From application to return"].count("<svg") == 2
    assert shown["Where they went"].count("<svg") == 1
    assert not any(SAID in card or "<details open" in card for card in shown.values())


def test_all_charts_of_a_page_are_asked_for_at_once_and_then_kept(mayor, monkeypatch):
    asked, draw = [], charts.draw_in_subprocess
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: asked.append(len(orders)) or draw(orders))
    first, second = (mayor.get(PAGE).content.count(b'class="ex-chart"') for _turn in range(2))
    assert asked == [first] and first == second


def test_where_drawing_fails_the_page_is_whole_and_its_tables_are_open(mayor, monkeypatch):
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: [None] * len(orders))
    page = mayor.get(PAGE)
    assert page.status_code == 200 and "</html>" in page.content.decode()
    shown = cards(page)
    for title in ("From application to return", "Where they went", "First passports by college"):
        assert "<svg" not in shown[title] and SAID in shown[title] and "<details open>" in shown[title]
    # this card never has a chart
    assert SAID not in shown["How we count"] and "<details>" in shown["How we count"]


def test_one_chart_that_fails_takes_no_other_with_it(mayor, monkeypatch):
    draw = charts.draw_in_subprocess

    def without_the_map(orders):
        return [None if '"map"' in order else svg for order, svg in zip(orders, draw(orders), strict=True)]

    monkeypatch.setattr(charts, "draw_in_subprocess", without_the_map)
    shown = cards(mayor.get(PAGE))
    assert [title for title, card in shown.items() if SAID in card] == ["Where they went"]
    assert "Hanoi" in shown["Where they went"] and shown["From application to return"].count("<svg") == 2


def test_the_sheet_of_paper_has_the_table_of_a_chart_that_fails(mayor, monkeypatch):
    drawn = "".join(each.extract_text() for each in PdfReader(io.BytesIO(mayor.get(PDF).content)).pages)
    assert SAID not in drawn
    charts.cache.clear()
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: [None] * len(orders))
    failed = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(mayor.get(PDF).content)).pages)
    failed = " ".join(failed.split())
    assert failed.count(SAID) >= 3 and "Passport in hand 18" in failed and "Hanoi" in failed
