"""Two office members decide at the same time: each sees a colleague's decision before overwriting it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Decision
from applications.selection.actions import selection
from applications.states import Status
from exchange.base.errors import RuleViolation
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, review_facts
from tests.releasing import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


@pytest.fixture
def ana():
    return UserFactory(coordinator=True, full_name="Ana Ruiz")


@pytest.fixture
def ben(sign_in):
    return sign_in(UserFactory(coordinator=True))


def result_of(application):
    return list(Decision.objects.filter(application=application).values_list("result", flat=True))


def test_a_stale_page_writes_over_nothing_and_says_what_a_colleague_kept(ana, ben):
    application = ApplicationFactory(submitted=True)
    page = reverse("applications:decision-record", args=[application.code])
    seen = ben.get(page).context["seen_at"]
    selection.decide(application, result=Status.SELECTED, reason="Clear purpose.", by=ana)
    said = {"result": "not_selected", "reason": "Not this time.", "seen_at": seen}

    shown = ben.post(page, said)

    assert result_of(application) == ["selected"]
    assert f"In the meantime, Ana Ruiz saved a result for {application.candidate_label}: selected." in words(shown)
    assert "Not this time." in shown.text  # the typed text stays

    ben.post(page, said | {"seen_at": shown.context["seen_at"]})  # the colleague's decision has been shown now
    assert result_of(application) == ["not_selected"]


def test_a_form_that_comes_back_for_its_reason_is_as_old_as_before(ana, ben):
    application = ApplicationFactory(submitted=True)
    page = reverse("applications:decision-record", args=[application.code])
    seen = ben.get(page).context["seen_at"]
    selection.decide(application, result=Status.SELECTED, reason="Clear purpose.", by=ana)

    again = ben.post(page, {"result": "not_selected", "reason": "", "seen_at": seen}).context["seen_at"]
    shown = ben.post(page, {"result": "not_selected", "reason": "Not this time.", "seen_at": again})

    assert "In the meantime, Ana Ruiz saved a result" in words(shown)
    assert result_of(application) == ["selected"]


def test_a_stale_page_takes_nothing_back(ana, ben):
    application = ApplicationFactory(submitted=True)
    selection.decide(application, result=Status.WAITLISTED, reason="Close.", by=ana)
    page = reverse("applications:decision-record", args=[application.code])
    seen = ben.get(page).context["seen_at"]
    selection.decide(application, result=Status.SELECTED, reason="A seat more.", by=ana)

    assert "Ana Ruiz saved a result" in words(ben.post(page, {"act": "undo", "seen_at": seen}, follow=True))
    assert result_of(application) == ["selected"]

    ben.post(page, {"act": "undo", "seen_at": ben.get(page).context["seen_at"]})
    assert result_of(application) == []


def test_ticked_at_once_on_a_stale_list_none_of_them_changes(ana, ben):
    cycle = CycleFactory(ready=True)
    first, second = (ApplicationFactory(submitted=True, cycle=cycle) for _ in range(2))
    listed = ben.get(reverse("applications:selection-list"), {"cycle": cycle.code})
    assert f'name="seen_at" value="{listed.context["seen_at"]}"' in listed.text
    selection.decide(second, result=Status.SELECTED, reason="Clear purpose.", by=ana)
    said = {"applications": [first.code, second.code], "result": "not_selected", "reason": "Not this time."}

    answer = ben.post(
        reverse("applications:decision-bulk", args=[cycle.code]),
        said | {"seen_at": listed.context["seen_at"]},
        follow=True,
    )

    assert f"Ana Ruiz saved a result for {second.candidate_label}" in words(answer)
    assert (result_of(first), result_of(second)) == ([], ["selected"])


def test_the_own_earlier_result_and_what_was_seen_are_no_reason(ana):
    application, now = ApplicationFactory(submitted=True), timezone.now()
    selection.decide(application, result=Status.SELECTED, reason="Clear purpose.", by=ana)

    selection.decide(application, result=Status.WAITLISTED, reason="Close.", by=ana, seen_at=now)
    with pytest.raises(RuleViolation) as caught:
        selection.decide(application, result=Status.SELECTED, reason="Again.", by=UserFactory(), seen_at=now)

    assert caught.value.code == "decided_meanwhile"
    later = timezone.now() + dt.timedelta(seconds=1)
    selection.decide(application, result=Status.SELECTED, reason="Again.", by=UserFactory(), seen_at=later)


@pytest.mark.parametrize("seen_at", ["", "yesterday", "1.5", "9" * 40])
def test_a_moment_that_cannot_be_read_stops_nobody(ben, seen_at):
    application = ApplicationFactory(submitted=True)
    page = reverse("applications:decision-record", args=[application.code])
    ben.post(page, {"result": "selected", "reason": "Clear purpose.", "seen_at": seen_at})
    assert result_of(application) == ["selected"]
