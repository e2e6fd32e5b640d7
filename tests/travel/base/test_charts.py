import json
import logging
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from exchange.background import jobs
from exchange.models import Job
from travel.base import charts
from travel.base.charts import TOKENS, Bar, draw, draw_in_subprocess, drawn

pytestmark = pytest.mark.usefixtures("real_charts")
ORDER = json.dumps({"kind": "bars", "rows": [{"label": "a", "value": 5, "text": "5"}], "narrow": False})


def only(picture):
    return draw([picture])[picture.key]


def bars(rows, **options):
    return only(charts.bars(rows, **options))


@pytest.fixture(params=["wide", "narrow"])
def picture(request):
    rows = [Bar("Started", 211, "211"), Bar("Sent", None, "–")]
    return bars(rows, title="A & B", description="From 211", narrow=request.param == "narrow")


def test_picture_is_well_formed_and_named(picture):
    root = ET.fromstring(picture)  # noqa: S314 -- drawn here
    assert root[0].text == "A & B"
    assert root.attrib["role"] == "img"


def test_picture_has_nothing_that_the_content_policy_forbids(picture):
    assert not re.search(r"<style|<script|style=|href=|onload", picture)


def test_page_colours_are_tokens_and_print_colours_are_not():
    row = [Bar("Started", 211, "211")]
    page = bars(row, title="t", description="d")
    paper = bars(row, title="t", description="d", for_print=True)
    assert "var(--link)" in page and "#0b5fa5" not in page.lower()
    assert "#0b5fa5" in paper.lower() and "var(" not in paper


def test_token_stand_ins_are_the_light_values_of_the_style_sheet():
    sheet = Path("exchange/static/exchange/css/tokens.css").read_text().split("@media")[0]
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", sheet))
    assert {light[token]: token for token in TOKENS.values()} == TOKENS


def test_hidden_value_has_its_text_and_no_bar():
    shown = bars([Bar("a", 5, "5"), Bar("b", 7, "7")], title="t", description="d")
    hidden = bars([Bar("a", 5, "5"), Bar("b", None, "not shown")], title="t", description="d")
    assert "not shown" in hidden
    assert shown.count("var(--link)") - hidden.count("var(--link)") == 1


def test_narrow_bars_fit_a_phone_at_full_size_and_say_the_same():
    rows = [Bar("First passports by college, all of them", 211, "211"), Bar("Sent", None, "not shown")]
    wide = bars(rows, title="t", description="d")
    narrow = bars(rows, title="t", description="d", narrow=True)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', narrow).group(1))
    assert width < 340 < float(re.search(r'viewBox="0 0 ([\d.]+)', wide).group(1))
    assert sorted(re.findall(r"<text[^>]*>([^<]+)<", narrow)) == sorted(re.findall(r"<text[^>]*>([^<]+)<", wide))


