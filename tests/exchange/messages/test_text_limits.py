"""What a stranger can make the city pay for: texts to listed countries, up to ceilings, with an alarm before them."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from exchange import tasks
from exchange.messages import consent, inbound, outbox, phone_numbers, text_alarm, text_limits
from exchange.models import Fact, Message
from tests.exchange.messages.test_messages import text
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import application_facts
from tests.signing import ask_for_code, sign_up

pytestmark = pytest.mark.django_db
HERE = "+12135550134"
NEWS = "exchange/account_changed"  # any template with a short form
Reason = Message.Reason
# satellite phones (two networks), a premium line, a country that costs more, one with our own prefix
EXPENSIVE = {
    "satellite": "+881612345678",
    "international network": "+8821612345678",
    "premium": "+19005550134",
    "another country": "+447400123456",
    "the same prefix": "+18765550134",
}


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()


def set_fact(key: str, value: int) -> None:
    Fact.objects.filter(key=key).delete()
    FactFactory(key=key, value=value, unit=Fact.Unit.COUNT)


def sent_texts(count: int, **fields) -> None:
    now = timezone.now()
    for number in range(count):
        text(**{"address": f"+1213555{number:04}", "queued_at": now, "sent_at": now} | fields)


# --- Where texts go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", EXPENSIVE.values(), ids=EXPENSIVE)
def test_a_stranger_cannot_make_the_city_text_an_expensive_number(client, number):
    for answer in (ask_for_code(client, number), sign_up(client, number)):
        assert answer.status_code == 200
        assert "Use your email address" in answer.text or "Enter an email address" in answer.text
    assert not Message.objects.filter(channel="text").exists()


@pytest.mark.parametrize("number", EXPENSIVE.values(), ids=EXPENSIVE)
def test_no_text_to_an_expensive_number_leaves_from_any_other_page(number):
    """Whoever queues it and whatever it says; and once more just before sending."""
    with transaction.atomic():
        outbox.queue(NEWS, to=outbox.Guest(phone=number), context={"what": "x"})
        outbox.queue(NEWS, to=outbox.Guest(), context={"what": "x"}, address=number, is_secret=True)
    assert not Message.objects.exists()

    message = text(address=number)
    assert outbox.deliver(message.pk) is False
    message.refresh_from_db()
    assert (message.failed_at is not None, message.reason) == (True, Reason.COUNTRY)


def test_a_country_is_a_row():
    assert text_limits.countries() == {"US"}
    assert not text_limits.takes("+447400123456", text_limits.countries())
    FactFactory(key="text.country.gb", value=1, unit=Fact.Unit.COUNT)
    assert text_limits.takes("+447400123456", text_limits.countries())


def test_a_number_without_an_account_gets_no_text(client, django_capture_on_commit_callbacks):
    """The page looks the same as for an account, so it doesn't tell who has one."""
    with django_capture_on_commit_callbacks(execute=True):
        known = UserFactory(by_phone=True)
        answers = [ask_for_code(client, number) for number in (known.phone.as_e164, "+12135550177")]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert set(Message.objects.values_list("address", flat=True)) == {known.phone.as_e164}


# --- Ceilings -------------------------------------------------------------------------------------------------


