"""Saving a review field by field: idempotent, no lost edits between two windows, and few queries."""

import json

import pytest
from django.urls import reverse

from applications.cycle.actions import criteria
from applications.models import Rating, Review
from applications.reading.actions import review
from applications.reading.lost_edit import mark
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.applications.base.test_rubric_versions import reword
from tests.applications.reading.test_review_views import FULL, text_of
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory, ReviewFactory, review_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment():
    review_facts()
    return AssignmentFactory()


def sent(client, assignment, *changes):
    rows = [
        {"key": field, "number": number, "fields": {"value": value, "known": [mark(each) for each in known]}}
        for number, (field, value, *known) in enumerate(changes, start=1)
    ]
    address = reverse("applications:review-save", args=[assignment.code])
    return client.post(address, json.dumps({"changes": rows}), content_type="application/json")


def test_fields_are_saved_one_by_one_and_once(sign_in, assignment):
    client = sign_in(assignment.reader)
    for _time in range(2):
        answer = sent(client, assignment, ("points_purpose", "4", ""), ("comment", "Hm.\r\nYes. ", "")).json()
        assert [each["ok"] for each in answer["results"]] == [True, True]
        assert answer["saved"].startswith("Saved online ")

    assert Rating.objects.get().points == 4
    assert Review.objects.get().comment == "Hm.\nYes."


def test_words_of_another_window_are_not_written_over(sign_in, assignment):
    client = sign_in(assignment.reader)
    sent(client, assignment, ("comment", "From one window.", ""))

    (refused,) = sent(client, assignment, ("comment", "From another.", "")).json()["results"]
    assert (refused["ok"], refused["code"], refused["stored"]) == (False, "written_apart", "From one window.")
    (taken,) = sent(client, assignment, ("comment", "From another.", "", "From one window.")).json()["results"]
    assert taken["ok"]
    assert Review.objects.get().comment == "From another."


def test_points_of_another_window_are_told(sign_in, assignment):
    client = sign_in(assignment.reader)
    sent(client, assignment, ("points_purpose", "4", ""))

    (refused,) = sent(client, assignment, ("points_purpose", "2", "")).json()["results"]

    assert (refused["code"], refused["stored"]) == ("scored_apart", "4")
    assert Rating.objects.get().points == 4


def test_more_than_a_request_holds_is_refused_with_the_limit(sign_in, assignment):
    answer = sent(sign_in(assignment.reader), assignment, ("comment", "x" * 3_000_000))

    assert answer.status_code == 413
    assert "The limit is 2 MB." in answer.json()["message"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("points_purpose", "9", "unknown_points"),
        ("points_nothing", "3", "unknown_points"),
        ("locked_at", "27", "unknown_field"),
        ("comment", "x" * 4001, "too_long"),
    ],
)
def test_what_cannot_be_kept_is_said_and_the_rest_is_kept(sign_in, assignment, field, value, code):
    answer = sent(sign_in(assignment.reader), assignment, (field, value), ("feedback", "Go on.")).json()

    assert [each.get("code", "") for each in answer["results"]] == [code, ""]
    assert Review.objects.get().feedback == "Go on."


@pytest.mark.parametrize("body", ["", "[]", '{"changes": 3}', '{"changes": [{}]}', '{"changes": [{"key": 1}]}'])
def test_what_is_no_request_of_ours_is_refused(sign_in, assignment, body):
    address = reverse("applications:review-save", args=[assignment.code])
    answer = sign_in(assignment.reader).post(address, body, content_type="application/json")

    assert answer.status_code == 400
    assert not Review.objects.exists()


def test_nothing_is_saved_after_the_lock_and_a_late_copy_is_no_news(sign_in, assignment):
    client = sign_in(assignment.reader)
    client.post(assignment.get_absolute_url(), FULL | {"act": "lock", "comment": "Done."})

    assert sent(client, assignment, ("comment", "Done.", "")).json()["results"][0]["ok"]
    assert sent(client, assignment, ("comment", "Other.", "")).status_code == 409
    assert Review.objects.get().comment == "Done."


def test_a_save_asks_few_queries_whatever_is_stored(sign_in, assignment, django_assert_max_num_queries):
    client = sign_in(assignment.reader)
    sent(client, assignment, ("points_purpose", "4", ""), ("comment", "One.", ""))
    for _ in range(5):
        ReviewFactory(locked=True, assignment__application=assignment.application)

    with django_assert_max_num_queries(13):  # four of them load the session, user and roles
        sent(client, assignment, ("points_purpose", "4", ""), ("comment", "One. Two.", ""))


