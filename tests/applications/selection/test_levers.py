"""Answers that the program may consider in recruiting are shown to the office only: no code that chooses reads them.

The decision and its reasons: docs/adr/0015.
"""

import ast
import re

import pytest
from django.apps import apps

from applications.base.form_defaults import DEFAULT_FORM, REFEREE
from applications.base.lever_defaults import DEFAULT_LEVERS
from applications.models import Answer, Application, Question
from applications.reading import reader_stack
from applications.reading.actions import review
from applications.selection import ranking
from exchange.models import User
from tests.factories import UserFactory
from tests.factories_applications import (
    ANSWERS,
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    review_facts,
)
from tests.services import ROOT

pytestmark = pytest.mark.both

LEVERS = {
    "parents_education": "bachelors",
    "first_abroad": False,
    "first_flight": False,
    "fee_waiver": "no",
    "council_district": "outside",
}
# all modules that assign, score, rank, draw, decide, keep seats or release; a test below finds missing ones
CHOOSES = {
    "base": ("hidden_scores lottery ordering paging time_slots waitlist"),
    "apply": ("results"),
    "scores": ("adjusting agreement calculating comparing scoring"),
    "reading": (
        "actions/assigning actions/conflict actions/masking actions/reassigning actions/review assignment "
        "assignment_plan forms/review lost_edit masking reader_rows shortage"
    ),
    "interview": ("actions/interview actions/interview_slots forms interviews views/interview_office"),
    "selection": (
        "actions/committee actions/lottery actions/proposal actions/scores actions/selection actions/several board "
        "columns committee forms/committee forms/lottery forms/selection listed ranking reserves "
        "scores_file views/committee views/lottery views/scores views/selection zones"
    ),
    "release": (
        "actions/appeals actions/correcting actions/filling actions/offer actions/releasing promotions "
        "views/appeal views/correction views/letter views/offer_office views/release"
    ),
}
CHOOSING = sorted(f"applications/{step}/{name}.py" for step, names in CHOOSES.items() for name in names.split())
# `levers` reads answers for the committee's page and returns names of groups; `permissions` only names a lottery as a
# row to judge; the others show what was written or decided
KNOWS = {
    "applications/permissions.py",
    "applications/templatetags/cycle_pages.py",  # names the page
    *(f"applications/{name}.py" for name in ("selection/levers", "export/application_list", "apply/documents")),
    "applications/release/verifying.py",  # after the fact: whether what was released is still what was decided
    *(f"applications/models/{name}.py" for name in ("__init__", "appeal", "application", "selection", "lottery")),
}
MARKS = {"score_mean", "waitlist_position", "Decision", "Reserve", "Lottery"}  # marks of code that chooses
WORDS = {"answers", "Answer", "audience", "Audience", *LEVERS}


def words_of(path) -> set[str]:
    """All names and short strings in the code; docstrings are left out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case (
                ast.Name(id=word) | ast.Attribute(attr=word) | ast.alias(name=word) | ast.Constant(value=str() as word)
            ):
                found |= {word, *word.split("__")} if " " not in word else set()
            case ast.ImportFrom(module=str() as word):
                found |= set(word.split("."))
    return found


@pytest.mark.parametrize("name", CHOOSING)
def test_what_chooses_reads_no_answer_by_key_or_audience(name):
    assert words_of(ROOT / name) & WORDS == set()


@pytest.mark.parametrize("name", CHOOSING)
def test_what_chooses_follows_no_row_of_travel(name):
    """Answers given after selection are in `travel`: not imported here, and not reached through a relation."""
    found = words_of(ROOT / name)
    assert found & of_travel() == set()
    assert "travel" not in found


def test_no_module_that_chooses_is_forgotten():
    files = (path for path in (ROOT / "applications").rglob("*.py") if "migrations" not in path.parts)
    having = {path.relative_to(ROOT).as_posix() for path in files if words_of(path) & MARKS}
    assert having - set(CHOOSING) - KNOWS == set()
    assert having >= {
        "applications/selection/actions/selection.py",
        "applications/base/waitlist.py",
        "applications/selection/zones.py",
    }


def of_travel() -> set[str]:
    """The names by which a person's row here reaches a row in travel."""
    relations = [relation for model in (Application, User) for relation in model._meta.related_objects]
    found = {each.get_accessor_name() for each in relations if each.related_model._meta.app_label == "travel"}
    assert {"placement", "passport_case", "travel_answers"} <= found
    return found - {None}