def test_a_number_gets_so_many_texts_a_day_and_others_go_on(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    set_fact(text_limits.NUMBER_DAY, 3)
    sent_texts(3, address=HERE)
    over, other = text(address=HERE), text(address="+12135550199")

    assert [outbox.deliver(over.pk), outbox.deliver(other.pk)] == [False, True]

    over.refresh_from_db()
    assert (over.reason, over.failed_at is not None) == (Reason.LIMIT, True)


def test_news_waits_when_the_day_is_used_up_and_a_code_does_not_go_out_late(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    set_fact(text_limits.ALL_DAY, 5)
    sent_texts(5)
    news, code = text(address=HERE), text(address=HERE, is_secret=True)

    assert [outbox.deliver(news.pk), outbox.deliver(code.pk)] == [False, False]
    news.refresh_from_db(), code.refresh_from_db()
    assert (news.failed_at, news.next_try_at > timezone.now()) == (None, True)
    assert code.reason == Reason.LIMIT

    yesterday = timezone.now() - dt.timedelta(hours=25)
    Message.objects.filter(sent_at__isnull=False).update(queued_at=yesterday, sent_at=yesterday)
    Message.objects.filter(pk=news.pk).update(next_try_at=None)
    assert outbox.deliver(news.pk) is True


def test_one_network_cannot_ask_for_codes_all_day(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"text_code": "2/d/ip"}
    for number in range(4):
        page = sign_up(client, f"+1213555012{number}")
        client.cookies.clear()
    (said,) = page.context["form"].errors["contact"]
    assert "We haven’t sent you a text" in said and "several codes" not in said
    assert Message.objects.filter(channel="text", is_secret=True).count() == 2


# --- The alarm ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "told"), [(7, 0), (8, 1), (10, 1)])
def test_the_office_is_told_at_eighty_percent_and_when_used_up_once_a_day(sent, told):
    UserFactory(coordinator=True)
    set_fact(text_limits.ALL_DAY, 10)
    sent_texts(sent)

    for _time in range(3):
        tasks.watch_texts.delay()

    found = list(Message.objects.filter(template=text_alarm.TEMPLATE))
    assert len(found) == told
    if told:
        assert f"{sent} of 10 texts" in " ".join(found[0].body.split())
        assert ("No more texts" in found[0].body) is (sent == 10)


def test_after_the_alarm_at_eighty_percent_the_last_one_is_told_too():
    UserFactory(coordinator=True)
    set_fact(text_limits.ALL_DAY, 10)
    sent_texts(8)
    tasks.watch_texts.delay()
    sent_texts(2, template="exchange/other")
    tasks.watch_texts.delay()
    assert Message.objects.filter(template=text_alarm.TEMPLATE).count() == 2


# --- Off ------------------------------------------------------------------------------------------------------


@pytest.fixture
def off(settings):
    settings.TEXT_BACKEND = ""


def test_where_texts_are_off_nobody_is_offered_them(off, client):
    for name in ("account_login", "account_signup"):
        page = client.get(reverse(name)).text
        assert "phone number" not in page.split("<main")[1].split("</main>")[0]
    assert "We don’t send texts. Enter your email address." in ask_for_code(client, HERE).text
    assert "We don’t send texts. Enter your email address." in sign_up(client, HERE).text


def test_where_texts_are_off_the_account_says_so(off, sign_in):
    user = UserFactory(phone=HERE, phone_verified_at=timezone.now(), texts=True)
    page = sign_in(user).get(reverse("account-texts")).text
    assert "We don’t send texts right now." in page
    assert "Yes, text me" not in page


def test_where_texts_are_off_news_goes_by_email_alone_and_a_text_that_waited_fails(off):
    user = UserFactory(phone=HERE, phone_verified_at=timezone.now(), texts=True)
    waited = text(address=HERE)

    with transaction.atomic():
        rows = outbox.queue(NEWS, to=user, context={"what": "x"})
    outbox.deliver(waited.pk)

    waited.refresh_from_db()
    assert ([row.channel for row in rows], waited.reason) == (["email"], Reason.OFF)


# --- Words for stop -----------------------------------------------------------------------------------------------

STOPS = [
    *("stop", "Stop.", " S T O P ", "STOP ALL", "quit", "End", "cancel", "unsubscribe", "revoke", "Revoke!", "opt out"),
    *("opt-out", "OptOut", "Opt out please", "please stop", "stop texting me", "opt out of these texts"),
    *("alto", "¡Alto!", "parar", "baja", "dar de baja", "darme de baja", "cancelar", "no más", "No mas por favor"),
    *("detener", "revocar", "basta", "salir"),
]
NOT_STOPS = [
    "cancel my interview tomorrow?",
    "at the end of the week",
    "can I opt for Osaka",
    "no",
    "",
    "when does it end",
]


@pytest.mark.parametrize("said", STOPS)
def test_what_means_stop_stops(said):
    assert inbound.meaning(said) == inbound.STOPPED


@pytest.mark.parametrize("said", NOT_STOPS)
def test_what_only_sounds_like_it_does_not(said):
    assert inbound.meaning(said) != inbound.STOPPED


@pytest.mark.parametrize(("said", "language"), [("dar de baja", "es"), ("no más", "es"), ("opt out", "en")])
def test_a_stop_is_answered_in_its_language(said, language):
    inbound.receive(HERE, said, message_id="m-1", sent_at=timezone.now())
    assert (consent.is_stopped(HERE), Message.objects.get().language) == (True, language)


@pytest.mark.parametrize(
    ("number", "region", "mobile"),
    [(HERE, "US", True), ("+19005550134", "US", False), ("+881612345678", "", False), ("+18005550134", "US", False)],
)
def test_numbers_by_region_and_kind(number, region, mobile):
    assert phone_numbers.is_mobile(number) is mobile
    if region:
        assert phone_numbers.region_of(number) == region