@pytest.mark.parametrize("label", ["Ab", "Passport in hand", "A college with a long name"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", ["bars", "spans", "curves"])
def test_the_space_for_a_chart_is_about_as_large(kind, narrow, label):
    """So that nothing moves on the page when the chart comes."""
    said = {"title": "t", "description": "d"}
    numbers = range(1, 5)
    picture = {
        "bars": lambda: charts.bars(
            [charts.Bar(f"{label}{number}", number, "5") for number in numbers], narrow=narrow, **said
        ),
        "spans": lambda: charts.spans(
            [charts.Span(f"{label}{number}", 1, 2, 3, "2 of 5") for number in numbers], narrow=narrow, **said
        ),
        "curves": lambda: charts.curves(
            [charts.Curve(label, [(0, 0), (9, 90)])], ticks=[(0, "Wed, Oct 21"), (9, "Wed, Dec 23")], **said
        ),
    }[kind]()
    (svg,) = charts.draw([picture]).values()

    (width, height), (real_width, real_height) = (
        map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)', each).groups())
        for each in (charts.space_for(picture), svg)
    )

    assert height / width == pytest.approx(real_height / real_width, rel=0.1)


YEARS = [
    charts.Curve("Never abroad", [(0, 55), (1, 62), (2, 68)], ["55%", "62%", "68%"]),
    charts.Curve("A year before", [(0, 20), (2, 30)], is_main=False),
]


def lines_of(svg):
    """The words of each text, whose lines are parts of their own."""
    return [re.sub(r"(<[^>]+>)+", " ", words).strip() for words in re.findall(r"<text[^>]*>(.*?)</text>", svg)]


def test_a_line_that_ends_early_has_its_name_before_its_value():
    rows = [
        charts.Curve("This time", [(0, 0), (2, 40)], ["", "40"]),
        charts.Curve("A year before", [(0, 0), (5, 90)], ["", "90"], is_main=False),
    ]
    svg = only(charts.curves(rows, ticks=[(0, "May"), (5, "July")], title="t", description="d"))
    assert {"This time", "A year before", "40", "90"} <= set(lines_of(svg))
    (early,) = re.findall(r'<text text-anchor="(\w+)"[^>]*>This time', svg)
    (late,) = re.findall(r'<text text-anchor="(\w+)"[^>]*>(?:<tspan[^>]*>)?A year', svg)
    assert (early, late) == ("end", "start")


def test_names_that_share_a_bar_stand_in_two_lines_and_none_is_cut():
    label = "Selected · Confirmed · Passport in hand"
    assert label in lines_of(bars([Bar(label, 44, "44 to 55", 55)], title="t", description="d"))


def test_labels_on_paper_begin_at_the_left_because_readers_cut_text_anchored_at_its_end():
    row = [Bar("Trade-Technical", 5, "5"), Bar("West", 7, "7")]
    paper = bars(row, title="t", description="d", for_print=True)
    assert 'text-anchor="end"' not in paper and 'text-anchor="end"' in bars(row, title="t", description="d")


def test_curves_say_their_values_and_their_names():
    svg = only(charts.curves(YEARS, ticks=[(0, "2024"), (1, "2025"), (2, "2026")], title="t", description="d"))
    assert {"55%", "68%", "Never abroad", "A year before", "2024", "2026"} <= set(lines_of(svg))
    assert float(re.search(r'viewBox="0 0 ([\d.]+)', svg).group(1)) < 340  # a phone shows its words at full size
    assert not re.search(r"<style|<script|style=|href=|onload", svg)
    assert "var(--link)" in svg


@pytest.mark.parametrize("narrow", [False, True])
def test_stacks_have_every_part_a_mark_and_their_sum(narrow):
    rows = [charts.Stack("Tokyo 2026", [("Airline", 1500.0), ("Fund", 900.0)], "$2,400", 2300.0)]
    svg = only(charts.stacks(rows, title="t", description="d", narrow=narrow))
    assert all(f">{text}<" in svg for text in ("Tokyo 2026", "$2,400", "Airline", "Fund"))
    assert svg.count("var(--jacaranda)") >= 1


# --- The subprocess ---------------------------------------------------------------------------------


@pytest.fixture
def apart(monkeypatch):
    """Charts are drawn as on the server: conftest has everything else draw inside the tests' process."""
    monkeypatch.setattr(charts, "draw_in_subprocess", draw_in_subprocess)
    monkeypatch.setattr(charts, "PATIENCE_SECONDS", 60)  # on a busy machine the engine starts slowly
    for engine in ("altair", "vl_convert"):
        monkeypatch.setitem(sys.modules, engine, None)  # importing it in this process fails


def test_another_process_draws_in_the_order_asked_for(apart):
    first, second = (charts.bars([Bar(name, 5, "5")], title=name, description="d") for name in ("One", "Two"))
    found = draw([first, second, first])
    assert ">One<" in found[first.key] and ">Two<" in found[second.key] and len(found) == 2


def test_a_picture_that_cannot_be_drawn_leaves_the_others(apart, caplog):
    with caplog.at_level(logging.ERROR):
        before, broken, after = draw_in_subprocess([ORDER, '{"kind": "cake"}', ORDER])
    assert before.startswith("<svg") and after.startswith("<svg") and broken is None
    assert "1 of 3 charts not drawn" in caplog.text and "cake" in caplog.text


def test_what_was_ready_in_time_counts(monkeypatch):
    late = subprocess.TimeoutExpired("draw", 10, output=b'"<svg>1</svg>"\n"<svg>2<')
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: (_ for _ in ()).throw(late))
    assert draw_in_subprocess([ORDER, ORDER]) == ["<svg>1</svg>", None]


def test_a_process_that_does_not_start_or_falls_over_draws_nothing(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert draw_in_subprocess([ORDER]) == [None]
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert draw_in_subprocess([ORDER, ORDER]) == [None, None]


def test_the_process_is_told_no_secret(monkeypatch):
    told = {}

    def run(_command, *, env, **_options):
        told.update(env)
        return subprocess.CompletedProcess([], 0, b"null\n", b"")

    monkeypatch.setenv("SECRET_KEY", "it")
    monkeypatch.setattr(subprocess, "run", run)
    draw_in_subprocess([ORDER])
    assert "PATH" in told and set(told) <= set(charts.ENVIRONMENT)


# --- What stays -------------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch):
    """The orders that were drawn; those of a "broken" one can't be."""
    asked = []

    def answer(orders):
        asked.append(orders)
        return [None if "broken" in order else '<svg viewBox="0 0 9 9"></svg>' for order in orders]

    monkeypatch.setattr(charts, "draw_in_subprocess", answer)
    return asked


def pictures(*names):
    return [charts.bars([Bar(name, 5, "5")], title="t", description="d") for name in names]


@pytest.mark.django_db
def test_pictures_are_drawn_once_for_the_same_figures_even_if_the_cache_is_lost(counted):
    (fine,) = pictures("fine")
    for _turn in range(2):
        assert drawn([fine]).of(fine).startswith("<svg")
        cache.clear()
    assert len(counted) == 1
    (other,) = pictures("other")
    assert drawn([other]).of(fine) is None and len(counted) == 2


@pytest.mark.django_db
def test_what_could_not_be_drawn_is_tried_again_but_not_at_once(counted):
    fine, broken = pictures("fine", "broken")
    for _turn in range(2):
        found = drawn([fine, broken])
        assert found.of(fine).startswith("<svg") and found.of(broken) is None and not found.is_waiting
    assert len(counted) == 1
    Job.objects.update(finished_at=timezone.now() - jobs.FAILURE_LASTS - timedelta(seconds=1))
    drawn([fine, broken])
    assert len(counted) == 2


def test_the_portal_loads_without_what_only_workers_need():
    code = (
        "import sys, django; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns;"
        "import travel.outcomes.report, travel.outcomes.fairness_report, exchange.wsgi;"
        "print({'altair', 'vl_convert', 'weasyprint', 'highspy', 'numpy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "set()"
