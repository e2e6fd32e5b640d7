"""What the program may weigh in whom it looks for, it asks for the office alone: nothing that chooses reads it.

The decision and its reasons: docs/adr/0009-levers-not-demographics.md.
"""

import ast

import pytest
from django.apps import apps

from applications import ranking, reading
from applications.actions import review
from applications.form_defaults import DEFAULT_FORM
from applications.lever_defaults import DEFAULT_LEVERS
from applications.models import Answer, Application, Question
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

LEVERS = {
    "parents_education": "bachelors",
    "first_abroad": False,
    "first_flight": False,
    "fee_waiver": "no",
    "council_district": "outside",
}
CHOOSES = [
    *(
        f"applications/{name}.py"
        for name in (
            "ranking",
            "scoring",
            "adjusting",
            "agreement",
            "comparing",
            "assignment",
            "masking",
            "results",
            "lottery",
            "reserves",
            "reserve_search",
            "committee",
            "promotions",
        )
    ),
    *(f"applications/actions/{name}.py" for name in ("review", "selection", "committee", "drafting")),
]
WORDS = {"answers", "Answer", "audience", "Audience", *LEVERS}


def words_of(path) -> set[str]:
    """Each name and each short text of the code; what a docstring says is not code."""
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


@pytest.mark.parametrize("name", [name for name in CHOOSES if (ROOT / name).exists()])
def test_what_chooses_reads_no_answer_by_key_or_audience(name):
    assert words_of(ROOT / name) & WORDS == set()


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
    """Everything that reading, scoring and ranking make of a cycle."""
    applications = Application.objects.filter(cycle=cycle)
    for application in applications:
        review.work_out_scores(application)
    ranked = ranking.ranked_list(applications.all(), user=reader)
    return {
        "read": {
            row.code: [(item.question.key, item.text) for _part, item in reading.readable_items(row)]
            for row in applications
        },
        "covered": {row.code: reading.hidden_in(row) for row in applications},
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


FORBIDDEN = ("race", "ethnic", "sex", "gender", "national_origin", "citizen", "immigra", "disab", "visa_status")


def test_no_column_and_no_question_is_about_who_somebody_is():
    names = {
        f"{model._meta.label_lower}.{field.name}"
        for app in ("exchange", "applications")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
    }
    asked = {question["key"] for section in DEFAULT_FORM for question in section["questions"]}
    asked |= {lever["question_key"] for lever in DEFAULT_LEVERS} | {lever["kind"] for lever in DEFAULT_LEVERS}

    assert {name for name in names | asked for word in FORBIDDEN if name.split(".")[-1].startswith(word)} == set()
