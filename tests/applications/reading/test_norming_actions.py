"""Sample files: written by the office, scored and locked by readers, discussed afterwards."""

import pytest
from django.utils import timezone

from applications.models import NormingFile, NormingReading, ReaderProfile
from applications.reading import norming
from applications.reading.actions import norming as actions
from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    review_facts,
)
from tests.factories_meeting import ANSWERS, NormingFileFactory, NormingReadingFactory, norming_cycle

pytestmark = [pytest.mark.django_db, pytest.mark.both]
VALUES = {"language": "en", "answers": ANSWERS}
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def reader():
    return UserFactory(advisor=True)


def refused(code, act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code


# --- The office -------------------------------------------------------------------------------------


def test_samples_are_kept_in_order_and_moved(office):
    cycle = norming_cycle(0, published=False)
    first, second = (actions.add_sample(cycle, VALUES, by=office) for _ in range(2))

    actions.move_sample(second, up=True, by=office)
    actions.move_sample(second, up=True, by=office)

    assert list(cycle.norming_files.all()) == [second, first]
    assert Event.objects.filter(action="norming.move_sample").count() == 1


def test_a_set_has_three_to_five(office):
    cycle = norming_cycle(2, published=False)
    refused("too_few", actions.publish, cycle, by=office)
    for _ in range(3):
        actions.add_sample(cycle, VALUES, by=office)
    refused("too_many", actions.add_sample, cycle, VALUES, by=office)

    published = actions.publish(cycle, by=office)

    assert published.norming_published_at
    assert actions.publish(cycle, by=office).norming_published_at == published.norming_published_at
    actions.remove_sample(cycle.norming_files.first(), by=office)
    actions.remove_sample(cycle.norming_files.first(), by=office)
    refused("too_few", actions.remove_sample, cycle.norming_files.first(), by=office)


def test_a_sample_that_is_scored_keeps_its_words(office):
    cycle = norming_cycle(5)
    file = cycle.norming_files.first()
    NormingReadingFactory(file=file)

    refused("scored", actions.save_sample, file, VALUES, by=office)
    refused("scored", actions.remove_sample, file, by=office)


def test_two_who_change_a_sample_notice_each_other(office):
    file = NormingFileFactory()
    review_facts()
    seen = actions.sample_fingerprint(file)
    actions.save_sample(file, {**VALUES, "language": "es"}, seen=seen, by=office)

    refused("changed_meanwhile", actions.save_sample, file, VALUES, seen=seen, by=office)


def test_the_set_of_last_year_is_copied_without_anybodys_scores(office):
    source = norming_cycle(3)
    source.norming_files.update(agreed_note="Four, we said.")
    NormingReadingFactory(file=source.norming_files.first(), locked=True)
    cycle = CycleFactory(opens_at=timezone.now())

    assert actions.copy_set(cycle, by=office) == 3
    assert actions.copy_set(cycle, by=office) == 3

    copied = list(cycle.norming_files.all())
    assert [file.answers for file in copied] == [ANSWERS] * 3
    assert {file.agreed_note for file in copied} == {""}
    assert not NormingReading.objects.filter(file__in=copied).exists()


def test_there_is_nothing_to_copy_for_the_first_cycle(office):
    refused("nothing_to_copy", actions.copy_set, CycleFactory(), by=office)


def test_a_past_application_gives_its_words_covered(office):
    review_facts()
    cycle = CycleFactory(opens_at=timezone.now())
    past = ApplicationFactory(
        not_selected=True,
        answered=True,
        answered__story_why="I am Marisol Reyes Ortega.\n\nMy aunt Dani says go.",
        cycle=CycleFactory(ready=True),
        student__full_name="Marisol Reyes Ortega",
        reads_locked=3,
        score_mean=11,
        score_median=11,
        score_spread=1,
    )

    assert list(norming.past_applications(cycle, office)) == [past]
    answers = norming.covered_answers(past)

    assert [each["text"] for each in answers if "aunt" in each["text"]] == ["I am [name].\n\nMy aunt Dani says go."]
    assert all(each["question"] for each in answers)
    file = actions.add_sample(cycle, {"language": "en", "answers": answers}, is_copied=True, by=office)
    assert past.code not in str([file.answers, *Event.objects.values_list("changes", flat=True)])


# --- Who is asked -----------------------------------------------------------------------------------


def test_readers_are_asked_for_what_is_left(reader, office):
    cycle = norming_cycle(3)
    first, second, _third = cycle.norming_files.all()
    NormingReadingFactory(file=first, reader=reader, locked=True)
    NormingReadingFactory(file=second, reader=reader)

    (left,) = norming.left_for(reader)

    assert (left.cycle, left.done, left.total, left.count, left.next) == (cycle, 1, 3, 2, second)
    assert norming.left_for(office) == []
    assert norming.left_for(UserFactory()) == []


def test_nobody_is_asked_before_publishing_or_after_closing_out(reader):
    norming_cycle(3, published=False)
    norming_cycle(3, closed_out_at=timezone.now())

    assert norming.left_for(reader) == []


def test_a_reader_who_is_no_advisor_is_asked_where_they_read():
    cycle, _other = norming_cycle(3), norming_cycle(3)
    traveler = UserFactory()
    AssignmentFactory(application=ApplicationFactory(submitted=True, cycle=cycle), reader=traveler)
    AssignmentFactory(application=ApplicationFactory(submitted=True, cycle=cycle), reader=traveler)

    (left,) = norming.left_for(traveler)

    assert (left.cycle, left.total) == (cycle, 3)
    assert traveler in norming.readers_of(cycle)


def test_reminding_writes_once_a_day_to_those_with_samples_left(reader, office):
    cycle = norming_cycle(3)
    done = UserFactory(advisor=True)
    for file in cycle.norming_files.all():
        NormingReadingFactory(file=file, reader=done, locked=True)

    assert actions.remind(cycle, by=office) == 1
    refused("reminded_today", actions.remind, cycle, by=office)

    message = Message.objects.get(template="applications/norming_asked")
    assert message.recipient == reader
    assert due.holds(message.still_due)
    for file in cycle.norming_files.all():
        NormingReadingFactory(file=file, reader=reader, locked=True)
    assert not due.holds(message.still_due)


def test_a_sample_in_spanish_is_asked_of_those_who_read_spanish(reader, office):
    """By the reader's own profile, from when they say so. What was locked stays counted."""
    cycle = norming_cycle(3)
    spanish = cycle.norming_files.all()[1]
    NormingFile.objects.filter(pk=spanish.pk).update(language="es")
    bilingual = UserFactory(advisor=True)
    ReaderProfile.objects.create(user=bilingual, reads_spanish=True)
    for file in cycle.norming_files.exclude(pk=spanish.pk):
        NormingReadingFactory(file=file, reader=reader, locked=True)
        NormingReadingFactory(file=file, reader=bilingual, locked=True)

    assert norming.left_for(reader) == []
    assert norming.owed_before(AssignmentFactory(application__cycle=cycle, reader=reader)) is None
    (left,) = norming.left_for(bilingual)
    assert (left.count, left.total, left.next) == (1, 3, spanish)
    counted = {each: (each.samples_done, each.samples_asked) for each in norming.progress_of(cycle)}
    assert counted[reader] == (2, 2) and counted[bilingual] == (2, 3)
    assert actions.remind(cycle, by=office) == 1
    assert Message.objects.get(template="applications/norming_asked").recipient == bilingual

    NormingReadingFactory(file=spanish, reader=reader, locked=True)
    assert {each: each.samples_asked for each in norming.progress_of(cycle)}[reader] == 3


def test_samples_in_spanish_alone_hold_no_other_reader_back(reader):
    cycle = norming_cycle(3)
    cycle.norming_files.update(language="es")

    assert norming.sets_for(reader) == []
    ReaderProfile.objects.create(user=reader, reads_spanish=True)
    assert [each.count for each in norming.left_for(reader)] == [3]


def test_nobody_is_reminded_of_what_they_cannot_open(office):
    refused("not_published", actions.remind, norming_cycle(3, published=False), by=office)


# --- Scoring ----------------------------------------------------------------------------------------


def test_a_reading_is_saved_locked_and_then_stays(reader):
    file = norming_cycle(3).norming_files.first()

    actions.save_reading(file, points={"purpose": 2}, comment="", by=reader)
    refused("incomplete", actions.lock_reading, file, points={"purpose": 2}, comment="", by=reader)
    actions.lock_reading(file, points=FULL, comment="Clear.", by=reader)
    actions.lock_reading(file, points=dict.fromkeys(FULL, 1), comment="", by=reader)
    refused("locked", actions.save_reading, file, points=FULL, comment="", by=reader)

    reading = NormingReading.objects.get()
    assert (reading.points, reading.comment, bool(reading.locked_at)) == (FULL, "Clear.", True)


@pytest.mark.parametrize("points", [{"purpose": 6}, {"purpose": 0}, {"charm": 3}])
def test_points_that_the_rubric_does_not_have_are_refused(reader, points):
    file = norming_cycle(3).norming_files.first()

    refused("unknown_points", actions.save_reading, file, points=points, comment="", by=reader)


def test_nobody_scores_before_publishing(reader):
    file = norming_cycle(3, published=False).norming_files.first()

    refused("not_published", actions.save_reading, file, points=FULL, comment="", by=reader)


def test_others_are_seen_once_the_own_is_locked(reader, office):
    file = norming_cycle(3).norming_files.first()
    NormingReadingFactory(file=file, locked=True)
    own = NormingReadingFactory(file=file, reader=reader)

    assert not norming.may_see_others(reader, file)
    refused("not_locked", actions.say, file, text="Why five?", by=reader)
    own.locked_at = timezone.now()
    own.save()
    assert norming.may_see_others(reader, file)
    assert norming.may_see_others(office, file)


def test_the_office_locks_first_where_it_reads_itself(office):
    cycle = norming_cycle(3)
    AssignmentFactory(application=ApplicationFactory(submitted=True, cycle=cycle), reader=office)

    assert not norming.may_see_others(office, cycle.norming_files.first())
    assert [left.count for left in norming.left_for(office)] == [3]


def test_readers_talk_and_the_same_words_twice_are_said_once(reader):
    file = norming_cycle(3).norming_files.first()
    NormingReadingFactory(file=file, reader=reader, locked=True)

    actions.say(file, text="Why five?", by=reader)
    actions.say(file, text="Why five?", by=reader)

    assert [remark.text for remark in file.remarks.all()] == ["Why five?"]


def test_what_was_agreed_is_kept_and_shown_in_the_spread(reader, office):
    file = norming_cycle(3).norming_files.first()
    own = NormingReadingFactory(file=file, reader=reader, locked=True)
    other = NormingReadingFactory(file=file, locked=True, points=dict.fromkeys(FULL, 2))

    refused("unknown_points", actions.agree, file, points={"purpose": 9}, note="", by=office)
    actions.agree(file, points={"purpose": 4}, note="A reason and a plan.", by=office)

    criteria = file.cycle.criteria.prefetch_related("levels")
    purpose, adapting, _third = norming.spreads_of(file, criteria, [own, other], reader)
    assert [(cell.points, len(cell.readers), cell.is_own, cell.is_agreed) for cell in purpose.cells] == [
        (1, 0, False, False),
        (2, 1, False, False),
        (3, 0, False, False),
        (4, 1, True, True),
        (5, 0, False, False),
    ]
    assert not any(cell.is_agreed for cell in adapting.cells)


def test_agreement_counts_locked_readings_alone():
    cycle = norming_cycle(3)
    for points, file in zip((1, 3, 5), cycle.norming_files.all(), strict=True):
        for _ in range(2):
            NormingReadingFactory(file=file, points=dict.fromkeys(FULL, points), locked=True)
        NormingReadingFactory(file=file, points=dict.fromkeys(FULL, 6 - points))

    assert {key: round(each.alpha, 6) for key, each in norming.agreement_of(cycle).items()} == dict.fromkeys(FULL, 1)


def test_samples_are_seen_by_whoever_reads(reader, office):
    cycle, hidden = norming_cycle(3), norming_cycle(3, published=False)

    assert set(NormingFile.objects.visible_to(office)) == {*cycle.norming_files.all(), *hidden.norming_files.all()}
    assert set(NormingFile.objects.visible_to(reader)) == set(cycle.norming_files.all())
    assert not NormingFile.objects.visible_to(UserFactory()).exists()
