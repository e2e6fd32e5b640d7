"""Words that identify the writer: reported by a reader, masked at once for all readers, reviewed by the office."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from applications.models import MaskedWord, MaskingReport
from applications.reading.actions import masking
from applications.reading.masking import Hidden, mask, plain, stands_in
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.applications.reading.test_review_views import text_of
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory, review_facts

STORY = "My uncle Beto drives the Bluebird bus. Beto's route is long."


def covered(text, *words):
    return plain(mask(text, Hidden(words=words)))


def test_words_are_covered_wherever_they_stand_as_whole_words():
    assert covered(STORY, "beto") == "My uncle [word] drives the Bluebird bus. [word]'s route is long."
    assert covered(STORY, "Bluebird  BUS") == "My uncle Beto drives the [word]. Beto's route is long."
    assert covered("Béto y Betos", "beto") == "[word] y Betos"
    assert covered(STORY, "...", "") == STORY


def test_stands_in_says_whether_anything_would_be_covered():
    assert stands_in("uncle beto", STORY)
    assert not stands_in("Bet", STORY)


def test_what_was_typed_is_taken_apart():
    assert masking.stretches(" Beto, “Bluebird bus”;\nBeto , ") == ["Beto", "Bluebird bus"]


@pytest.fixture
def assignment(db):
    review_facts()
    return AssignmentFactory(application__answered__story_why=STORY, application__answered=True)


@pytest.fixture
def office(db):
    return UserFactory(coordinator=True)


def report(assignment, words="Beto, Bluebird"):
    return masking.report_slip(assignment, words=words, question_key="story_why", by=assignment.reader)


def desk_of(sign_in, assignment):
    return text_of(sign_in(assignment.reader).get(assignment.get_absolute_url()))


def test_a_report_covers_at_once_for_every_reader(sign_in, assignment):
    other = AssignmentFactory(application=assignment.application)
    assert "Beto" in desk_of(sign_in, other)

    first, again = report(assignment), report(assignment)

    assert first == again
    page = desk_of(sign_in, other)
    assert "Beto" not in page
    assert "Bluebird" not in page
    own = desk_of(sign_in, assignment)
    assert own.count("Beto, Bluebird") == own.count("Beto") > 0  # only where the reader can undo it
    assert "You covered “Beto, Bluebird”." in own
    event = Event.objects.get(action="review.report_slip")
    assert "Beto" not in str(event.changes)  # the audit log contains no word of an answer


@pytest.mark.parametrize(
    ("words", "code"),
    [(" , ", "no_words"), ("e", "too_short"), ("Zanzibar", "not_found"), ("Beto " * 30, "too_long")],
)
def test_what_cannot_be_covered_is_said(assignment, words, code):
    with pytest.raises(RuleViolation) as caught:
        report(assignment, words)

    assert caught.value.code == code
    assert not MaskedWord.objects.exists()


def test_office_leaves_covered_or_shows_again(assignment, office):
    kept, lifted = report(assignment, "Beto"), report(assignment, "Bluebird")

    for _tap in range(2):
        masking.settle(kept, stays_covered=True, by=office)
        masking.settle(lifted, stays_covered=False, by=office)

    assert list(MaskedWord.objects.values_list("text", flat=True)) == ["Beto"]
    assert not MaskingReport.objects.open().exists()
    assert Event.objects.filter(action="review.settle_slip").count() == 2


def test_lifting_one_report_leaves_what_another_names(assignment, office):
    lifted, _open = report(assignment, "Beto"), report(assignment, "Beto, Bluebird")
    masking.settle(lifted, stays_covered=False, by=office)

    assert set(MaskedWord.objects.values_list("text", flat=True)) == {"Beto", "Bluebird"}


def test_pages_of_the_office(sign_in, assignment, office):
    application = assignment.application
    client, here = sign_in(office), reverse("applications:masking-record", args=[application.code])
    reported = report(assignment, "Beto")

    listed = text_of(client.get(reverse("applications:masking-list")))
    assert "Beto" in listed
    assert application.candidate_label in listed
    assert "isn’t in the answers" in text_of(client.post(here, {"words": "Zanzibar"}))
    page = text_of(client.post(here, {"words": "Bluebird bus"}, follow=True))
    assert "Covered: Bluebird bus." in page
    page = text_of(
        client.post(
            reverse("applications:masking-uncover", args=[application.code]), {"text": "Bluebird bus"}, follow=True
        )
    )
    assert "Shown again: Bluebird bus." in page
    settle = reverse("applications:masking-settle", args=[reported.code])
    page = text_of(client.post(settle, {"act": "keep", "next": "list"}, follow=True))
    assert "The words stay covered." in page
    assert "Nothing to check" in page
    assert application.person.full_name not in text_of(client.get(here))


def test_the_way_of_the_office_to_what_slipped_through(sign_in, assignment, office):
    """The office's page about reading shows a count, without reports about the person's own application."""
    client = sign_in(office)

    assert reports_counted(client) == ""
    reported = report(assignment, "Beto")
    assert reports_counted(client) == "1"
    masking.settle(reported, stays_covered=True, by=office)
    assert reports_counted(client) == ""
    report(assignment, "Bluebird")
    assert reports_counted(client) == "1"
    assignment.application.student = office
    assignment.application.save(update_fields=["student"])
    cache.clear()  # no action did that, so nothing ends the count
    assert reports_counted(client) == ""


def reports_counted(client) -> str:
    page = client.get(reverse("applications:review-list")).text
    found = re.search(r'href="/reviews/masking/">What readers have reported</a>\s*(?:<span[^>]*>\s*(\d+))?', page)
    assert found
    return found[1] or ""


def test_the_committee_looks_at_an_application_as_readers_do(sign_in, assignment, office):
    code = assignment.application.code
    page = sign_in(office).get(reverse("applications:decision-record", args=[code])).text

    assert f'href="{reverse("applications:masking-record", args=[code])}"' in page


def test_nobody_covers_words_in_the_own_application(sign_in, assignment, office):
    assignment.application.student = office
    assignment.application.save(update_fields=["student"])
    here = reverse("applications:masking-record", args=[assignment.application.code])

    assert sign_in(office).get(here).status_code == 403


def test_the_desk_reports_and_keeps_what_was_given(sign_in, assignment):
    client = sign_in(assignment.reader)
    data = {"act": "report", "points_purpose": "4", "comment": "Kept.", "slip-words": "Beto"}

    page = text_of(client.post(assignment.get_absolute_url(), data, follow=True))

    assert "Covered for everyone who reads this." in page
    assert "Kept." in page
    assert MaskingReport.objects.get().words == "Beto"
    refused = text_of(client.post(assignment.get_absolute_url(), data | {"slip-words": "Zanzibar"}))
    assert "isn’t in the answers" in refused
    assert 'value="Zanzibar"' in refused
