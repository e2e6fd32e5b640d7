"""The referee's page: a private link, one letter, no account."""

import pytest
from django.urls import reverse

from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import RecommendationFactory

pytestmark = pytest.mark.django_db


def page(recommendation):
    return reverse("applications:recommendation-write", args=[recommendation.token])


@pytest.fixture
def asked():
    student = UserFactory(full_name="Marisol Reyes Ortega", preferred_name="Mari")
    return RecommendationFactory(asked=True, application__submitted=True, application__student=student)


def test_page_shows_what_the_referee_needs_and_no_more(client, asked):
    text = client.get(page(asked)).text
    assert "Tell us about Mari" in text and "Biology professor" in text
    assert "Reyes Ortega" not in text
    assert asked.application.student.email not in text


def test_letter_is_received_once(client, asked):
    client.post(page(asked), {"letter": "She stays late."})
    response = client.post(page(asked), {"letter": "Another letter."}, follow=True)
    asked.refresh_from_db()
    assert asked.letter == "She stays late."
    assert "Thank you" in response.text
    assert "She stays late." not in response.text
    assert Message.objects.count() == 1


def test_get_changes_nothing(client, asked):
    client.get(page(asked), {"letter": "By address."})
    asked.refresh_from_db()
    assert asked.received_at is None


@pytest.mark.parametrize("letter", ["", "   \n "])
def test_empty_letter_is_asked_for_again(client, asked, letter):
    response = client.post(page(asked), {"letter": letter})
    assert response.status_code == 200
    assert "Write a few sentences before you send it." in response.text
    asked.refresh_from_db()
    assert asked.received_at is None


def test_unknown_token_is_404(client, asked):
    assert client.get(reverse("applications:recommendation-write", args=["no-such-link"])).status_code == 404


def test_link_that_was_never_sent_is_404(client):
    assert client.get(page(RecommendationFactory())).status_code == 404


def test_withdrawn_student_needs_no_letter(client):
    recommendation = RecommendationFactory(asked=True, application__withdrawn=True)
    assert "No letter is needed any more" in client.get(page(recommendation)).text
    client.post(page(recommendation), {"letter": "Good."})
    recommendation.refresh_from_db()
    assert recommendation.letter == ""


def test_page_is_not_kept_by_browsers(client, asked):
    assert "no-store" in client.get(page(asked)).headers["Cache-Control"]
