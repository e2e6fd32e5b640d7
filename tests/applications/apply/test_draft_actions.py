"""Saving a draft: fields from devices that were offline, visitors' drafts, the deadline and its grace period."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.apply.actions import draft
from applications.apply.actions.draft import Change
from applications.base import answers
from applications.models import Application, CityPreference, DraftField, Question
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, RecommendationFactory, application_facts

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def begun():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


def change(key, value, device="phone", number=1, seen=None, typed=None):
    return Change(key, value, device, number, typed or timezone.now(), seen or {})


def save(application, *changes, by=None):
    return draft.save_changes(application, changes, by=by or application.student)


def value(application, key):
    return answers.by_key(answers.parts_of(Application.objects.get(pk=application.pk)))[key].stored


def rivals(application, key):
    item = answers.by_key(answers.parts_of(Application.objects.get(pk=application.pk)))[key]
    return [version.value for version in item.rivals]


def moved(application, **times):
    """Sets the cycle's closing to this long from now."""
    application.cycle.closes_at = timezone.now() + dt.timedelta(**times)
    application.cycle.save(update_fields=["closes_at"])


# --- Devices ----------------------------------------------------------------------------------------


def test_a_change_is_kept_and_says_what_is_seen_now(begun):
    (saved,) = save(begun, change("major", "Law"))

    assert (saved.violation, value(begun, "major")) == (None, "Law")
    assert saved.state.seen == {"phone": 1, "stored": 0} | saved.state.seen


def test_what_was_stored_before_stands_beside_what_a_phone_wrote_without_having_seen_it(begun):
    save(begun, change("major", "Law", seen={}))

    assert value(begun, "major") == "Law"
    assert rivals(begun, "major") == ["Nursing"]


def test_what_was_seen_is_replaced(begun):
    save(begun, change("major", "Law", seen={"stored": 1}))

    assert rivals(begun, "major") == []


def test_the_same_change_twice_and_an_older_one_late_change_nothing(begun):
    newer = change("major", "Law school", number=2, seen={"stored": 1, "phone": 1})
    save(begun, newer)
    save(begun, newer)
    save(begun, change("major", "Law", number=1, seen={"stored": 1}))

    assert (value(begun, "major"), rivals(begun, "major")) == ("Law school", [])
    assert Event.objects.filter(action="application.save_answers").count() == 1


@pytest.mark.parametrize(
    "key, one, other",
    [
        ("story_why", "By the river.", "By the sea."),
        ("units", 12, 9),
        ("languages", ["en"], ["en", "es"]),
        ("referee_name", "Ms. Cole", "Mr. Park"),
    ],
)
def test_two_devices_apart_keep_both_in_whatever_order_they_arrive(begun, key, one, other):
    seen = dict(answers.by_key(answers.parts_of(begun))[key].state.seen)
    early = timezone.now() - dt.timedelta(minutes=5)
    a, b = change(key, one, "a", seen=seen, typed=early), change(key, other, "b", seen=seen)

    save(begun, b)
    save(begun, a)

    assert (value(begun, key), rivals(begun, key)) == (other, [one])


def test_cities_of_two_devices_are_kept_both(begun):
    codes = [line.city.code for line in begun.city_preferences.all()]
    seen = {"stored": 1}
    save(begun, change("cities", codes[::-1], "a", seen=seen), change("cities", codes[:1], "b", seen=seen))

    assert {tuple(value(begun, "cities")), *map(tuple, rivals(begun, "cities"))} == {
        tuple(codes[::-1]),
        tuple(codes[:1]),
    }
    assert CityPreference.objects.filter(application=begun).count() == len(value(begun, "cities"))


def test_choosing_one_of_two_ends_it(begun):
    save(begun, change("major", "Law", "a", seen={"stored": 1}), change("major", "Dance", "b", seen={"stored": 1}))
    (other,) = rivals(begun, "major")
    loser = next(v for v in DraftField.objects.get(application=begun, key="major").versions if v["value"] == other)

    draft.choose(begun, "major", device=loser["device"], number=loser["number"], by=begun.student)

    assert (value(begun, "major"), rivals(begun, "major")) == (other, [])


