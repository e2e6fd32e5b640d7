"""The pages of sample files: set up by the office, scored and discussed by readers."""

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertRedirects

from applications.models import NormingFile, NormingReading, Review, RubricLevel
from applications.reading import norming
from applications.reading.forms.review import ReviewForm
from applications.scores import calculations
from exchange.background import jobs
from exchange.models import Job, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    review_facts,
)
from tests.factories_meeting import NormingReadingFactory, norming_cycle

pytestmark = pytest.mark.django_db
POINTS = {"points_purpose": 4, "points_adapting": 5, "points_giving_back": 3}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def reader():
    return UserFactory(advisor=True, full_name="Bartholomew Readerson")


def address(page, cycle, **more):
    return reverse(f"applications:cycle-setup-{page}", kwargs={"code": cycle.code, **more})


# --- Set-up -----------------------------------------------------------------------------------------


def test_the_office_writes_samples_and_publishes_them(sign_in, office):
    review_facts()
    cycle, client = CycleFactory(ready=True), sign_in(office)
    assert "Add 3 more samples" in client.get(address("norming", cycle)).text
    page = client.get(address("norming-add", cycle))
    assert "Why" in str(page.context["form"]["question_1"].value())
    for text in ("First", "Second", "Third"):
        data = {"language": "en", "question_1": "Why?", "text_1": f"{text} answer."}
        assert client.post(address("norming-add", cycle), data).status_code == 302

    page = client.get(address("norming", cycle)).text
    assert "more sample" not in page
    client.post(address("norming-publish", cycle))

    cycle.refresh_from_db()
    assert cycle.norming_published_at
    assert [file.answers for file in cycle.norming_files.all()] == [
        [{"question": "Why?", "text": f"{text} answer."}] for text in ("First", "Second", "Third")
    ]


def test_an_empty_sample_is_asked_for_and_nothing_typed_is_lost(sign_in, office):
    review_facts()
    cycle, client = CycleFactory(ready=True), sign_in(office)

    page = client.post(address("norming-add", cycle), {"language": "en", "text_2": "Only an answer."})

    assert "Enter the question this answers." in page.text
    assert "Only an answer." in page.text
    assert "Enter at least one answer." in client.post(address("norming-add", cycle), {"language": "en"}).text
    assert not NormingFile.objects.exists()


def test_a_past_application_is_edited_before_anything_is_kept(sign_in, office):
    review_facts()
    cycle = CycleFactory(ready=True, opens_at=timezone.now())
    past = ApplicationFactory(
        not_selected=True,
        answered=True,
        answered__story_why="I am Marisol. My aunt Dani says go.",
        cycle=CycleFactory(ready=True),
        student__full_name="Marisol Reyes",
        reads_locked=3,
        score_mean=11,
        score_median=11,
        score_spread=1,
    )
    client = sign_in(office)
    assert past.code in client.get(address("norming-past", cycle)).text

    page = client.get(address("norming-add", cycle) + f"?from={past.code}")

    assert "I am [name]. My aunt Dani says go." in page.text
    assert "Marisol" not in page.text
    assert not NormingFile.objects.exists()
    data = {"language": "en", "question_1": "Why?", "text_1": "My aunt says go.", "is_copied": "True"}
    client.post(address("norming-add", cycle) + f"?from={past.code}", data)
    assert NormingFile.objects.get().answers == [{"question": "Why?", "text": "My aunt says go."}]


def test_an_application_still_in_the_running_is_nothing_to_copy(sign_in, office):
    review_facts()
    cycle = CycleFactory(ready=True, opens_at=timezone.now())
    open_one = ApplicationFactory(submitted=True, answered=True, cycle=CycleFactory(ready=True))

    assert sign_in(office).get(address("norming-add", cycle) + f"?from={open_one.code}").status_code == 404


def test_the_office_sees_who_has_not_done_it_and_writes_to_them(sign_in, office, reader):
    cycle, client = norming_cycle(3), sign_in(office)
    NormingReadingFactory(file=cycle.norming_files.first(), reader=reader, locked=True)

    page = client.get(address("norming", cycle)).text
    assert "Bartholomew Readerson" in page and "1 of 3" in page
    assert "Remind 1 reader with samples left" in page
    client.post(address("norming-remind", cycle))

    assert Message.objects.get(template="applications/norming_asked").recipient == reader


