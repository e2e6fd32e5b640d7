"""The page of a release says what became of its messages, and nothing of it before it is so."""

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.codes import key_of
from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, DecisionFactory, application_facts, review_facts
from tests.releasing import release_now, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True, full_name="Kim Alvarez")


@pytest.fixture
def release(coordinator):
    cycle = CycleFactory()
    for name in ("Ana Ruiz", "Leo Cruz", "Eva Sol"):
        DecisionFactory(application__cycle=cycle, application__student__full_name=name)
    DecisionFactory(application__cycle=cycle, application__student__by_phone=True)
    return release_now(cycle, coordinator)


def page_of(sign_in, coordinator, release) -> str:
    return words(sign_in(coordinator).get(reverse("applications:selection-release-detail", args=[release.code])))


def test_each_message_of_a_release_belongs_to_it(release):
    assert Message.objects.filter(batch=key_of(release)).count() == Message.objects.count() == 3


def test_before_anything_is_sent_the_page_does_not_say_so(sign_in, coordinator, release):
    page = page_of(sign_in, coordinator, release)

    assert "Released: 4 students can see their results now." in page
    assert "3 messages aren’t sent yet." in page
    assert page.count(">waiting</span>") == 3 + 1  # each row, and the number of them
    assert "messages were sent" not in page
    assert "told" not in page.split("<main")[1].split("</main>")[0]


def test_who_can_not_be_written_to_is_to_be_called(sign_in, coordinator, release):
    page = page_of(sign_in, coordinator, release)

    assert "1 student has no email address and hasn’t agreed to texts" in page
    assert page.count("No address on file: call them") == 1


def test_what_failed_is_named_with_its_address_and_a_button(sign_in, coordinator, release):
    now = timezone.now()
    one, *others = Message.objects.order_by("pk")
    Message.objects.filter(pk=one.pk).update(failed_at=now, reason=Message.Reason.NO_MAILBOX)
    Message.objects.filter(pk__in=[each.pk for each in others]).update(sent_at=now)

    page = page_of(sign_in, coordinator, release)

    assert "1 message couldn’t be sent." in page
    assert f'href="{reverse("message-failed")}?batch={key_of(release)}"' in page
    assert f'failed</span> <span class="ex-soft">{one.address}' in page
    assert "Send 1 failed message again" in page


def test_once_all_are_sent_the_page_says_so(sign_in, coordinator, release):
    Message.objects.update(sent_at=timezone.now())
    assert "All 3 messages were sent." in page_of(sign_in, coordinator, release)


def test_more_messages_cost_no_more_queries(sign_in, coordinator, release, django_assert_max_num_queries):
    office, address = sign_in(coordinator), reverse("applications:selection-release-detail", args=[release.code])
    office.get(address)
    with django_assert_max_num_queries(16):
        office.get(address)
