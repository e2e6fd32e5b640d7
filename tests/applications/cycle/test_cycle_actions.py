"""A new cycle's defaults: complete in both languages, created once, recorded."""

import datetime as dt
import re

import pytest
from django.utils import translation

from applications.base import eligibility
from applications.cycle.actions import cycle as actions
from applications.models import Question
from exchange.models import Event
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts

pytestmark = pytest.mark.django_db
SHARED_KEYS = (
    "full_name preferred_name date_of_birth college student_number units major work_hours parents_education "
    "first_abroad first_flight fee_waiver council_district story_why story_new story_back answer_language cities"
).split()


@pytest.fixture(autouse=True)
def numbers():
    application_facts()


def test_create_form_publishes_the_next_version():
    cycle, office = CycleFactory(), UserFactory(coordinator=True)
    first = actions.create_form(cycle, by=office)
    second = actions.create_form(cycle, by=office)
    assert (first.number, second.number) == (1, 2)
    assert first.published_at is not None
    assert [event.by for event in Event.objects.filter(action="cycle.create_form")] == [office, office]


def test_create_form_asks_what_the_rest_of_the_portal_reads():
    form = actions.create_form(CycleFactory(), by=None)
    keys = set(Question.objects.filter(section__form=form).values_list("key", flat=True))
    assert set(SHARED_KEYS) <= keys
    assert [section.key for section in form.sections.all()][-1] == "referee"


def test_create_form_is_complete_in_both_languages():
    form = actions.create_form(CycleFactory(), by=None)
    for section in form.sections.all():
        assert section.title_en and section.title_es and section.title_en != section.title_es
        assert bool(section.intro_en) == bool(section.intro_es)
        assert bool(section.staff_title_en) == bool(section.staff_title_es)
    for question in Question.objects.filter(section__form=form):
        assert question.label_en and question.label_es and question.label_en != question.label_es
        assert bool(question.help_en) == bool(question.help_es)
        assert all(option["en"] and option["es"] for option in question.options)


@pytest.mark.parametrize("language", ["en", "es"])
def test_titles_that_staff_read_dont_speak_to_the_student(language):
    form = actions.create_form(CycleFactory(), by=None)
    with translation.override(language):
        titles = [(section.title, section.title_for_staff) for section in form.sections.all()]
    assert sum(re.search(r"\b(you|your|ti|tu|tus|te|vas)\b", of, re.I) is not None for of, _staff in titles) == 7
    assert not [staff for _of, staff in titles if re.search(r"\b(you|your|ti|tu|tus|te|vas)\b", staff, re.I)]


def test_readers_see_stories_language_and_cities_only():
    form = actions.create_form(CycleFactory(), by=None)
    seen = Question.objects.filter(section__form=form, audience="readers").values_list("key", flat=True)
    assert set(seen) == {"story_why", "story_new", "story_back", "answer_language", "cities"}


def test_create_rules_judges_age_on_the_day_of_departure():
    college = CollegeFactory()
    rules = actions.create_rules(CycleFactory(), departs_on=dt.date(2027, 6, 9), by=None)
    judged = [eligibility.Rule(rule.key, rule.question_key, rule.operator, rule.value, rule.on_miss) for rule in rules]
    young = eligibility.evaluate(judged, {"date_of_birth": "2009-06-10", "units": 5, "free_for_trip": "no"})
    fine = {"date_of_birth": "2009-06-09", "units": 6, "college": college.code, "good_standing": "yes"}
    old_enough = eligibility.evaluate(judged, {**fine, "free_for_trip": "not_sure"})
    results = {each.rule.key: each.result for each in young}
    assert results["college"] == results["good_standing"] == "ask_an_advisor"  # as where a form does not ask it
    assert (results["age"], results["units"], results["free_for_trip"]) == (
        *("does_not_meet", "ask_an_advisor"),
        "does_not_meet",
    )
    assert [each.result for each in old_enough] == ["meets"] * 4 + ["ask_an_advisor"]


def test_create_rules_fills_in_every_name_and_asks_nothing_about_papers():
    rules = actions.create_rules(CycleFactory(), departs_on=dt.date(2027, 6, 9), by=None)
    assert len(rules) == 5
    for rule in rules:
        words = [rule.text_en, rule.text_es, rule.ask_en, rule.ask_es, rule.change_en, rule.change_es]
        words += [rule.unsure_en, rule.unsure_es]
        assert all(words) and "{" not in "".join(words)
        assert not any(
            word in " ".join(words).lower() for word in ("citizen", "immigra", "ciudadan", "inmigra", "visa")
        )
    form = actions.create_form(CycleFactory(), by=None)
    asked = set(Question.objects.filter(section__form=form).values_list("key", flat=True))
    assert {rule.question_key for rule in rules} <= asked


def test_create_rules_and_rubric_act_once():
    cycle = CycleFactory()
    for _ in range(2):
        actions.create_rules(cycle, departs_on=dt.date(2027, 6, 9), by=None)
        actions.create_rubric(cycle, by=None)
    assert cycle.rules.count() == 5
    assert cycle.criteria.count() == 3


def test_create_rubric_has_five_points_in_words_for_each_story():
    criteria = actions.create_rubric(CycleFactory(), by=None)
    assert [each.question_key for each in criteria] == ["story_why", "story_new", "story_back"]
    for criterion in criteria:
        levels = criterion.levels.all()
        assert [level.points for level in levels] == [1, 2, 3, 4, 5]
        assert all(level.text_en and level.text_es and level.text_en != level.text_es for level in levels)
