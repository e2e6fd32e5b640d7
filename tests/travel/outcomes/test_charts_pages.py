"""Pages with charts: a worker draws them, the page waits with its tables, and if one fails its table stays open."""

import io
import re
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from applications.models import Cycle
from exchange.background import jobs
from exchange.models import Job
from tests.factories import CollegeFactory, UserFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from travel.base import charts
from travel.base.charts import draw_in_subprocess
from travel.outcomes import documents
from travel.outcomes.now import Applying, Line, Now
from travel.outcomes.views import outcomes as views

pytestmark = pytest.mark.django_db
PAGE, PDF = reverse("travel:outcomes"), reverse("travel:outcomes-pdf")
WAITING = {"en": "The charts are being drawn.", "es": "Estamos dibujando las gráficas."}
LATE = {"en": "The charts will take longer than usual.", "es": "Las gráficas van a tardar más de lo normal."}
SAID = "The chart couldn’t be drawn this time."


@pytest.fixture
def mayor(client):
    threshold(2)
    summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")])
    publish()
    Job.objects.all().delete()  # the charts drawn ahead
    client.force_login(UserFactory(director=True))
    return client


STAGES = "The ranges don’t tell where most students are lost"


def cards(response):
    """Title -> the whole card."""
    found = re.split(r'<(?:section|details) class="ex-chart-card', response.content.decode())[1:]
    return {re.search(r"<h([23])[^>]*>(.*?)</h\1>", card)[2]: card for card in found}


def test_the_subprocess_draws_and_its_worker_never_has_the_engine(mayor, monkeypatch):
    monkeypatch.setattr(charts, "draw_in_subprocess", draw_in_subprocess)
    monkeypatch.setattr(charts, "PATIENCE_SECONDS", 60)  # on a busy machine the engine starts slowly
    for engine in ("altair", "vl_convert"):
        monkeypatch.setitem(sys.modules, engine, None)  # importing it in this process fails
    shown = cards(mayor.get(PAGE))
    assert shown[STAGES].count("<svg") == 2
    assert shown["18 students, Hanoi and Paris"].count("<svg") == 1
    assert not any(SAID in card or "<details open" in card for card in shown.values())


def test_all_charts_of_a_page_are_asked_for_at_once_and_then_kept(mayor, monkeypatch):
    asked, draw = [], charts.draw_in_subprocess
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: asked.append(len(orders)) or draw(orders))
    first, second = (mayor.get(PAGE).content.count(b'class="ex-chart"') for _turn in range(2))
    assert asked == [first] and first == second


@pytest.mark.parametrize("language", ["en", "es"])
def test_until_a_worker_has_drawn_them_the_page_has_all_figures_and_says_so(mayor, monkeypatch, language):
    """The broker is away, or the workers are busy: nothing is drawn in the request, and nobody waits for it."""
    mayor.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    draw, line = charts.draw_in_subprocess, Line(Cycle.objects.get().code, [(0, 0), (2, 40)], 3)
    applying = Applying(line, 2, timezone.localdate())
    monkeypatch.setattr(views, "now", lambda: Now(timezone.now(), applying=applying))
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: pytest.fail("the page drew"))
    page = mayor.get(PAGE)
    text = page.content.decode()
    parts = re.findall(r"<\w[^<>]*data-waiting[^<>]*>", text)
    assert len(parts) == 8 and len({re.search(r' id="([^"]+)"', part)[1] for part in parts}) == 8  # found by their ids
    assert WAITING[language] in text and "waiting.js" in text
    shown = cards(page)
    waiting = [card for card in shown.values() if "data-waiting" in card]
    assert len(waiting) == 6
    # the table is open, and the chart's space is kept so that it doesn't move when the chart comes
    assert all("<details open>" in card and 'class="ex-chart"' not in card for card in waiting)
    assert all('aria-hidden="true"></svg>' in card for card in waiting)
    mayor.get(PAGE)
    job = Job.objects.get(kind=charts.KIND)
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert LATE[language] in mayor.get(PAGE).content.decode()
    monkeypatch.setattr(charts, "draw_in_subprocess", draw)
    jobs.run(job.pk)  # the broker is back
    assert WAITING[language] not in mayor.get(PAGE).content.decode()


def test_drawing_that_was_killed_midway_is_done_again(mayor, monkeypatch):
    draw = charts.draw_in_subprocess
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        mayor.get(PAGE)
    monkeypatch.setattr(charts, "draw_in_subprocess", draw)
    assert "data-waiting" in mayor.get(PAGE).content.decode()
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert jobs.look_after()["again"] == 1
    assert all("data-waiting" not in card for card in cards(mayor.get(PAGE)).values())


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_pdf_waits_on_a_page_that_leads_back_and_is_the_same_file_afterward(mayor, monkeypatch, language):
    mayor.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "publish", lambda job: None)
        patch.setattr(documents, "pdf_of", lambda html: pytest.fail("the page made it"))
        waiting = mayor.get(PDF)
        assert waiting.headers["Content-Type"].startswith("text/html")
        assert "data-waiting" in waiting.text and f"{PAGE}?cycle=" in waiting.text and "waiting.js" in waiting.text
        assert mayor.get(PDF).text.count("data-waiting") == 1
    (job,) = Job.objects.filter(kind=documents.KIND)
    jobs.run(job.pk)
    first, second = mayor.get(PDF).content, mayor.get(PDF).content
    assert first.startswith(b"%PDF") and first == second
    assert Job.objects.filter(kind=documents.KIND).count() == 1 and Job.objects.get(pk=job.pk).given is None


def test_a_pdf_that_needs_too_much_memory_says_so_and_is_not_started_again_at_once(mayor, monkeypatch):
    asked = []

    def grow(html):
        asked.append(html)
        raise MemoryError

    monkeypatch.setattr(documents, "pdf_of", grow)
    for _turn in range(2):
        page = mayor.get(PDF).text
        assert "needs more memory than we have" in page and "data-waiting" not in page
    assert len(asked) == 1


def test_where_drawing_fails_the_page_is_whole_and_its_tables_are_open(mayor, monkeypatch):
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: [None] * len(orders))
    page = mayor.get(PAGE)
    assert page.status_code == 200 and "</html>" in page.content.decode()
    shown = cards(page)
    for title in (STAGES, "First passports by college"):
        assert "<svg" not in shown[title] and SAID in shown[title] and "<details open>" in shown[title]
    # this card never has a chart
    assert SAID not in shown["How we count"] and "<details>" in shown["How we count"]


def test_one_chart_that_fails_takes_no_other_with_it(mayor, monkeypatch):
    draw = charts.draw_in_subprocess

    def without_the_colleges(orders):
        return [None if "East" in order else svg for order, svg in zip(orders, draw(orders), strict=True)]

    monkeypatch.setattr(charts, "draw_in_subprocess", without_the_colleges)
    shown = cards(mayor.get(PAGE))
    failed = [title for title, card in shown.items() if SAID in card]
    assert failed and all("college" in title for title in failed)
    assert "East" in shown[failed[0]] and shown[STAGES].count("<svg") == 2


def test_the_sheet_of_paper_has_the_table_of_a_chart_that_fails(mayor, monkeypatch):
    drawn = "".join(each.extract_text() for each in PdfReader(io.BytesIO(mayor.get(PDF).content)).pages)
    assert SAID not in drawn
    Job.objects.all().delete()
    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: [None] * len(orders))
    failed = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(mayor.get(PDF).content)).pages)
    failed = " ".join(failed.split())
    assert failed.count(SAID) >= 2 and "Passport in hand 18" in failed and "Hanoi" in failed
