"""What strangers may store, and what a save may cost: bounded, said clearly, and nothing a student typed is lost."""

import datetime as dt
import json

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply import limits
from applications.apply.actions import draft
from applications.apply.saving import WAITING_SIZE_MAX
from applications.models import Application, DraftField
from tests.applications.saving import at, page_fields, save, sent, stored
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle():
    application_facts()
    return CycleFactory(ready=True)


def start(cycle, address: str = "203.0.113.7") -> Client:
    client = Client(REMOTE_ADDR=address)
    client.answer = client.post(reverse("applications:application-start", args=[cycle.code]), follow=True)
    return client


def begun(cycle) -> Client:
    client = start(cycle)
    client.application = Application.objects.get()
    return client


def from_devices(number: int, text: str, key: str = "story_why") -> list[dict]:
    change = {"key": key, "seen": {}, "typed_at": 0, "number": 1}
    return [change | {"device": f"d{each}", "fields": {key: f"{each} {text}"}} for each in range(number)]


def post(client: Client, application, changes: list[dict]):
    body = json.dumps({"now": 0, "changes": changes})
    return client.post(at("save", application), body, content_type="application/json")


# --- Saving -----------------------------------------------------------------------------------------


def test_answer_of_many_writes_to_one_field_does_not_grow(cycle):
    """Thirteen writes of one field as from thirteen devices: the answer was 1.6 MB."""
    client = begun(cycle)

    small = len(post(client, client.application, from_devices(13, "short")).content)
    large = post(client, client.application, from_devices(13, "x" * 18_000))

    assert large.status_code == 200
    assert len(large.content) < 2 * WAITING_SIZE_MAX
    assert small < 20_000
    assert [bool(result.get("rival_html")) for result in large.json()["results"]] == [False] * 2 + [True] + [False] * 10


def test_versions_that_are_refused_for_their_size_keep_those_that_are_here(cycle):
    client = begun(cycle)
    results = post(client, client.application, from_devices(13, "x" * 18_000)).json()["results"]

    assert [result["ok"] for result in results] == [True] * 3 + [False] * 10
    assert {result["code"] for result in results[3:]} == {"too_many_versions"}
    assert len(DraftField.objects.get(key="story_why").state.versions) == 3

    # the person chooses on one of the devices that have seen all, and goes on
    seen = {f"d{each}": 1 for each in range(3)}
    mine = {"key": "story_why", "device": "d1", "number": 2, "seen": seen, "typed_at": 0}
    done = post(client, client.application, [mine | {"fields": {"story_why": "This one."}}]).json()["results"]
    assert (done[0]["ok"], stored(client.application, "story_why")) == (True, "This one.")


def test_save_that_is_too_large_is_refused_before_it_is_read(cycle):
    client = begun(cycle)

    response = post(client, client.application, from_devices(1, "x" * configured.SAVE_MAX_SIZE))

    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "0.25 MB" in response.json()["message"]


def test_saves_are_counted_by_the_minute(cycle, settings):
    settings.SAVES_A_MINUTE = 3
    client = begun(cycle)
    answers = [post(client, client.application, from_devices(1, f"{each}")) for each in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too_often"


def test_visitors_draft_has_a_size_and_signing_in_lifts_it(cycle, settings):
    settings.VISITOR_DRAFT_SIZE = 2_000
    client = begun(cycle)
    save(client, client.application, sent("story_why", "By the river."))

    full = save(client, client.application, sent("story_why", "x" * 3_000, 2))
    assert (full.status_code, full.json()["code"]) == (409, "draft_full")
    assert stored(client.application, "story_why") == "By the river."

    client.force_login(UserFactory())
    client.get(reverse("home"), follow=True)
    assert save(client, client.application, sent("story_why", "x" * 3_000, 2)).status_code == 200
    assert len(stored(client.application, "story_why")) == 3_000


# --- Starting ---------------------------------------------------------------------------------------


def test_drafts_of_one_network_are_bounded_and_another_network_is_not_in_the_way(cycle, settings):
    settings.VISITOR_DRAFTS_PER_NETWORK = 2
    for _each in range(2):
        start(cycle)

    refused = start(cycle)
    assert "Sign in to start yours." in refused.answer.content.decode()
    assert Application.objects.count() == 2

    start(cycle, "203.0.113.8")
    assert Application.objects.count() == 3
    student = UserFactory()
    signed_in = Client(REMOTE_ADDR="203.0.113.7")
    signed_in.force_login(student)
    signed_in.post(reverse("applications:application-start", args=[cycle.code]))
    assert Application.objects.filter(student=student).exists()


def test_drafts_in_total_are_bounded(cycle, settings):
    settings.VISITOR_DRAFTS_MAX = 1
    start(cycle)
    start(cycle, "203.0.113.8")

    assert Application.objects.count() == 1


def test_network_is_stored_as_a_mark_and_forgotten_with_the_account(cycle):
    client = begun(cycle)
    assert len(client.application.draft_network) == 32
    assert client.application.draft_network == limits.network_mark("203.0.113.7") != limits.network_mark("203.0.113.8")
    assert limits.network_mark("2001:db8::1") == limits.network_mark("2001:db8::2")

    draft.attach(client.application, by=UserFactory())

    assert Application.objects.get().draft_network == ""


def test_empty_draft_goes_after_a_day_and_one_with_words_stays(cycle):
    empty, written = start(cycle), begun_second(cycle)
    save(written, written.application, sent("story_why", "By the river."))
    Application.objects.update(saved_at=timezone.now() - dt.timedelta(hours=configured.EMPTY_DRAFT_HOURS + 1))

    assert draft.purge_abandoned() == 1
    assert list(Application.objects.all()) == [written.application]
    assert empty.get(reverse("home")).status_code == 200


def begun_second(cycle) -> Client:
    client = start(cycle)
    client.application = Application.objects.order_by("pk").last()
    return client


# --- Set aside --------------------------------------------------------------------------------------


def test_form_that_was_set_aside_lives_for_a_day(cycle):
    client = begun(cycle)
    page = page_fields(client, client.application, "why")
    stranger = Client()

    stranger.post(at("section", client.application, section="why"), page | {"story_why": "By the river."})

    ends = Session.objects.get(pk=stranger.session.session_key).expire_date
    assert ends < timezone.now() + dt.timedelta(hours=configured.SET_ASIDE_HOURS, minutes=1)


def test_forms_that_are_set_aside_are_bounded_for_all_together(cycle, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"put_aside_by_all": "1/d/key"}
    client = begun(cycle)
    page = page_fields(client, client.application, "why")

    for address in ("203.0.113.20", "203.0.113.21"):
        Client(REMOTE_ADDR=address).post(at("section", client.application, section="why"), page)

    assert Session.objects.count() == 1