# --- A page without script ----------------------------------------------------------------------------


def test_a_page_without_script_shows_both_texts(sign_in, assignment):
    client, address = sign_in(assignment.reader), assignment.get_absolute_url()
    seen = json.dumps({"comment": [mark("")], "feedback": [mark("")]})
    client.post(address, {"act": "save", "comment": "From one window.", "seen": seen})

    response = client.post(address, {"act": "save", "comment": "From another.", "seen": seen, "points_purpose": "4"})

    page = text_of(response)
    assert "From one window." in page
    assert "From another." in page
    assert Review.objects.get().comment == "From one window."
    known = response.context["form"].known
    client.post(address, {"act": "save", "comment": "From another.", "seen": known})
    assert Review.objects.get().comment == "From another."


def test_later_puts_one_at_the_end_and_keeps_what_was_given(sign_in, assignment):
    cycle = assignment.application.cycle
    rows = [assignment, *AssignmentFactory.create_batch(2, reader=assignment.reader, application__cycle=cycle)]
    first, second, third = sorted(rows, key=lambda row: row.code)
    client = sign_in(assignment.reader)

    go_on = client.post(first.get_absolute_url(), {"act": "later", "points_purpose": "2"})
    assert go_on.url == second.get_absolute_url()
    assert Rating.objects.get().points == 2
    after = client.post(second.get_absolute_url(), FULL | {"act": "lock"})
    assert after.url == third.get_absolute_url()
    last = client.post(third.get_absolute_url(), FULL | {"act": "lock"})
    assert last.url == first.get_absolute_url()
    assert "This is your last candidate." in text_of(
        client.post(first.get_absolute_url(), {"act": "later"}, follow=True)
    )


def test_a_reading_that_was_begun_comes_first(sign_in, assignment):
    cycle = assignment.application.cycle
    rows = [assignment, *AssignmentFactory.create_batch(3, reader=assignment.reader, application__cycle=cycle)]
    begun = max(rows, key=lambda row: row.code)
    ReviewFactory(assignment=begun)

    page = text_of(sign_in(assignment.reader).get(reverse("applications:review-list")))

    assert f"Read the next candidate: {begun.candidate_label}" in page


# --- The rubric changes in the meantime ---------------------------------------------------------------


def test_reworded_while_reading(sign_in, assignment):
    client, office, address = sign_in(assignment.reader), UserFactory(coordinator=True), assignment.get_absolute_url()
    client.post(address, FULL | {"act": "save"})
    reword(assignment.application.cycle, office)

    page = text_of(client.get(address))
    assert "The rubric’s wording has changed since you started" in page
    assert "Too vague." in page
    assert "Says that travel would be nice" in page
    stale = client.post(address, FULL | {"act": "lock", "rubric_version": "1", "comment": "Kept."}, follow=True)
    assert "Not locked yet: the rubric’s wording changed" in text_of(stale)
    kept = Review.objects.get()
    assert (kept.locked_at, kept.comment, kept.rubric_version) == (None, "Kept.", 1)
    client.post(address, FULL | {"act": "lock", "rubric_version": "2", "seen": stale.context["form"].known})
    kept.refresh_from_db()
    assert kept.locked_at
    assert kept.rubric_version == 2


def test_a_locked_reading_keeps_the_words_it_was_scored_by(sign_in, assignment):
    client, office = sign_in(assignment.reader), UserFactory(coordinator=True)
    client.post(assignment.get_absolute_url(), FULL | {"act": "lock", "points_purpose": "1"})
    before = Rating.objects.count()
    reword(assignment.application.cycle, office)

    page = text_of(client.get(assignment.get_absolute_url()))
    assert "Says that travel would be nice" in page
    assert "Says it in other words" not in page
    assert "Scored with version 1 of 2 of the rubric." in page
    assert Rating.objects.count() == before
    committee = reverse("applications:decision-record", args=[assignment.application.code])
    assert "Scored with version 1 of 2 of the rubric." in text_of(sign_in(office).get(committee))


def test_lock_again_is_no_second_lock(assignment):
    points = {"purpose": 4, "adapting": 5, "giving_back": 3}
    for _tap in range(2):
        review.lock_review(assignment, points=points, comment="", feedback="", by=assignment.reader)
    assert Event.objects.filter(action="review.lock").count() == 1
    with pytest.raises(RuleViolation):
        criteria.remove_criterion(assignment.application.cycle, "purpose", by=assignment.reader)
