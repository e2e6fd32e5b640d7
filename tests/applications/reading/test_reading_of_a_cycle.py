"""With two cycles, the office's page about reading keeps the cycle that it was opened for."""

import pytest
from django.urls import reverse

from applications.reading.actions import assigning
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, review_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def older():
    review_facts()
    older, _newer = CycleFactory(ready=True, reads_each=2), CycleFactory(ready=True)
    ApplicationFactory(submitted=True, cycle=older)
    for _reader in range(3):
        UserFactory(advisor=True)
    return older


@pytest.fixture
def office(sign_in, older):
    return sign_in(UserFactory(coordinator=True))


def page_of(cycle):
    return f"{reverse('applications:review-list')}?cycle={cycle.code}"


@pytest.mark.parametrize("act", ["discard", "release"])
def test_what_is_done_with_a_draft_leads_back_to_its_cycle(office, older, act):
    office.post(reverse("applications:assignment-draw", args=[older.code]))
    draft = office.get(reverse("applications:assignment-draft", args=[older.code]))
    assert f'href="{page_of(older)}"' in draft.text

    answer = office.post(
        reverse(f"applications:assignment-{act}", args=[older.code]), {"seen": draft.context["fingerprint"]}
    )

    assert answer.url == page_of(older)
    assert not assigning.draft_of(older).exists()


def test_a_draw_that_adds_nothing_leads_back_to_its_cycle(office, older):
    older.applications.update(status="withdrawn", withdrawn_at=older.closes_at)
    assert office.post(reverse("applications:assignment-draw", args=[older.code])).url == page_of(older)


def test_the_other_pages_of_readers_are_of_the_same_cycle(office, older):
    assert office.get(page_of(older)).context["query"] == f"cycle={older.code}"
