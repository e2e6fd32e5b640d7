"""When a student names another referee in an application returned for a fix, the former one is told politely.

Only once the application is resubmitted: the page saves while the student types, and a letter already begun must
not be lost to a half-typed name.
"""

import contextlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as application_actions
from applications.apply.actions import draft as draft_actions
from applications.apply.actions import recommendation as actions
from applications.models import Application, Recommendation
from exchange.base.errors import RuleViolation
from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, RecommendationFactory, application_facts

pytestmark = pytest.mark.django_db
LENA, SAM = "lena.whitcomb@example.edu", "sam.ito@example.org"


@pytest.fixture(autouse=True)
def facts():
    application_facts()


@pytest.fixture
def returned():
    """Submitted, the referee asked, and returned for a fix."""
    application = ApplicationFactory(answered=True, returned=True)
    actions.ask(application)
    Message.objects.all().delete()
    return application


def name_sam(application):
    """Saves field by field as the page does: the name first, then the address while it is being typed."""
    for key, value in (("referee_name", "Sam Ito"), ("referee_email", "sam"), ("referee_email", SAM)):
        draft_actions.save_answers(application, {key: value}, by=application.student)


def told(event):
    rows = Message.objects.filter(template=f"applications/recommendation_{event}", channel="email")
    return list(rows.order_by("pk").values_list("address", flat=True))


def send_again(application):
    return application_actions.submit(Application.objects.get(), by=application.student)


def test_whoever_was_asked_is_told_once_and_without_the_next_name(returned):
    name_sam(returned)
    assert told("no_longer_needed") == []

    send_again(returned)
    send_again(returned)
    assert told("no_longer_needed") == [LENA]
    mail = Message.objects.get(channel="email", address=LENA)
    assert "Hello," in mail.body
    assert not any("Sam" in text for text in (mail.subject, mail.body, mail.html))
    assert told("asked") == [SAM]


@pytest.mark.parametrize("typed", [[LENA + "x", LENA], [LENA.upper()], ["", "x", f"{LENA.title()}"]])
def test_a_slip_that_was_saved_costs_the_referee_nothing(returned, typed):
    letter = Recommendation.objects.get()
    actions.save_draft(letter, draft="She stayed late.", seen="")
    for address in typed:
        draft_actions.save_answers(returned, {"referee_email": address}, by=returned.student)
        now = Recommendation.objects.get()
        assert (now.draft, now.token, now.takes_letter) == ("She stayed late.", letter.token, True)
    send_again(returned)
    now = Recommendation.objects.get()
    assert (now.draft, now.token, now.state) == ("She stayed late.", letter.token, "begun")
    assert (told("no_longer_needed"), told("asked")) == ([], [])


def test_while_another_is_being_named_nobody_is_reminded_and_the_link_works(returned):
    name_sam(returned)
    Recommendation.objects.update(requested_at=timezone.now() - timedelta(days=20))
    assert actions.REMINDER.send_all() == 0
    with pytest.raises(RuleViolation) as refused:
        actions.send_again(returned, by=UserFactory(coordinator=True))
    assert refused.value.code == "naming_another"
    assert Recommendation.objects.get().state == "not_asked"  # Sam, shown on the student's page

    letter = actions.send_letter(Recommendation.objects.get(), letter="She stayed late.")
    assert (letter.referee_name, letter.referee_email) == ("Dr. Lena Whitcomb", LENA)  # who wrote it
    assert letter.state == "received"


def test_a_name_put_right_stays_when_the_letter_comes(returned):
    draft_actions.save_answers(returned, {"referee_name": "Dr. L. Whitcomb"}, by=returned.student)
    assert actions.send_letter(Recommendation.objects.get(), letter="Good.").referee_name == "Dr. L. Whitcomb"


def test_taking_it_back_while_another_is_named_thanks_whoever_has_the_link(returned):
    name_sam(returned)
    application_actions.withdraw(returned, by=returned.student)
    assert told("no_longer_needed") == [LENA]
    assert "Sam" not in Message.objects.get(channel="email", address=LENA).body


def test_after_the_office_stopped_the_link_only_another_address_is_asked(returned):
    name_sam(returned)
    actions.revoke(returned, by=UserFactory(coordinator=True), reason="A stranger")
    send_again(returned)
    assert (told("asked"), told("no_longer_needed")) == ([SAM], [])


def test_the_old_link_ends_with_a_page_that_says_what_to_do(returned, client):
    link = Recommendation.objects.get().link
    name_sam(returned)
    assert client.get(reverse("applications:recommendation-write", args=[link])).status_code == 200
    send_again(returned)
    answer = client.get(reverse("applications:recommendation-write", args=[link]))
    assert answer.status_code == 410
    assert "You don’t need to do anything" in answer.text
    assert "Sam" not in answer.text


def test_another_name_or_relation_tells_nobody(returned):
    draft_actions.save_answers(returned, {"referee_name": "Lena W.", "relation": "Boss"}, by=returned.student)
    assert told("no_longer_needed") == []


@pytest.mark.parametrize("trait", ["received", "declined", "expired"])
def test_whoever_has_answered_or_whose_days_are_over_is_not_written_to(trait):
    application = RecommendationFactory(**{trait: True, "application__returned": True}).application
    with contextlib.suppress(RuleViolation):  # a received letter stays
        draft_actions.save_answers(application, {"referee_email": SAM}, by=application.student)
    assert told("no_longer_needed") == []
