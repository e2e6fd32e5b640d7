"""In what was returned for a fix the student names another referee: whoever was asked before is told, kindly."""

import contextlib

import pytest
from django.urls import reverse

from applications.actions import application as application_actions
from applications.actions import draft as draft_actions
from applications.actions import recommendation as actions
from applications.models import Application, Recommendation
from exchange.errors import RuleViolation
from exchange.models import Message
from tests.factories_applications import ApplicationFactory, RecommendationFactory, application_facts

pytestmark = pytest.mark.django_db
LENA, SAM = "lena.whitcomb@example.edu", "sam.ito@example.org"


@pytest.fixture(autouse=True)
def facts():
    application_facts()


@pytest.fixture
def returned():
    """Sent, the referee asked, and given back."""
    application = ApplicationFactory(answered=True, returned=True)
    actions.ask(application)
    Message.objects.all().delete()
    return application


def name_sam(application):
    """As a page saves it: field by field, the name first, the address while it is being typed."""
    for key, value in (("referee_name", "Sam Ito"), ("referee_email", "sam"), ("referee_email", SAM)):
        draft_actions.save_answers(application, {key: value}, by=application.student)


def told(event):
    rows = Message.objects.filter(template=f"applications/recommendation_{event}", channel="email")
    return list(rows.order_by("pk").values_list("address", flat=True))


def test_whoever_was_asked_is_told_once_and_without_the_next_name(returned):
    name_sam(returned)
    assert told("no_longer_needed") == [LENA]
    mail = Message.objects.get(channel="email")
    assert "Hello," in mail.body
    assert not any("Sam" in text for text in (mail.subject, mail.body, mail.html))

    application_actions.submit(Application.objects.get(), by=returned.student)
    assert (told("asked"), told("no_longer_needed")) == ([SAM], [LENA])


def test_the_old_link_ends_with_a_page_that_says_what_to_do(returned, client):
    link = Recommendation.objects.get().link
    name_sam(returned)
    answer = client.get(reverse("applications:recommendation-write", args=[link]))
    assert answer.status_code == 410
    assert "There is nothing to do" in answer.text
    assert "Sam" not in answer.text


def test_another_name_or_relation_tells_nobody(returned):
    draft_actions.save_answers(returned, {"referee_name": "Lena W.", "relation": "Boss"}, by=returned.student)
    assert told("no_longer_needed") == []


@pytest.mark.parametrize("trait", ["received", "declined", "expired"])
def test_whoever_has_answered_or_whose_days_are_over_is_not_written_to(trait):
    application = RecommendationFactory(**{trait: True, "application__returned": True}).application
    with contextlib.suppress(RuleViolation):  # a letter that is here stays
        draft_actions.save_answers(application, {"referee_email": SAM}, by=application.student)
    assert told("no_longer_needed") == []
