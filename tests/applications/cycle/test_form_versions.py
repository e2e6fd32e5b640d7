"""Form versions: a published one never changes, drafts move to a new one without loss, submitted applications stay."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.apply import unplaced_answers
from applications.base import answers, form_changes
from applications.cycle.actions import form_edit, form_versions, setup
from applications.models import Answer, Application, DraftField, Question
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory
from tests.setup_rows import OPTIONS, TEXTS, asked, change, values_of

pytestmark = pytest.mark.django_db

KINDS = ("short_text", "long_text", "number", "date", "yes_no", "one_of", "several_of", "phone", "email")
VALUES = {
    "short_text": "Boyle Heights",
    "long_text": "We moved twice.",
    "number": 7,
    "date": "2005-03-09",
    "yes_no": True,
    "one_of": "a",
    "several_of": ["a", "b"],
    "phone": "213 555 0101",
    "email": "half@",
}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


def draft_with(cycle, **changes):
    return ApplicationFactory(
        cycle=cycle,
        form=form_changes.current_form(cycle),
        answered=True,
        **{f"answered__{k}": v for k, v in changes.items()},
    )


# --- Versions ---------------------------------------------------------------------------------------


def test_published_form_is_never_edited_in_place(cycle, office):
    before = values_of(asked(cycle, "major"))
    with pytest.raises(RuleViolation) as refused:
        change(cycle, office, "major", label_en="Other")
    assert refused.value.code == "no_draft"
    assert values_of(asked(cycle, "major")) == before


def test_start_version_copies_the_published_one_once(cycle, office):
    first = form_versions.start_version(cycle, by=office)
    again = form_versions.start_version(cycle, by=office)
    published = form_changes.current_form(cycle)
    assert (first, first.number, first.published_at) == (again, 2, None)
    assert not form_changes.compare(form_changes.questions_of(published), form_changes.questions_of(first))
    assert Event.objects.filter(action="setup.start_version").count() == 1


def test_new_version_counts_for_new_applications_only_once_published(cycle, office):
    draft = draft_with(cycle)
    form_versions.start_version(cycle, by=office)
    change(cycle, office, "major", label_en="Your major")
    assert form_changes.current_form(cycle).number == 1
    form_versions.publish_version(cycle, by=office)
    assert form_changes.current_form(cycle).number == 2
    draft.refresh_from_db()
    assert draft.form.number == 1


def test_discard_throws_the_changes_away_and_keeps_the_only_version(cycle, office):
    form_versions.start_version(cycle, by=office)
    form_versions.discard_version(cycle, by=office)
    form_versions.discard_version(cycle, by=office)
    assert cycle.form_versions.count() == 1
    form_changes.current_form(cycle).__class__.objects.update(published_at=None)
    with pytest.raises(RuleViolation) as refused:
        form_versions.discard_version(cycle, by=office)
    assert refused.value.code == "only_version"


def test_publish_refuses_a_form_that_is_not_whole(cycle, office):
    form_versions.start_version(cycle, by=office)
    Question.objects.filter(pk=asked(cycle, "major").pk).update(label_es="")
    with pytest.raises(RuleViolation) as refused:
        form_versions.publish_version(cycle, by=office)
    assert refused.value.code == "incomplete"
    assert "isn’t in both languages" in refused.value.message


def test_publish_with_nothing_changed_says_so(cycle, office):
    with pytest.raises(RuleViolation) as refused:
        form_versions.publish_version(cycle, by=office)
    assert refused.value.code == "no_draft"


@pytest.fixture
def editing(cycle, office):
    form_versions.start_version(cycle, by=office)
    return cycle


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_version_and_one_copy(office, cycle):
    def both(_turn):
        try:
            return form_versions.start_version(cycle, by=office).pk, setup.copy_cycle(cycle, by=office).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = set(pool.map(both, range(2)))
    assert len(made) == 1
    assert cycle.form_versions.count() == 2
    assert cycle.copies.count() == 1


# --- Moving drafts ----------------------------------------------------------------------------------


def test_moving_carries_answers_by_key_and_keeps_the_rest(editing, office, django_capture_on_commit_callbacks):
    draft = draft_with(editing)
    sent = ApplicationFactory(cycle=editing, form=form_changes.current_form(editing), answered=True, submitted=True)
    Answer.objects.create(
        application=draft, question=Question.objects.get(section__form=draft.form, key="phone"), value="213 555 0101"
    )
    UploadFactory(application=draft)
    for key in ("phone", "class_schedule"):
        form_edit.remove_question(editing, key, by=office)
    change(editing, office, "major", kind="one_of", options=OPTIONS)
    change(editing, office, "work_hours", label_en="Hours of work")
    form_edit.add_question(editing, "about", TEXTS, by=office)
    form_versions.publish_version(editing, by=office)
    with django_capture_on_commit_callbacks(execute=True):
        assert form_versions.move_drafts(editing, by=office) == 1
        assert form_versions.move_drafts(editing, by=office) == 0
    draft.refresh_from_db()
    sent.refresh_from_db()
    assert (draft.form.number, sent.form.number) == (2, 1)
    items = answers.by_key(answers.parts_of(draft))
    assert items["work_hours"].value == 16
    assert not items["major"].is_answered
    assert {item.key: item.text for item in unplaced_answers.retired(draft)} == {
        "phone": "(213) 555-0101",
        "major": "Nursing",
        "class_schedule": "classes.pdf",
    }
    told = Message.objects.filter(template="applications/form_changed", recipient=draft.student, channel="email")
    assert told.count() == 1
    assert Event.objects.filter(action="application.move_version", target_id=draft.pk).count() == 1


def test_moving_says_nothing_where_nothing_more_is_asked(editing, office):
    draft_with(editing)
    change(editing, office, "major", label_en="Your major")
    form_versions.publish_version(editing, by=office)
    form_versions.move_drafts(editing, by=office)
    assert not Message.objects.filter(template="applications/form_changed").exists()


def test_what_devices_wrote_stays_by_key_unless_the_kind_is_another(editing, office):
    draft = draft_with(editing)
    version = {"device": "d", "number": 1, "value": "Nursing", "typed_at": 0, "by": None}
    for key in ("major", "units", "phone"):
        DraftField.objects.update_or_create(
            application=draft, key=key, defaults={"versions": [version], "seen": {"d": 1}}
        )
    form_edit.remove_question(editing, "phone", by=office)
    change(editing, office, "major", kind="number")
    form_versions.publish_version(editing, by=office)
    form_versions.move_drafts(editing, by=office)
    kept = dict(DraftField.objects.filter(application=draft).values_list("key", "versions"))
    assert kept.keys() >= {"units", "phone", "major-v1"}
    assert "major" not in kept
    assert kept["major-v1"] == [version]


def test_a_question_that_comes_back_finds_its_answer(editing, office):
    draft = draft_with(editing, student_number="88123456")
    Answer.objects.get_or_create(
        application=draft,
        question=Question.objects.get(section__form=draft.form, key="student_number"),
        defaults={"value": "88123456"},
    )
    values = values_of(asked(editing, "student_number"))
    form_edit.remove_question(editing, "student_number", by=office)
    form_versions.publish_version(editing, by=office)
    form_versions.move_drafts(editing, by=office)
    form_versions.start_version(editing, by=office)
    form_edit.add_question(editing, "college", values, key="student_number", by=office)
    form_versions.publish_version(editing, by=office)
    form_versions.move_drafts(editing, by=office)
    draft.refresh_from_db()
    assert answers.by_key(answers.parts_of(draft))["student_number"].value == "88123456"
    assert unplaced_answers.retired(draft) == []


def test_visitors_drafts_move_too_and_tests_do_not(editing, office):
    form = form_changes.current_form(editing)
    visitor = Application.objects.create(cycle=editing, form=form, draft_key="k" * 64)
    test = Application.objects.create(cycle=editing, form=form, student=office, is_test=True)
    change(editing, office, "major", label_en="Your major")
    form_versions.publish_version(editing, by=office)
    assert form_versions.move_drafts(editing, by=office) == 1
    visitor.refresh_from_db()
    test.refresh_from_db()
    assert (visitor.form.number, test.form.number) == (2, 1)


def test_many_drafts_go_to_a_worker(editing, office, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(form_versions, "AT_ONCE", 2)
    drafts = [ApplicationFactory(cycle=editing, form=form_changes.current_form(editing)) for _ in range(3)]
    change(editing, office, "major", label_en="Your major")
    form_versions.publish_version(editing, by=office)
    with django_capture_on_commit_callbacks() as callbacks:
        assert form_versions.move_drafts(editing, by=office) == 3
    assert form_versions.outdated(editing).count() == 3
    for run in callbacks:
        run()
    assert form_versions.outdated(editing).count() == 0
    assert {Application.objects.get(pk=draft.pk).form.number for draft in drafts} == {2}
    assert form_versions.move_all(editing, by=office) == 0


def test_a_draft_that_is_sent_in_between_stays(editing, office):
    draft = draft_with(editing)
    change(editing, office, "major", label_en="Your major")
    form = form_versions.publish_version(editing, by=office)
    Application.objects.filter(pk=draft.pk).update(status=Status.SUBMITTED, submitted_at=draft.created_at)
    assert form_versions.move_draft(draft, form, by=office) is False
    draft.refresh_from_db()
    assert draft.form.number == 1


def test_queries_of_a_move_do_not_grow_with_the_answers(editing, office):
    few = ApplicationFactory(cycle=editing, form=form_changes.current_form(editing))
    many = draft_with(editing)
    change(editing, office, "work_hours", label_en="Hours")
    form = form_versions.publish_version(editing, by=office)
    known: dict = {}
    form_versions.move_draft(ApplicationFactory(cycle=editing, form=few.form), form, by=office, known=known)
    counts = []
    for draft in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            form_versions.move_draft(draft, form, by=office, known=known)
        counts.append(len(queries))
    assert counts[1] - counts[0] <= 2


shapes = st.dictionaries(st.sampled_from(["q1", "q2", "q3", "q4"]), st.sampled_from(KINDS), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(forms=st.lists(shapes, min_size=2, max_size=4), gone=st.booleans())
@pytest.mark.both
def test_no_answer_is_ever_lost(cycle, office, forms, gone):
    """For any series of versions, each answered where it asks: every value ever written is still there."""
    draft = ApplicationFactory(cycle=cycle, form=form_changes.current_form(cycle))
    written = []
    for number, shape in enumerate(forms):
        form = form_versions.start_version(cycle, by=office)
        section = form.sections.get(key="about")
        section.questions.filter(key__startswith="q").delete()
        for place, (key, kind) in enumerate(shape.items(), start=20):
            options = OPTIONS[1:] if gone and number else OPTIONS
            has_options = kind in ("one_of", "several_of")
            Question.objects.create(
                section=section,
                key=key,
                order=place,
                **{**TEXTS, "kind": kind, "options": options if has_options else []},
            )
        form.published_at = draft.created_at
        form.save()
        form_versions.move_draft(draft, form, by=office)
        draft.refresh_from_db()
        for question in Question.objects.filter(section=section, key__startswith="q"):
            if not Answer.objects.filter(application=draft, question=question).exists():
                Answer.objects.create(application=draft, question=question, value=VALUES[question.kind])
                written.append((question.key, VALUES[question.kind]))
    kept = list(draft.answers.select_related("question").values_list("question__key", "value"))
    assert sorted(map(repr, kept)) == sorted(map(repr, written))
    live = draft.answers.filter(question__section__form=draft.form).select_related("question")
    assert len({answer.question.key for answer in live}) == len(live)
    for answer in live:
        assert isinstance(answer.value, type(VALUES[answer.question.kind]))
    assert len(unplaced_answers.retired(draft)) + len(live) == len(kept)
    Application.objects.filter(pk=draft.pk).delete()
