"""The database constraints of an application, each by name, and its querysets."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.models import Answer, Application, CityPreference
from applications.states import Status
from tests.constraints import refused
from tests.factories import PartnerCityFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    EndorsementFactory,
    RecommendationFactory,
    UploadFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


# --- Constraints ------------------------------------------------------------------------------------


def test_application_one_per_student_and_cycle():
    first = ApplicationFactory()
    ApplicationFactory(student=first.student)  # another cycle
    refused(
        "application_one_per_student_and_cycle",
        lambda: ApplicationFactory(student=first.student, cycle=first.cycle),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.SUBMITTED},
        {"status": Status.CONFIRMED},
        {"status": Status.DRAFT, "submitted_at": NOW},
    ],
)
def test_application_submitted_at_matches_status(fields):
    refused("application_submitted_at_matches_status", lambda: ApplicationFactory(**fields))


def test_application_withdrawn_before_it_was_sent_needs_no_submission_time():
    assert ApplicationFactory(status=Status.WITHDRAWN, withdrawn_at=NOW).submitted_at is None


@pytest.mark.parametrize("fields", [{"status": Status.WITHDRAWN}, {"status": Status.DRAFT, "withdrawn_at": NOW}])
def test_application_withdrawn_at_matches_status(fields):
    refused("application_withdrawn_at_matches_status", lambda: ApplicationFactory(**fields))


def test_application_submitted_has_a_college():
    ApplicationFactory(college=None)
    refused("application_submitted_has_a_college", lambda: ApplicationFactory(submitted=True, college=None))


def test_application_returned_says_what_to_fix():
    refused("application_returned_says_what_to_fix", lambda: ApplicationFactory(returned=True, return_note=""))


@pytest.mark.parametrize("fields", [{"reads_locked": 1}, {"score_mean": 3}])
def test_application_score_only_with_locked_reads(fields):
    refused("application_score_only_with_locked_reads", lambda: ApplicationFactory(submitted=True, **fields))


def test_answer_one_per_question():
    application = ApplicationFactory(answered=True)
    answer = application.answers.first()
    refused(
        "answer_one_per_question",
        lambda: Answer.objects.create(application=application, question=answer.question, value="x"),
    )


def test_citypreference_rules():
    city, other = PartnerCityFactory(), PartnerCityFactory()
    application = ApplicationFactory(cities=[city])

    def line(**fields):
        return lambda: CityPreference.objects.create(application=application, **fields)

    refused("citypreference_city_once", line(city=city, rank=2))
    refused("citypreference_rank_once", line(city=other, rank=1))
    refused("citypreference_rank_from_one", line(city=other, rank=0))


def test_upload_is_not_empty():
    application = ApplicationFactory(answered=True)
    refused("upload_is_not_empty", lambda: UploadFactory(application=application, size=0))


@pytest.mark.parametrize("fields", [{"received_at": NOW, "letter": ""}, {"letter": "Good."}])
def test_recommendation_received_has_a_letter(fields):
    refused("recommendation_received_has_a_letter", lambda: RecommendationFactory(**fields))


def test_recommendation_requested_has_an_email():
    refused(
        "recommendation_requested_has_an_email",
        lambda: RecommendationFactory(requested_at=NOW, referee_email=""),
    )
    RecommendationFactory(requested_at=NOW, referee_email="", former={"referee_email": "lena@example.edu"})


@pytest.mark.parametrize("fields", [{"refused": "declined"}, {"refused_at": NOW}])
def test_recommendation_refused_has_its_time(fields):
    refused("recommendation_refused_has_its_time", lambda: RecommendationFactory(**fields))


def test_recommendation_received_or_refused_not_both():
    refused(
        "recommendation_received_or_refused_not_both",
        lambda: RecommendationFactory(received=True, refused="declined", refused_at=NOW),
    )


# --- Properties of a row ------------------------------------------------------------------------------


def test_a_draft_accepts_changes_until_closing_and_a_returned_one_after_it():
    opened, closed = CycleFactory(), CycleFactory(closed=True)
    expected = {
        ("draft", opened): True,
        ("draft", closed): False,
        ("returned", opened): True,
        ("returned", closed): True,
        ("submitted", opened): False,
    }
    for (trait, cycle), accepts in expected.items():
        traits = {} if trait == "draft" else {trait: True}
        assert ApplicationFactory(cycle=cycle, **traits).accepts_changes is accepts


def test_candidate_label_carries_no_name():
    assert ApplicationFactory.build(code="K7MFQ2XX").candidate_label == "K7-MFQ2"


def test_stored_file_has_a_random_name():
    upload = UploadFactory(original_name="marisol-reyes.pdf")
    assert "marisol" not in upload.file.name
    assert upload.file.name.endswith(f"{upload.code}.pdf")


# --- Querysets ----------------------------------------------------------------------------------------


def test_in_the_cycle_leaves_out_drafts_and_the_withdrawn():
    traits = ["submitted", "returned", "selected", "waitlisted", "not_selected", "confirmed", "declined"]
    kept = {ApplicationFactory(**{trait: True}) for trait in traits}
    ApplicationFactory()
    ApplicationFactory(withdrawn=True)
    assert set(Application.objects.in_the_cycle()) == kept


def test_not_endorsed_waits_for_the_home_college():
    waiting = ApplicationFactory(submitted=True)
    EndorsementFactory()
    ApplicationFactory(returned=True)
    assert list(Application.objects.not_endorsed()) == [waiting]


def test_unread_has_fewer_locked_reads_than_the_cycle_wants():
    some = ApplicationFactory(submitted=True, reads_locked=2, score_mean=3)
    ApplicationFactory(submitted=True, reads_locked=3, score_mean=3)
    ApplicationFactory(selected=True)
    assert list(Application.objects.unread()) == [some]


def test_quiet_is_a_draft_of_an_open_cycle_that_nobody_wrote_in_lately():
    long_ago = timezone.now() - dt.timedelta(days=8)
    quiet = ApplicationFactory(saved_at=long_ago)
    ApplicationFactory()
    ApplicationFactory(saved_at=long_ago, submitted=True)
    ApplicationFactory(saved_at=long_ago, cycle=CycleFactory(closed=True))
    assert list(Application.objects.quiet(7)) == [quiet]


def test_confirmed_are_the_confirmed():
    confirmed = ApplicationFactory(confirmed=True)
    ApplicationFactory(selected=True)
    assert list(Application.objects.confirmed()) == [confirmed]
