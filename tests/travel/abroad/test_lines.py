"""A line a day: written on the card, read by its student alone, material for reflections, gone in time."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import PROMPTS, PlacementFactory, in_days, travel_facts
from travel.abroad.actions import lines as actions
from travel.abroad.actions import link as links
from travel.models import AbroadLink, Reflection, ReflectionPrompt, TripLine
from travel.models.trip_line import LINE_MAX
from travel.office.own_data import export_tables
from travel.office.retention import erasing

pytestmark = pytest.mark.django_db

WORDS = "We shared a plastic stool and a bowl of soup."
PHONE = "a1b2c3d4e5f6"


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def traveler():
    return PlacementFactory(trip__leaves_on=in_days(-4), trip__returns_on=in_days(6))


def post(placement, text=WORDS, *, on=None, device=PHONE, version=1, client=None, **headers):
    link = AbroadLink.objects.filter(placement=placement).first()
    link = link or links.make(placement, by=placement.application.student)
    said = {"on": on or in_days(-1), "text": text, "device": device, "version": version}
    return (client or Client()).post(reverse("travel:abroad-line", args=[link.link]), said, headers=headers)


def texts(placement):
    return [line.text for line in TripLine.objects.filter(placement=placement)]


def test_line_from_the_phone_is_kept_and_never_shown_behind_the_link(traveler):
    answer = post(traveler, accept="application/json")
    assert (answer.status_code, answer.json()) == (200, {})
    assert texts(traveler) == [WORDS]
    link = AbroadLink.objects.get().link
    assert "bowl of soup" not in Client().get(reverse("travel:abroad-card", args=[link])).text
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM travel_tripline")
        assert "soup" not in cursor.fetchone()[0]
    event = Event.objects.get(action="trip_line.write")
    assert (event.target_model, event.changes) == ("travel.tripline", {})


def test_a_newer_version_replaces_and_a_late_older_one_does_not(traveler):
    post(traveler, "One", version=1)
    post(traveler, "Three", version=3)
    post(traveler, "Two", version=2)
    assert texts(traveler) == ["Three"]
    post(traveler, "", version=4)
    assert actions.of(traveler, traveler.application.student) == []
    assert Event.objects.filter(action="trip_line.write").count() == 1


def test_whoever_else_has_the_link_adds_a_line_and_replaces_none(traveler):
    post(traveler)
    post(traveler, "Somebody else", device="ffffffffffff", version=10**15)
    assert sorted(texts(traveler)) == ["Somebody else", WORDS]
    for number in range(10):
        post(traveler, "Flood", device=f"{number:012}")
    assert TripLine.objects.count() == actions.DEVICES_MAX


def test_without_script_the_form_saves_and_says_so(traveler):
    client = Client()
    page = post(traveler, device="", client=client)
    assert page.status_code == 302
    shown = client.get(page.url)
    assert "Saved. To read it, sign in" in shown.text and WORDS not in shown.text
    post(traveler, "Another one", device="", client=client)
    assert sorted(texts(traveler)) == ["Another one", WORDS]


def test_the_cards_own_form_has_what_it_takes_to_be_sent(traveler):
    client = Client(enforce_csrf_checks=True)
    link = links.make(traveler, by=traveler.application.student)
    text = client.get(reverse("travel:abroad-card", args=[link.link])).text
    form = text[text.index('id="line"') : text.index("</form>", text.index('id="line"'))]
    said = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert client.post(reverse("travel:abroad-line", args=[link.link]), {**said, "text": WORDS}).status_code == 302
    assert texts(traveler) == [WORDS]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": in_days(3)}, "once that day has started"),
        ({"on": in_days(-5)}, "for a day of the trip"),
        ({"on": "yesterday"}, "valid date"),
        ({"text": "x" * (LINE_MAX + 2)}, "2 characters too long"),
        ({"text": "  "}, "Write something first"),
    ],
)
def test_what_cannot_be_kept_is_told_in_words(changes, words, traveler):
    answer = post(traveler, **changes, accept="application/json")
    assert answer.status_code == 409
    assert words in answer.json()["message"]
    assert texts(traveler) == []


def test_an_ended_link_takes_no_line(traveler):
    link = links.make(traveler, by=traveler.application.student)
    links.end(link, by=traveler.application.student)
    traveler.refresh_from_db()
    assert post(traveler).status_code == 410
    assert texts(traveler) == []


def test_card_has_the_box_during_the_trip(traveler):
    def card(placement):
        link = links.make(placement, by=placement.application.student)
        return Client().get(reverse("travel:abroad-card", args=[link.link])).text

    day = timezone.now().astimezone(traveler.trip.city.zone).date()
    assert f'name="on" value="{day:%Y-%m-%d}"' in card(traveler)
    ahead = PlacementFactory(trip__leaves_on=in_days(2), trip__returns_on=in_days(12))
    text = card(ahead)
    box = text[text.index('id="line"') : text.index("A line for today")]
    assert f'data-from="{in_days(2):%Y-%m-%d}"' in box and "hidden" in box


def test_student_reads_adds_corrects_and_deletes_alone(traveler, sign_in):
    post(traveler)
    client = sign_in(traveler.application.student)
    page = reverse("travel:trip-lines", args=[traveler.code])
    assert WORDS in client.get(page).text
    client.post(page, {"on": in_days(-2).isoformat(), "text": "The night train."})
    assert texts(traveler) == ["The night train.", WORDS]
    assert (
        "Choose" in client.post(page, {"on": in_days(-1).isoformat(), "text": "Twice"}).text
        or len(texts(traveler)) == 2
    )

    line = TripLine.objects.get(on=in_days(-1))
    client.post(reverse("travel:trip-line", args=[line.code]), {"text": "Corrected."})
    post(traveler, "Typed on the phone since", version=9)  # the correction isn't written over
    assert texts(traveler) == ["The night train.", "Corrected.", "Typed on the phone since"]

    client.post(reverse("travel:trip-line-remove", args=[line.code]))
    assert "Corrected." not in client.get(page).text
    again = actions.write(
        traveler, in_days(-1), "Corrected.", device=TripLine.objects.get(pk=line.pk).device, version=0
    )
    assert again.text == ""
    assert client.post(reverse("travel:trip-line", args=[line.code]), {"text": " "}).status_code == 200


@pytest.mark.parametrize("role", ["coordinator", "director", "advisor", "other"])
def test_nobody_else_reads_them(role, traveler, sign_in):
    post(traveler)
    line = TripLine.objects.get()
    traits = {"advisor": {"advisor": traveler.application.college}, "other": {}}.get(role, {role: True})
    client = sign_in(UserFactory(**traits))
    assert client.get(reverse("travel:trip-lines", args=[traveler.code])).status_code in (403, 404)
    for name in ("trip-line", "trip-line-remove"):
        assert client.post(reverse(f"travel:{name}", args=[line.code]), {"text": "x"}).status_code == 404
    assert texts(traveler) == [WORDS]


def test_lines_stand_beside_the_prompt_and_a_tap_copies_one(sign_in):
    placement = PlacementFactory(returned=True)
    prompts = [ReflectionPrompt.objects.create(cycle=placement.trip.cycle, **row) for row in PROMPTS]
    line = actions.write(placement, placement.trip.leaves_on, WORDS)
    client = sign_in(placement.application.student)
    page = reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": prompts[1].key})
    assert WORDS in client.get(page).text
    shown = client.post(page, {"text": "It began with soup.", "copy": line.code}, follow=True)
    assert f"It began with soup.\n\n{WORDS}</textarea>" in shown.text
    assert Reflection.objects.get().is_draft  # nobody else reads it yet
    base = shown.context["base_json"]
    client.post(page, {"text": f"It began with soup. {WORDS}", "privacy": "private", "base": base})
    assert Reflection.objects.get().text == f"It began with soup. {WORDS}"
    assert reverse("travel:trip-lines", args=[placement.code]) in client.get(reverse("travel:reflection-list")).text


def test_lines_of_another_student_are_not_copied(sign_in):
    mine, theirs = PlacementFactory(returned=True), PlacementFactory(returned=True)
    prompt = ReflectionPrompt.objects.create(cycle=mine.trip.cycle, **PROMPTS[1])
    line = actions.write(theirs, theirs.trip.leaves_on, WORDS)
    page = reverse("travel:reflection-write", kwargs={"code": mine.code, "prompt": prompt.key})
    assert WORDS not in sign_in(mine.application.student).post(page, {"text": "", "copy": line.code}).text


def test_lines_go_when_their_time_is_over_and_with_the_application():
    placement = PlacementFactory(returned=True)
    actions.write(placement, placement.trip.leaves_on, WORDS)
    returned = (timezone.localdate() - placement.trip.returns_on).days
    assert actions.forget(days=returned) == 0
    assert actions.forget(days=returned - 1, dry_run=True) == 1
    assert texts(placement) == [WORDS]
    assert actions.forget(days=returned - 1) == 1
    assert texts(placement) == []
    actions.write(placement, placement.trip.leaves_on, WORDS)
    erasing.erase([placement.application_id])
    assert texts(placement) == []


def test_students_own_copy_has_them(traveler):
    actions.write(traveler, in_days(-1), WORDS)
    table = export_tables.TABLES["travel.TripLine"]
    assert [row.said for row in table.rows(traveler.application.student)] == [{"text": WORDS}]
    assert not table.rows(UserFactory()).exists()


def test_one_row_a_day_for_a_device(traveler):
    row = {"placement": traveler, "on": in_days(-1), "device": PHONE, "said": {"text": "x"}}
    TripLine.objects.create(**row)
    refused("tripline_once_a_day", lambda: TripLine.objects.create(**row))


def test_a_trip_across_the_date_line_may_write_its_local_day(traveler):
    late = dt.datetime.combine(traveler.trip.leaves_on, dt.time(12), dt.UTC)
    assert actions.days_of(traveler, late) == [traveler.trip.leaves_on, traveler.trip.leaves_on + dt.timedelta(days=1)]
    with pytest.raises(RuleViolation):
        actions.write(traveler, in_days(2), "Too early")