def test_the_rule_would_notice(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from applications.models import Answer\nrows.filter(answers__question__key='first_flight')\n")
    assert words_of(wrong) & WORDS == {"Answer", "first_flight"}


@pytest.mark.django_db
def test_the_form_asks_them_for_the_office_alone():
    cycle = CycleFactory(ready=True)
    asked = Question.objects.filter(section__form__cycle=cycle, audience=Question.Audience.OFFICE)
    assert {question.key for question in asked} == LEVERS.keys()


def outcome_of_reading(cycle, reader) -> dict:
    """The whole result of reading, scoring and ranking a cycle."""
    applications = Application.objects.filter(cycle=cycle)
    for application in applications:
        review.work_out_scores(application)
    ranked = ranking.ranked_list(applications.all(), user=reader)
    return {
        "read": {
            row.code: [(item.question.key, item.text) for _part, item in reader_stack.readable_items(row)]
            for row in applications
        },
        "covered": {row.code: reader_stack.hidden_in(row) for row in applications},
        "ranked": [(row.code, row.score_mean, row.score_median) for row in ranked[0:50]],
        "counts": ranking.counts_of(cycle),
    }


@pytest.mark.django_db
def test_reading_and_ranking_are_the_same_whatever_was_answered():
    review_facts()
    cycle = CycleFactory(ready=True, reads_each=1)
    for points in (2, 5):
        application = ApplicationFactory(submitted=True, answered=True, endorsed=True, cycle=cycle)
        ReviewFactory(assignment=AssignmentFactory(application=application), points=points, locked=True)
    coordinator = UserFactory(coordinator=True)
    before = outcome_of_reading(cycle, coordinator)

    for key, value in LEVERS.items():
        assert ANSWERS[key] != value
        assert Answer.objects.filter(question__key=key).update(value=value) == 2

    assert outcome_of_reading(cycle, coordinator) == before
    assert not {key for items in before["read"].values() for key, _text in items} & LEVERS.keys()


# prefixes of a word anywhere in a name; whole words where a prefix would match others (an upload's original name)
STEMS = "race racial ethnic sex gender nationalit citizen immigra migrat undocument disab disorder visa pronoun tribe"
WHOLE = {"origin", "origins", "born", "birthplace", "latino", "latina", "hispanic", "daca", "religion", "religious"}


def tells_who(name: str) -> bool:
    """Whether any word of it names race, ethnicity, sex, national origin, disability or immigration."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name.rpartition(".")[2])
    plain = [word.lower() for word in words]
    return any(word.startswith(tuple(STEMS.split())) or word in WHOLE for word in plain)


@pytest.mark.parametrize(
    "name",
    "is_disabled student_gender self_described_race country_of_origin raceEthnicity national_origin visa_status "
    "needs.disability_note sex_at_birth immigration citizenship_country racial_identity isHispanic".split(),
)
def test_the_rule_finds_them_anywhere_in_a_name(name):
    assert tells_who(name)


@pytest.mark.parametrize("name", "original_name traces embrace country passport_case essex".split())
def test_the_rule_finds_nothing_else(name):
    assert not tells_who(name)


def test_no_column_and_no_question_is_about_who_somebody_is():
    """In no model that choosing code can import, which are those of these two apps."""
    fields = {
        f"{model._meta.label_lower}.{field.name}"
        for app in ("exchange", "applications")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        # not reachable: tested above
        if not (field.is_relation and field.auto_created and field.related_model._meta.app_label == "travel")
    }
    asked = {question["key"] for section in DEFAULT_FORM for question in section["questions"]}
    asked |= {question["key"] for question in REFEREE}
    asked |= {lever["question_key"] for lever in DEFAULT_LEVERS} | {lever["kind"] for lever in DEFAULT_LEVERS}

    assert {name for name in fields | asked if tells_who(name)} == set()
