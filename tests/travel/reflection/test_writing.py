"""What a student writes, part by part and from several devices; the page works with its script and without."""

import json
import time

import pytest
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_travel import PROMPTS, PlacementFactory, TripFactory
from travel.models import Reflection, ReflectionPrompt
from travel.reflection.actions import writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def placement():
    return PlacementFactory(returned=True)


@pytest.fixture
def prompt(placement):
    return ReflectionPrompt.objects.create(cycle=placement.trip.cycle, **PROMPTS[1])


@pytest.fixture
def client(client, placement):
    client.force_login(placement.application.student)
    return client


def address(placement, prompt, name="write"):
    return reverse(f"travel:reflection-{name}", kwargs={"code": placement.code, "prompt": prompt.key})


def save(client, placement, prompt, *, device="phone", number=1, seen=None, at=None, **fields):
    now = int(time.time() * 1000)
    common = {"device": device, "number": number, "seen": seen or {}, "typed_at": at or now}
    changes = [{"key": key, "fields": {key: value}, **common} for key, value in fields.items()]
    body = json.dumps({"now": now, "changes": changes})
    return client.post(address(placement, prompt, "save"), body, content_type="application/json")


def test_each_part_is_saved_by_itself_and_stays_a_draft_until_its_readers_are_chosen(client, placement, prompt):
    answer = save(client, placement, prompt, text="The market", so_what="It was five.").json()
    assert [each["ok"] for each in answer["results"]] == [True, True] and "Saved online" in answer["saved"]
    reflection = Reflection.objects.get()
    assert (reflection.text, reflection.so_what, reflection.is_draft) == ("The market", "It was five.", True)
    staff = UserFactory(coordinator=True)
    assert not Reflection.objects.visible_to(staff).exists()

    save(client, placement, prompt, number=2, privacy="program", language="es")

    reflection.refresh_from_db()
    assert (reflection.is_draft, reflection.privacy, reflection.language) == (False, "program", "es")
    assert Reflection.objects.visible_to(staff).get() == reflection


def test_the_same_change_again_changes_nothing(client, placement, prompt):
    for _ in range(2):
        save(client, placement, prompt, text="The market")
    assert Event.objects.filter(action="reflection.write").count() == 1


def test_what_two_devices_wrote_apart_stands_side_by_side(client, placement, prompt):
    save(client, placement, prompt, text="On the phone")
    rivals = save(client, placement, prompt, device="library", text="In the library").json()["results"][0]["rival_html"]
    assert "On the phone" in rivals and "In the library" in rivals
    page = client.get(address(placement, prompt))
    assert "You wrote this on two devices." in page.text
    client.post(address(placement, prompt), {"text": "In the library", "choose": "text:phone:1"})
    assert Reflection.objects.get().text == "On the phone"


def test_of_two_devices_the_more_private_answer_holds_until_the_student_chooses(client, placement, prompt):
    save(client, placement, prompt, text="The market", privacy="private")
    save(client, placement, prompt, device="library", privacy="public")
    assert Reflection.objects.get().privacy == "private"
    save(client, placement, prompt, number=2, seen={"phone": 1, "library": 1}, privacy="public")
    assert Reflection.objects.get().privacy == "public"


def test_an_emptied_answer_is_a_draft_again(client, placement, prompt):
    save(client, placement, prompt, text="The market", privacy="program")
    save(client, placement, prompt, number=2, seen={"phone": 1}, text="")
    reflection = Reflection.objects.get()
    assert reflection.is_draft and reflection.privacy == "private"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "x" * 5001}, "Keep it under 5000 characters"),
        ({"privacy": "everyone"}, "everyone"),
        ({"nothing": "x"}, "isn’t asked any longer"),
    ],
)
def test_a_part_that_cant_be_read_is_refused_in_words(client, placement, prompt, fields, message):
    result = save(client, placement, prompt, **fields).json()["results"][0]
    assert result["ok"] is False and message in result["message"]
    assert not Reflection.objects.exists()


def test_half_an_emoji_is_kept_as_far_as_it_can_be(client, placement, prompt):
    save(client, placement, prompt, text="Soup \ud83c")
    assert Reflection.objects.get().text == "Soup \N{REPLACEMENT CHARACTER}"


def test_a_session_that_has_ended_gets_an_answer_that_the_script_reads(client, placement, prompt):
    client.logout()
    answer = save(client, placement, prompt, text="x")
    assert answer.status_code == 401 and answer.json()["href"] == reverse("account_login")


@pytest.mark.parametrize("body", ["", "{", '{"now": 1}', '{"now": 1, "changes": [{"key": "text"}]}'])
def test_a_message_in_another_format_is_refused(client, placement, prompt, body):
    answer = client.post(address(placement, prompt, "save"), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


def test_a_page_without_script_saves_only_what_differs(client, placement, prompt):
    page = client.get(address(placement, prompt))
    save(client, placement, prompt, text="Typed on the phone since")
    old = {"base": page.context["base_json"], "text": "", "so_what": "From the old page", "privacy": "private"}
    client.post(address(placement, prompt), old)
    reflection = Reflection.objects.get()
    assert (reflection.text, reflection.so_what) == ("Typed on the phone since", "From the old page")


def test_the_page_says_what_the_script_works_from(client, placement, prompt):
    page = client.get(address(placement, prompt)).text
    for words in (
        'data-draft="reflection-',
        'data-key="so_what"',
        'data-key="privacy"',
        "data-save-href",
        "data-worker",
    ):
        assert words in page


def test_a_prompt_of_another_trip_is_not_asked(client, placement, prompt):
    prompt.trips.add(TripFactory(cycle=placement.trip.cycle))
    assert client.get(address(placement, prompt)).status_code == 404
    assert prompt.text not in client.get(reverse("travel:reflection-list")).text
    with pytest.raises(RuleViolation) as violation:
        writing.write(placement, prompt, {"text": "x"}, by=placement.application.student)
    assert violation.value.code == "not_found"


def test_due_days_follow_the_day_home(placement, prompt):
    trip = placement.trip
    opens = prompt.opens_on(trip)
    assert (prompt.due_on(trip) - opens).days == prompt.answer_days
    before = ReflectionPrompt(cycle=trip.cycle, moment="before", days=7, answer_days=30)
    assert before.due_on(trip) < trip.leaves_on


def test_markup_is_shown_as_text(client, placement, prompt):
    save(client, placement, prompt, text="<script>alert(1)</script>", privacy="program")
    client.force_login(UserFactory(coordinator=True))
    page = client.get(reverse("travel:reflection-list")).text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert(1)" not in page
