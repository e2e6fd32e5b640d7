"""Saving one field as JSON, and the page without script: answers are kept as typed and nothing is overwritten."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Application
from applications.states import Status
from tests.applications.saving import NOW, at, page_fields, rivals, save, sent, stored
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


# --- One field --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "fields", "value"),
    [
        ("major", "Law", "Law"),
        ("units", "15", 15),
        ("units", "about 15", "about 15"),
        ("first_abroad", "no", False),
        ("first_abroad", [], None),
        ("languages", {"languages": ["en", "es"]}, ["en", "es"]),
        ("languages", {"languages": []}, None),
        (
            "date_of_birth",
            {"date_of_birth_month": "3", "date_of_birth_day": "9", "date_of_birth_year": "2004"},
            "2004-03-09",
        ),
        (
            "date_of_birth",
            {"date_of_birth_month": "2", "date_of_birth_day": "31", "date_of_birth_year": "2004"},
            "2/31/2004",
        ),
        ("story_why", "one\r\ntwo 🙂\u202e", "one\ntwo 🙂\u202e"),
        ("story_why", "cut \ud83d", "cut \ufffd"),
        ("referee_name", "Ms. Cole", "Ms. Cole"),
    ],
)
def test_a_field_is_kept_as_its_page_would(begun, sign_in, key, fields, value):
    response = save(sign_in(begun.student), begun, sent(key, fields, seen={"stored": 1}))

    assert response.status_code == 200
    (result,) = response.json()["results"]
    assert (result["ok"], result["rival_html"]) == (True, "")
    found = stored(begun, key)
    assert found == value or (value is None and found in (None, []))
    assert response.json()["saved"].startswith("Saved online ")


def test_a_date_in_part_is_kept_in_part(begun, sign_in):
    parts = {"date_of_birth_month": "3", "date_of_birth_day": "", "date_of_birth_year": "20"}
    save(sign_in(begun.student), begun, sent("date_of_birth", parts, seen={"stored": 1}))

    assert stored(begun, "date_of_birth") == "3//20"


@pytest.mark.parametrize(
    ("key", "fields", "said"),
    [
        ("major", "x\0y", "hidden character"),
        ("major", "x" * 100_000, "300"),
        ("story_why", "x" * 20_001, "20000"),
        ("answer_language", "tlh", "tlh"),
        ("status", "selected", "doesn’t have that question"),
    ],
)
def test_what_cannot_be_kept_is_said_and_the_rest_is_kept(begun, sign_in, key, fields, said):
    response = save(sign_in(begun.student), begun, sent(key, fields), sent("units", "9", 2, seen={"stored": 1}))

    kept, refused = response.json()["results"]
    assert (kept["key"], kept["ok"], refused["key"], refused["ok"]) == ("units", True, key, False)
    assert said in refused["message"]
    assert key not in refused["message"]  # the message uses our words, not the request's


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '{"now": 1}',
        '{"now": "x", "changes": []}',
        '{"now": 1, "changes": [{"key": "major"}]}',
        '{"now": 1, "changes": 5}',
        "[" * 100_000,
        '{"now": 1e400, "changes": []}',
    ],
)
def test_what_is_not_ours_is_refused_in_words(begun, sign_in, body):
    response = sign_in(begun.student).post(at("save", begun), body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"device": "x" * 41},
        {"device": "<b>"},
        {"number": 0},
        {"number": 10**17},
        {"seen": {"a": "b"}},
        {"seen": {"a b": 1}},
        {"fields": []},
    ],
)
def test_a_device_that_makes_no_sense_is_refused(begun, sign_in, wrong):
    assert save(sign_in(begun.student), begun, sent("major", "Law") | wrong).status_code == 400
    assert stored(begun, "major") == "Nursing"


def test_more_than_a_request_holds_is_refused_in_words(begun, sign_in):
    response = save(sign_in(begun.student), begun, sent("story_why", "x" * 3_000_000))

    assert response.status_code == 413
    assert "The limit is 0.25 MB." in response.json()["message"]


def test_two_devices_are_told_and_the_page_lets_choose(begun, sign_in):
    client = sign_in(begun.student)
    save(client, begun, sent("major", "Law", device="a", seen={"stored": 1}))
    answer = save(client, begun, sent("major", "Dance", device="b", seen={"stored": 1}, typed=NOW + 5)).json()

    html = answer["results"][0]["rival_html"]
    assert "Law" in html and "Dance" in html
    page = client.get(at("section", begun, section="college")).content.decode()
    assert "Law" in page and "You wrote this on two devices" in page
    assert "Written on two devices" in client.get(at("check", begun)).content.decode()
    client.post(at("submit", begun))
    assert Application.objects.get(pk=begun.pk).status == Status.DRAFT  # the merge does not choose for the student

    client.post(at("section", begun, section="college"), {"choose": "major:a:1"})

    assert (stored(begun, "major"), rivals(begun, "major")) == ("Law", ())


def test_what_a_person_wrote_is_never_markup(begun, sign_in):
    client = sign_in(begun.student)
    save(client, begun, sent("major", "<script>alert(1)</script>", device="a", seen={"stored": 1}))
    answer = save(client, begun, sent("major", "<img src=x>", device="b", seen={"stored": 1})).json()

    assert "<script" not in answer["results"][0]["rival_html"]
    assert "<img" not in answer["results"][0]["rival_html"]


def test_saving_needs_the_own_session_and_the_page_token(begun, sign_in):
    nobody = save(Client(), begun, sent("major", "Law"))
    assert (nobody.status_code, nobody.json()["code"]) == (401, "sign_in")
    assert save(sign_in(UserFactory()), begun, sent("major", "Law")).status_code == 404
    assert save(sign_in(UserFactory(coordinator=True)), begun, sent("major", "Law")).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(begun.student)
    assert save(strict, begun, sent("major", "Law")).status_code == 403
    assert stored(begun, "major") == "Nursing"


def test_closed_and_sent_are_said_as_such(begun, sign_in):
    client = sign_in(begun.student)
    begun.cycle.closes_at = timezone.now() - dt.timedelta(hours=1)
    begun.cycle.save()
    closed = save(client, begun, sent("major", "Law"))
    assert (closed.status_code, closed.json()["code"]) == (409, "closed")

    Application.objects.filter(pk=begun.pk).update(status=Status.SUBMITTED, submitted_at=timezone.now())
    away = save(client, begun, sent("major", "Law"))
    assert (away.status_code, away.json()["code"]) == (409, "not_open_for_editing")


@pytest.mark.parametrize("key", ["major", "story_why"])
def test_saving_a_field_takes_the_same_few_queries_whatever_else_is_there(
    begun, sign_in, key, django_assert_max_num_queries
):
    client = sign_in(begun.student)
    save(client, begun, sent("units", "9", seen={"stored": 1}))

    with django_assert_max_num_queries(16):
        save(client, begun, sent(key, "Something new", 2, seen={"stored": 1}))


# --- A page without script --------------------------------------------------------------------------


def test_a_stale_tab_writes_nothing_over(begun, sign_in):
    client = sign_in(begun.student)
    old_tab = page_fields(client, begun, "college")
    save(client, begun, sent("major", "Law", device="phone", seen={"stored": 1}))

    client.post(at("section", begun, section="college"), old_tab | {"units": "9"})

    assert (stored(begun, "major"), rivals(begun, "major"), stored(begun, "units")) == ("Law", (), 9)


def test_two_tabs_that_disagree_keep_both(begun, sign_in):
    client = sign_in(begun.student)
    one, two = page_fields(client, begun, "college"), page_fields(client, begun, "college")

    client.post(at("section", begun, section="college"), one | {"major": "Law"})
    client.post(at("section", begun, section="college"), two | {"major": "Dance"})

    assert {stored(begun, "major"), *(version.value for version in rivals(begun, "major"))} == {"Law", "Dance"}


def test_a_page_that_went_back_and_was_sent_again_keeps_the_newer_words(begun, sign_in):
    client = sign_in(begun.student)
    page = page_fields(client, begun, "college")
    client.post(at("section", begun, section="college"), page | {"major": "Law"})
    client.post(at("section", begun, section="college"), page_fields(client, begun, "college") | {"major": "Dance"})

    assert (stored(begun, "major"), rivals(begun, "major")) == ("Dance", ())


def test_the_scripts_own_queue_and_its_page_do_not_fight(begun, sign_in):
    client = sign_in(begun.student)
    page = page_fields(client, begun, "college")
    own = {"device": "phone", "number": "3"}
    client.post(at("section", begun, section="college"), page | own | {"major": "Law school"})
    save(client, begun, sent("major", "Law", number=2, seen={"stored": 1}))  # sent before the page was posted

    assert (stored(begun, "major"), rivals(begun, "major")) == ("Law school", ())


@pytest.mark.parametrize("base", ["", "{}", "[]", "x", '{"major": 5}', '{"major": {"seen": {"a": "b"}, "was": 1}}'])
def test_a_page_that_does_not_say_what_it_had_seen_loses_nothing(begun, sign_in, base):
    client = sign_in(begun.student)
    save(client, begun, sent("major", "Law", seen={"stored": 1}))

    client.post(
        at("section", begun, section="college"),
        page_fields(client, begun, "college") | {"base": base, "major": "Dance"},
    )

    assert {stored(begun, "major"), *(version.value for version in rivals(begun, "major"))} == {"Law", "Dance"}
