"""Editing an unpublished form version: what may change, and what is refused with a reason."""

import pytest

from applications.cycle.actions import criteria, form_edit, form_versions
from applications.models import Question
from exchange.base.errors import RuleViolation
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.setup_rows import OPTIONS, TEXTS, asked, change, values_of

pytestmark = pytest.mark.django_db
PAGE = dict.fromkeys(form_edit.SECTION_FIELDS, "") | {"title_en": "Plans", "title_es": "Planes"}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


@pytest.fixture
def editing(cycle, office):
    form_versions.start_version(cycle, by=office)
    return cycle


def test_new_question_gets_a_key_of_its_own_from_the_words(editing, office):
    first = form_edit.add_question(editing, "about", TEXTS, by=office)
    second = form_edit.add_question(editing, "college", TEXTS, by=office)
    assert (first.key, second.key) == ("where_do_you_live", "where_do_you_live_2")
    assert first.order == asked(editing, "answer_language").order + 1


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("major", "duplicate_key"),
        ("base", "reserved_key"),
        ("referee_name", "reserved_key"),
        ("date_of_birth_day", "reserved_key"),
        ("class_schedule_remove", "reserved_key"),
        ("cities_1", "reserved_key"),
    ],
)
def test_key_that_another_field_of_the_page_has_is_refused(editing, office, key, code):
    with pytest.raises(RuleViolation) as refused:
        form_edit.add_question(editing, "about", TEXTS, key=key, by=office)
    assert refused.value.code == code


@pytest.mark.parametrize("key", ["full_name", "college", "cities", "first_abroad", "story_why", "units"])
def test_question_that_others_rely_on_can_be_reworded_but_not_removed(editing, office, key):
    assert change(editing, office, key, label_en="In other words?").label_en == "In other words?"
    with pytest.raises(RuleViolation) as removed:
        form_edit.remove_question(editing, key, by=office)
    with pytest.raises(RuleViolation) as changed:
        change(editing, office, key, kind="file")
    assert (removed.value.code, changed.value.code) == ("protected", "protected")


def test_answers_of_a_protected_question_can_be_reworded_only(editing, office):
    options = asked(editing, "parents_education").options
    worded = [{**option, "en": option["en"] + "!"} for option in options]
    assert change(editing, office, "parents_education", options=worded).options == worded
    with pytest.raises(RuleViolation) as refused:
        change(editing, office, "parents_education", options=options[1:])
    assert refused.value.code == "protected"


@pytest.mark.parametrize("changes", [{"audience": "readers"}, {"is_required": False}])
def test_blind_reading_and_what_must_be_known_stay(editing, office, changes):
    with pytest.raises(RuleViolation):
        change(editing, office, "full_name", **changes)


def test_condition_looks_at_what_was_asked_before(editing, office):
    condition = {"show_if_key": "first_flight", "show_if_value": False}
    form_edit.add_question(editing, "experience", {**TEXTS, **condition}, key="flown_where", by=office)
    assert asked(editing, "flown_where").show_if_value is False
    for act in (
        lambda: form_edit.add_question(editing, "about", {**TEXTS, **condition}, key="too_early", by=office),
        lambda: change(editing, office, "first_flight", section="back"),
    ):
        with pytest.raises(RuleViolation) as refused:
            act()
        assert refused.value.code == "condition_not_before"
    assert not Question.objects.filter(key="too_early").exists()


def test_question_that_a_condition_needs_is_not_removed(editing, office):
    other = form_edit.add_question(
        editing, "about", {**TEXTS, "kind": "one_of", "options": OPTIONS}, key="way", by=office
    )
    condition = {"show_if_key": other.key, "show_if_value": "a"}
    form_edit.add_question(editing, "about", {**TEXTS, **condition}, key="more", by=office)
    with pytest.raises(RuleViolation) as removed:
        form_edit.remove_question(editing, "way", by=office)
    with pytest.raises(RuleViolation) as moved:
        form_edit.move_question(editing, "more", up=True, by=office)
    with pytest.raises(RuleViolation) as narrowed:
        change(editing, office, "way", options=OPTIONS[1:])
    assert [each.value.code for each in (removed, moved, narrowed)] == [
        "condition_removed",
        "condition_not_before",
        "condition_answer",
    ]


def test_two_coordinators_at_one_question_notice_each_other(editing, office):
    question = asked(editing, "major")
    seen = form_edit.question_fingerprint(question)
    change(editing, office, "major", label_en="First")
    with pytest.raises(RuleViolation) as refused:
        form_edit.save_question(
            editing, "major", values_of(question, label_en="Second"), section_key="college", seen=seen, by=office
        )
    assert refused.value.code == "changed_meanwhile"
    assert asked(editing, "major").label_en == "First"


def test_removed_by_the_other_one(editing, office):
    form_edit.remove_question(editing, "phone", by=office)
    form_edit.remove_question(editing, "phone", by=office)
    with pytest.raises(RuleViolation) as refused:
        form_edit.move_question(editing, "phone", up=True, by=office)
    assert refused.value.code == "gone"


def test_order_goes_one_place_at_a_time_and_stops_at_the_end(editing, office):
    def order():
        return [each.key for each in asked(editing, "full_name").section.questions.order_by("order")]

    before = order()
    form_edit.move_question(editing, "preferred_name", up=True, by=office)
    assert order() == [before[1], before[0], *before[2:]]
    form_edit.move_question(editing, "preferred_name", up=True, by=office)
    assert order() == [before[1], before[0], *before[2:]]


def test_pages_are_added_before_the_referees_and_removed_when_empty(editing, office):
    words = PAGE
    section = form_edit.add_section(editing, words, by=office)
    keys = [each.key for each in section.form.sections.all()]
    assert keys[-2:] == ["plans", "referee"]
    for key, code in (("about", "not_empty"), ("referee", "protected")):
        with pytest.raises(RuleViolation) as refused:
            form_edit.remove_section(editing, key, by=office)
        assert refused.value.code == code
    form_edit.remove_section(editing, "plans", by=office)
    assert [each.order for each in section.form.sections.all()] == list(range(1, len(keys)))
    with pytest.raises(RuleViolation) as refused:
        form_edit.add_question(editing, "referee", TEXTS, by=office)
    assert refused.value.code == "referee_page"


def test_the_same_tap_sent_twice_adds_once(editing, office):
    words = PAGE
    assert form_edit.add_section(editing, words, by=office) == form_edit.add_section(editing, words, by=office)
    assert form_edit.add_question(editing, "plans", TEXTS, by=office) == form_edit.add_question(
        editing, "plans", TEXTS, by=office
    )
    rule = editing.rules.last()
    values = {name: getattr(rule, name) for name in criteria.RULE_FIELDS} | {"text_en": "Another"}
    assert criteria.save_rule(editing, values, by=office) == criteria.save_rule(editing, values, by=office)