def test_choosing_what_is_gone_says_so(begun):
    with pytest.raises(RuleViolation) as caught:
        draft.choose(begun, "major", device="nobody", number=3, by=begun.student)
    assert caught.value.code == "version_gone"


def test_one_bad_change_does_not_hold_up_the_others(begun):
    results = save(begun, change("status", "selected"), change("major", "Law", number=2, seen={"stored": 1}))

    assert [saved.violation.code if saved.violation else None for saved in results] == ["unknown_question", None]
    assert value(begun, "major") == "Law"


def test_every_change_says_whose_hands_wrote_it(begun):
    helper, now = UserFactory(advisor=True), timezone.now()
    begun.help_sessions.create(
        helper=helper, code_expires_at=now, granted_at=now, ends_at=now + dt.timedelta(hours=1), code_hash="x"
    )
    save(begun, change("major", "Law", seen={"stored": 1}), by=helper)

    assert DraftField.objects.get(application=begun, key="major").versions[0]["by"] == helper.pk
    assert Event.objects.get(action="application.save_answers").by == helper


def test_emptying_a_field_is_a_change_too(begun):
    save(begun, change("major", "", seen={"stored": 1}))

    assert value(begun, "major") is None
    assert answers.by_key(answers.parts_of(begun))["major"].problem


def test_after_the_referee_has_written_that_page_stays(begun):
    RecommendationFactory._meta.model.objects.filter(application=begun).delete()
    RecommendationFactory(application=begun, received=True)

    (saved,) = save(begun, change("referee_name", "Somebody else"))

    assert saved.violation.code == "referee_has_written"


def test_versions_of_one_field_have_an_end(begun):
    results = save(begun, *(change("major", f"Law {n}", f"d{n}") for n in range(30)))

    refused = [saved.violation.code for saved in results if saved.violation]
    assert refused == ["too_many_versions"] * 6  # they count together with the stored one
    (again,) = save(begun, change("major", "Law of the sea", "d3", number=2))
    assert again.violation is None  # a known device may still write


# --- The deadline -----------------------------------------------------------------------------------


def test_what_was_typed_before_the_deadline_counts_in_the_grace_after_it(begun):
    moved(begun, minutes=-5)
    before = timezone.now() - dt.timedelta(minutes=6)

    in_time, late = save(
        begun,
        change("major", "Law", seen={"stored": 1}, typed=before),
        change("units", 15, number=2, seen={"stored": 1}),
    )

    assert in_time.violation is None
    assert late.violation.code == "closed"
    assert (value(begun, "major"), value(begun, "units")) == ("Law", 12)


def test_after_the_grace_nothing_is_taken_and_the_work_stays(begun):
    moved(begun, minutes=-16)

    with pytest.raises(RuleViolation) as caught:
        save(begun, change("major", "Law", typed=timezone.now() - dt.timedelta(hours=1)))

    assert caught.value.code == "closed"
    assert value(begun, "major") == "Nursing"


def test_more_time_opens_one_application_alone(begun):
    other = ApplicationFactory(cycle=begun.cycle, form=begun.form, answered=True)
    moved(begun, hours=-3)
    Application.objects.filter(pk=begun.pk).update(reopened_until=timezone.now() + dt.timedelta(days=1))

    save(begun, change("major", "Law", seen={"stored": 1}))

    assert value(begun, "major") == "Law"
    with pytest.raises(RuleViolation):
        save(other, change("major", "Law"))


def test_a_phones_wrong_clock_does_not_count():
    # typed two minutes ago, on a phone whose clock is ten years behind
    then = draft.typed_at(1_400_000_000_000, 1_400_000_120_000)

    assert abs((timezone.now() - then).total_seconds() - 120) < 5
    assert draft.typed_at(5_000, 1_000) <= timezone.now()


