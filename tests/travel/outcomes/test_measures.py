"""Each figure is declared once: what is published has a declaration, and nothing is counted or named beside it."""

import ast
import random
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from exchange.figures.counts import Rules
from exchange.models import Language
from travel.outcomes import recounting
from travel.outcomes.cohorts import cohort
from travel.outcomes.measures import ANSWERED, MEASURES, STEPS, TODAY, WAYS, Place, at, group_name
from travel.outcomes.population import Mark, parts_of, pooled_population
from travel.outcomes.release_plan import plan_release

ROOT = Path(settings.BASE_DIR)
REGISTRY = ROOT / "travel/outcomes/measures.py"
COUNTS = {"travel/outcomes/population.py", "travel/outcomes/now.py"}  # what makes keys of counts
FOLDERS = ("travel/outcomes", "exchange/figures")
TEMPLATES = ("templates/travel/outcomes", "templates/documents/travel/outcomes")
WHOLE = {**MEASURES, **TODAY}


def modules():
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) if path != REGISTRY]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def words():
    """All that the registry calls something, in English."""
    with translation.override("en"):
        said = [text for each in WHOLE.values() for text in (each.title, each.definition, each.sentence)]
        said += [*WAYS.values(), *STEPS.values()]
        return {str(text) for text in said if len(str(text)) > len("Traveled")}


def test_whatever_may_be_published_is_declared_and_whatever_is_declared_may_be_published():
    dice = random.Random(37)  # noqa: S311 -- made-up people
    counted = [cohort(dice, f"summer-{year}") for year in (2025, 2026)]
    populations = [make()[0] for counts in counted for _key, make in parts_of(counts)]
    populations += [pooled_population(counted, mark, [])[0] for mark in (Mark.PASSPORT, Mark.FLIGHT)]
    keys = {count.key for population in populations for count in population.counts if count.is_published}
    keys |= set(plan_release(counted, {}, Rules(), least=1).figures)
    ways = {(key.name, key.by) for key in keys}
    declared = {(each.name, by) for each in MEASURES.values() for by in each.by}
    assert ways <= declared
    # no made-up program has published scores or a lottery
    assert {name for name, _by in declared} - {name for name, _by in ways} == {"in_scores_file", "in_lottery"}


@pytest.mark.parametrize("measure", WHOLE.values(), ids=list(WHOLE))
def test_each_says_whom_it_counts_from_which_rows_and_of_what_it_is_a_part(measure):
    module, _dot, function = f"travel.outcomes.{measure.rows}".rpartition(".")
    assert callable(getattr(import_module(module), function))
    assert not measure.within or measure.within in MEASURES
    said = {}
    for language in Language.values:
        with translation.override(language):
            said[language] = [str(measure.title), str(measure.definition), str(measure.how.text)]
            assert all(said[language])
    assert said["en"][1] != said["es"][1] and said["en"][2] != said["es"][2]


def test_each_of_todays_is_counted_a_second_time():
    assert set(recounting.RECOUNTED) == set(TODAY)


def test_what_is_shown_to_strangers_has_a_sentence():
    assert all(each.sentence or each.name == "travelers" for each in at(Place.PUBLIC) + at(Place.CITIES))


def test_no_figure_is_named_outside_the_registry():
    known, found = words(), []
    for path in modules():
        tree = ast.parse(path.read_text())
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        found += [f"{name_of(path)}: {text}" for text in texts & known]
    for folder in TEMPLATES:
        for path in sorted((ROOT / folder).rglob("*.html")):
            texts = set(re.findall(r'translate "([^"]+)"', path.read_text()))
            found += [f"{name_of(path)}: {text}" for text in texts & known]
    assert found == []


def test_no_count_is_made_outside_what_the_registry_names():
    """A count's key is put together where people are counted; everything else reads keys that are there."""
    found = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            is_key = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Key"
            if is_key and not any(isinstance(each, ast.Starred) for each in node.args):
                named = [each for each in node.args[1:2] if isinstance(each, ast.Constant | ast.JoinedStr)]
                found += [f"{name_of(path)}:{node.lineno}" for _each in named if name_of(path) not in COUNTS]
    assert found == []


@pytest.mark.parametrize("by", WAYS)
def test_each_group_has_a_name(by):
    names = {"college": {"east": "East"}, "city": {"hanoi": "Hanoi"}}
    with translation.override("en"):
        assert {group_name(by, group, names) for group in ("east", "hanoi", "en", "3", *ANSWERED)} - {""}
        assert group_name("college", "gone", names) == "No college listed"
        assert group_name("city", "gone", names) == "Not known"
        assert group_name("district", "3", names) == "District 3"
