"""Anybody can repeat a placement: the inputs are kept word for word, and a second program gets the same result."""

import hashlib
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings

from applications.models import Cycle
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import (
    FeasibleCitiesFactory,
    PlacementRunFactory,
    TripFactory,
    checklist_steps,
    travel_facts,
)
from tests.services import ROOT
from tests.travel.placement.test_matching_kept import problems
from travel.models import PlacementInputs
from travel.placement.actions import placement
from travel.placement.matching import inputs_text, lottery_order, match
from travel.placement.placing import Keep, Settings

SCRIPT = ROOT / "script/check-placement"


def load():
    loader = importlib.machinery.SourceFileLoader("check_placement", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_placement", loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode, wrote = True, sys.dont_write_bytecode
check = load()
sys.dont_write_bytecode = wrote


@settings(max_examples=300, deadline=None)
@given(problems(sitting=True))
def test_the_second_program_places_everybody_alike(problem):
    inputs = json.loads(inputs_text(**problem))
    assert check.place(inputs) == {name: seat.trip for name, seat in match(**problem).placed.items()}


# --- a run ------------------------------------------------------------------------------------------


@pytest.fixture
def boss(db):
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def run(boss):
    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    trips = [TripFactory(cycle=cycle, seats=1, minimum_group=1) for _each in range(2)]
    people = [
        ApplicationFactory(
            confirmed=True, cycle=cycle, cities=[trip.city for trip in trips], reads_locked=3, score_mean=Decimal(score)
        )
        for score in (4, 4, 5)
    ]
    for application in people:
        FeasibleCitiesFactory(application=application)
    kept = (Keep(f"college:{people[1].college.code}", 1),)
    return placement.run(cycle, by=boss, settings=Settings(kept=kept))


def address(name, run):
    return reverse(f"travel:{name}", kwargs={"code": run.code})


def handed_out(client, run, folder):
    """The three files as a browser saves them; returns the arguments of the command on the page."""
    for name, url in (("json", address("placement-run-inputs", run)), ("csv", address("placement-run-result", run))):
        (folder / f"placement-{run.code}.{name}").write_bytes(client.get(url).content)
    script = client.get(reverse("travel:placement-script"))
    (folder / "check-placement").write_bytes(b"".join(script.streaming_content))
    page = client.get(run.get_absolute_url())
    return page.context["command"].split()[1:]


def said(folder, words):
    command = [sys.executable, "-I", "-S", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_somebody_from_outside_finds_the_same(run, boss, sign_in, tmp_path):
    words = handed_out(sign_in(boss), run, tmp_path)
    inputs = (tmp_path / f"placement-{run.code}.json").read_bytes()
    assert hashlib.sha256(inputs).hexdigest() == run.inputs_hash
    found = said(tmp_path, words)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.count("ok ") == 5 and "3 students in the result" in found.stdout
    assert Event.objects.filter(action="placement.hand_out", by=boss).count() == 1


@pytest.mark.parametrize(
    ("ending", "old", "new", "words"),
    [
        ("json", '"4"', '"9"', "not the ones of the run"),
        ("csv", "\n", ",x\n", "do not go where"),
    ],
)
def test_what_was_changed_is_noticed(run, boss, sign_in, tmp_path, ending, old, new, words):
    command = handed_out(sign_in(boss), run, tmp_path)
    file = tmp_path / f"placement-{run.code}.{ending}"
    text = file.read_text()
    if ending == "csv":  # one person's seat goes to the person without a seat
        head, *rows = text.splitlines()
        turned = [row.split(",")[1] for row in rows]
        rows = [f"{row.split(',')[0]},{trip}" for row, trip in zip(rows, [*turned[1:], turned[0]], strict=True)]
        file.write_text("\n".join([head, *rows]) + "\n")
    else:
        assert old in text
        file.write_text(text.replace(old, new, 1))
    found = said(tmp_path, command)
    assert found.returncode == 1 and words in found.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[1:], "missing from the result"),
        (lambda rows: [*rows, rows[0]], "2 times in the result"),
        (lambda rows: [*rows, "NOBODY12,"], "not among those who asked"),
    ],
)
def test_a_removed_a_doubled_and_an_invented_line_are_found(run, boss, sign_in, tmp_path, change, words):
    command = handed_out(sign_in(boss), run, tmp_path)
    file = tmp_path / f"placement-{run.code}.csv"
    head, *rows = file.read_text().splitlines()
    file.write_text("\n".join([head, *change(rows)]) + "\n")
    found = said(tmp_path, command)
    assert found.returncode == 1
    assert "BAD not everyone who waits is there exactly once" in found.stdout
    assert words in found.stdout


def test_a_file_that_is_none_is_said_to_be_none(tmp_path):
    (tmp_path / "x.json").write_text("nothing")
    found = said(tmp_path, [str(SCRIPT), "x.json"])
    assert (found.returncode, "cannot be checked" in found.stderr) == (2, True)


def test_another_number_gives_another_lottery(run, boss, sign_in, tmp_path):
    command = handed_out(sign_in(boss), run, tmp_path)
    drawn = json.loads((tmp_path / f"placement-{run.code}.json").read_text())["tie_order"]
    other = next(number for number in range(100) if list(lottery_order(drawn, number)) != drawn)
    command[command.index("--number") + 1] = str(other)
    found = said(tmp_path, command)
    assert found.returncode == 1 and "the number gives another lottery" in found.stdout


def test_a_released_run_can_still_be_checked_until_the_cycle_is_closed_out(run, boss, sign_in, tmp_path):
    placement.release(run, by=boss)
    client = sign_in(boss)
    assert said(tmp_path, handed_out(client, run, tmp_path)).returncode == 0
    assert placement.forget_inputs() == 0
    Cycle.objects.update(closed_out_at=timezone.now())
    assert (placement.forget_inputs(), placement.forget_inputs()) == (1, 0)
    shown = client.get(address("placement-run-inputs", run), follow=True).content.decode()
    assert "The inputs of this run are no longer kept." in shown
    assert "check-placement" not in shown


def test_a_double_press_keeps_the_inputs_once(run, boss):
    placement.run(run.cycle, by=boss, settings=Settings.of(run.settings))
    assert PlacementInputs.objects.count() == 1


def test_the_inputs_are_the_offices_and_sealed(run, boss):
    for person in (UserFactory(advisor=True), UserFactory(director=True), UserFactory()):
        assert not PlacementInputs.objects.visible_to(person).exists()
    row = PlacementInputs.objects.visible_to(boss).get()
    assert hashlib.sha256(row.text.encode()).hexdigest() == run.inputs_hash
    assert not PlacementInputs.objects.filter(run=PlacementRunFactory()).exists()