def test_the_set_up_page_costs_the_same_for_many_readers(sign_in, office, django_assert_max_num_queries):
    cycle = norming_cycle(5)
    for _ in range(12):
        reader = UserFactory(advisor=True)
        for file in cycle.norming_files.all():
            NormingReadingFactory(file=file, reader=reader, locked=True)
    client = sign_in(office)
    client.get(address("norming", cycle))  # a worker calculates the agreement
    with django_assert_max_num_queries(20):
        client.get(address("norming", cycle))


# --- Readers ----------------------------------------------------------------------------------------


def test_a_reader_scores_locks_and_sees_the_others(sign_in, reader):
    cycle = norming_cycle(3)
    file = cycle.norming_files.first()
    NormingReadingFactory(
        file=file, reader=UserFactory(advisor=True, full_name="Odile Other"), comment="A plan.", locked=True
    )
    client = sign_in(reader)
    assert "0 of 3 scored" in client.get(reverse("applications:norming-list")).text
    page = client.get(file.get_absolute_url()).text
    assert "I learned to weld." in page
    assert "Odile Other" not in page and "A plan." not in page

    page = client.post(file.get_absolute_url(), {"act": "lock", "points_purpose": 4, "comment": "Mine."})
    assert "Choose the points before you lock." in page.text
    assert NormingReading.objects.get(reader=reader).points == {"purpose": 4}
    client.post(file.get_absolute_url(), {"act": "lock", "comment": "Mine.", **POINTS})

    page = client.get(file.get_absolute_url()).text
    assert "Odile Other" in page and "A plan." in page and "Mine." in page
    client.post(reverse("applications:norming-say", kwargs={"code": file.code}), {"text": "Why four?"})
    assert "Why four?" in client.get(file.get_absolute_url()).text
    assert "1 of 3 scored" in client.get(reverse("applications:norming-list")).text
    refused = client.post(reverse("applications:norming-say", kwargs={"code": file.code}), {"text": "Longer. " * 300})
    assert "Longer. Longer. " in refused.text and "at most 2000 characters" in refused.text  # nothing typed is lost


def test_the_list_leaves_out_spanish_and_keeps_the_numbers(sign_in, reader):
    """Readers talk about "sample 3", so it is the same for all of them."""
    cycle = norming_cycle(3)
    NormingFile.objects.filter(pk=cycle.norming_files.all()[1].pk).update(language="es")

    page = sign_in(reader).get(reverse("applications:norming-list")).text

    assert "Sample 1" in page and "Sample 3" in page and "Sample 2" not in page


def test_the_rubric_has_the_samples_of_the_real_desk(sign_in, reader):
    cycle = norming_cycle()
    levels = RubricLevel.objects.filter(criterion__cycle=cycle)
    for number, level in enumerate(levels, start=1):
        level.sample_en = f"Sample words, number {number}."
        level.save()

    page = sign_in(reader).get(cycle.norming_files.first().get_absolute_url())

    assert [level.sample_en for level in levels.all() if f"“{level.sample_en}”" not in page.text] == []
    real = ReviewForm(assignment=AssignmentFactory(application__cycle=cycle, reader=reader))
    shown = {row["criterion"]: row["levels"] for row in page.context["form"].rubric()}
    assert shown == {row["criterion"]: row["levels"] for row in real.rubric()}


def test_saving_keeps_it_as_a_draft(sign_in, reader):
    file = norming_cycle(3).norming_files.first()
    client = sign_in(reader)

    client.post(file.get_absolute_url(), {"act": "save", "points_purpose": 2, "comment": "So far."})

    page = client.get(file.get_absolute_url())
    assert page.context["form"]["points_purpose"].value() == 2
    assert "So far." in page.text
    assert NormingReading.objects.get().locked_at is None