def test_returned_opens_the_named_parts_only(begun):
    Application.objects.filter(pk=begun.pk).update(
        status=Status.RETURNED, submitted_at=timezone.now(), return_note="Your units", return_sections=["college"]
    )

    units, story = save(begun, change("units", 9, seen={"stored": 1}), change("story_why", "New", number=2))

    assert (units.violation, story.violation.code) == (None, "part_not_open")


# --- Conditions -------------------------------------------------------------------------------------


def test_a_question_is_asked_only_if_its_condition_holds(begun):
    asked = Question.objects.get(section__form=begun.form, key="work_hours")
    asked.show_if_key, asked.show_if_value = "first_abroad", False
    asked.save()

    assert "work_hours" not in answers.by_key(answers.parts_of(begun))
    save(begun, change("first_abroad", False, seen={"stored": 1}))

    assert answers.by_key(answers.parts_of(begun))["work_hours"].stored == 16  # its answer was kept


# --- Visitors ---------------------------------------------------------------------------------------


@pytest.fixture
def visitor():
    application_facts()
    application, key = draft.start_anonymous(CycleFactory(ready=True), language="es")
    college = CollegeFactory()
    save(
        application,
        change("full_name", "Ana Ruiz"),
        change("college", college.code, number=2),
        change("story_why", "Mi historia.", number=3),
    )
    application.key = key
    return application


def test_a_visitors_draft_belongs_to_nobody_and_keeps_no_key(visitor):
    row = Application.objects.get(pk=visitor.pk)

    assert (row.student, row.answer_language, row.status) == (None, "es", Status.DRAFT)
    assert visitor.key not in str(row.draft_key)
    assert not Message.objects.exists()
    for user in (UserFactory(), UserFactory(advisor=row.college), UserFactory(coordinator=True)):
        assert not Application.objects.visible_to(user).exists()


def test_signing_in_makes_it_the_accounts_own_with_every_word(visitor):
    student = UserFactory(full_name="")

    mine = draft.attach(visitor, by=student)

    student.refresh_from_db()
    assert (mine.pk, mine.student) == (visitor.pk, student)
    assert (value(mine, "story_why"), student.full_name) == ("Mi historia.", "Ana Ruiz")
    assert [m.template for m in Message.objects.all()] == ["applications/application_started"]


def test_attaching_again_changes_nothing_and_nobody_else_gets_it(visitor):
    student = UserFactory()
    draft.attach(visitor, by=student)
    draft.attach(visitor, by=student)

    with pytest.raises(RuleViolation) as caught:
        draft.attach(visitor, by=UserFactory())
    assert caught.value.code == "not_yours"
    assert Message.objects.filter(template="applications/application_started").count() == 1


def test_a_draft_beside_an_application_is_merged_and_both_words_are_there(visitor):
    mine = ApplicationFactory(cycle=visitor.cycle, form=visitor.form, answered=True)

    target = draft.attach(visitor, by=mine.student)

    assert target == mine
    assert {value(mine, "story_why"), *rivals(mine, "story_why")} == {
        "Mi historia.",
        "After the clinic job starts there will be no gap for years.",
    }
    assert value(mine, "major") == "Nursing"
    assert Application.objects.get(pk=visitor.pk).merged_into == mine


def test_a_draft_beside_a_sent_application_stays_apart(visitor):
    sent = ApplicationFactory(cycle=visitor.cycle, form=visitor.form, answered=True, submitted=True)

    with pytest.raises(RuleViolation) as caught:
        draft.attach(visitor, by=sent.student)

    assert caught.value.code == "already_sent"
    assert value(visitor, "story_why") == "Mi historia."


def test_abandoned_drafts_of_visitors_are_purged_and_nothing_else(visitor):
    mine = ApplicationFactory(cycle=visitor.cycle, form=visitor.form)
    Application.objects.update(saved_at=timezone.now() - dt.timedelta(days=91))

    assert draft.purge_abandoned(dry_run=True) == 1
    assert Application.objects.count() == 2
    assert draft.purge_abandoned() == 1
    assert list(Application.objects.all()) == [mine]