def test_what_was_agreed_is_shown_to_who_locked(sign_in, office, reader):
    file = norming_cycle(3).norming_files.first()
    sign_in(office).post(
        reverse("applications:norming-agree", kwargs={"code": file.code}),
        {"points_purpose": 4, "note": "A reason and a plan."},
    )
    client = sign_in(reader)
    assert "A reason and a plan." not in client.get(file.get_absolute_url()).text

    NormingReadingFactory(file=file, reader=reader, locked=True)

    assert "A reason and a plan." in client.get(file.get_absolute_url()).text


def test_an_unpublished_sample_is_nobodys_yet(sign_in, reader, office):
    file = norming_cycle(3, published=False).norming_files.first()

    assert sign_in(reader).get(file.get_absolute_url()).status_code == 404
    assert sign_in(office).get(file.get_absolute_url()).status_code == 404


def test_a_sample_costs_the_same_for_many_readers(sign_in, reader, django_assert_max_num_queries):
    file = norming_cycle(3).norming_files.first()
    NormingReadingFactory(file=file, reader=reader, locked=True)
    for _ in range(8):
        NormingReadingFactory(file=file, locked=True)
    client = sign_in(reader)
    with django_assert_max_num_queries(16):
        client.get(file.get_absolute_url())


def test_the_first_page_of_a_reader_asks_for_the_samples_first(sign_in, reader):
    file = norming_cycle(3).norming_files.first()
    client = sign_in(reader)

    assert f'href="{file.get_absolute_url()}"' in client.get(reverse("applications:review-list")).text
    for each in file.cycle.norming_files.all():
        NormingReadingFactory(file=each, reader=reader, locked=True)

    assert "Score the samples first." not in client.get(reverse("applications:review-list")).text


def test_no_real_file_is_begun_before_the_samples(sign_in, reader):
    cycle = norming_cycle(3)
    assignment = AssignmentFactory(reader=reader, application__submitted=True, application__cycle=cycle)
    begun = ReviewFactory(assignment__reader=reader, assignment__application__cycle=cycle).assignment
    client = sign_in(reader)
    first = cycle.norming_files.first()

    assertRedirects(client.get(assignment.get_absolute_url()), first.get_absolute_url())
    sent = {"act": "save", "points_purpose": "4", "comment": "Typed before they were published."}
    page = client.post(assignment.get_absolute_url(), sent)
    assert "Score the samples first." in page.text
    assert "Typed before they were published." in page.text
    assert not Review.objects.filter(assignment=assignment).exists()
    # a review begun earlier may continue
    assert client.get(begun.get_absolute_url()).status_code == 200

    for file in cycle.norming_files.all():
        NormingReadingFactory(file=file, reader=reader, locked=True)
    assert client.get(assignment.get_absolute_url()).status_code == 200
    client.post(assignment.get_absolute_url(), sent)
    assert assignment.review.comment == "Typed before they were published."


def test_the_list_serves_no_real_file_before_the_samples(sign_in, reader):
    cycle = norming_cycle(3)
    AssignmentFactory(reader=reader, application__submitted=True, application__cycle=cycle)
    client = sign_in(reader)

    assert "Read the next candidate" not in client.get(reverse("applications:review-list")).text
    for file in cycle.norming_files.all():
        NormingReadingFactory(file=file, reader=reader, locked=True)
    assert "Read the next candidate" in client.get(reverse("applications:review-list")).text


def test_an_interview_waits_for_no_sample(sign_in, reader):
    cycle = norming_cycle(3)
    assignment = AssignmentFactory(
        reader=reader, application__submitted=True, application__cycle=cycle, is_interview=True
    )

    assert norming.owed_before(assignment) is None


def test_agreement_on_the_samples_waits_for_a_worker(client, office, reader, monkeypatch):
    cycle = norming_cycle()
    for file in cycle.norming_files.all():
        for who in (reader, UserFactory(advisor=True)):
            points = {each.key: 1 + file.order for each in cycle.criteria.all()}
            NormingReadingFactory(file=file, reader=who, locked=True, points=points)
    client.force_login(office)
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    page = client.get(address("norming", cycle)).text
    assert "We’re calculating how much they agree." in page and 'id="agreement" data-waiting' in page

    jobs.run(Job.objects.get(kind=calculations.JOB).pk)

    page = client.get(address("norming", cycle)).text
    assert "(likely between" in page and "data-waiting" not in page
