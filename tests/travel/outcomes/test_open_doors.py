"""A college's sheet for the Open Doors survey: its own travelers, who are back, with credit and without apart."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse

from exchange.models import Event
from tests.constraints import refused
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import PlacementFactory
from tests.travel.outcomes_rows import cycle_home, traveler, trip_home
from travel.models import TripCredit
from travel.outcomes import open_doors

pytestmark = pytest.mark.django_db
PAGE, SAY, FILE = (reverse(f"travel:open-doors{part}") for part in ("", "-credit", "-file"))


@pytest.fixture
def colleges():
    return [CollegeFactory(short_name=name) for name in ("East", "Valley")]


@pytest.fixture
def trips():
    cycle = cycle_home(2026)
    return [trip_home(cycle, PartnerCityFactory(name_en=name), month) for name, month in (("Hanoi", 6), ("Paris", 9))]


@pytest.fixture
def advisor(colleges):
    return UserFactory(advisor=colleges[0])


@pytest.fixture
def roster(colleges, trips):
    """Three from East and one from Valley to Hanoi, one from East to Paris; another of East's never left."""
    there = [traveler(trips[0], colleges[0], full_name=f"East {number}") for number in range(3)]
    traveler(trips[0], colleges[1], full_name="Valley 0")
    traveler(trips[1], colleges[0], full_name="East 3")
    home = ApplicationFactory(cycle=trips[0].cycle, college=colleges[0], confirmed=True, student__full_name="East 9")
    PlacementFactory(trip=trips[0], application=home)
    return there


def words(response):
    return " ".join(response.text.split())


def test_an_academic_year_ends_with_its_summer():
    assert open_doors.year_of(dt.date(2026, 8, 31)) == 2025
    assert open_doors.year_of(dt.date(2026, 9, 1)) == 2026
    assert open_doors.year_name(2099) == "2099/00"


def test_advisors_see_their_own_travelers_who_are_back(sign_in, advisor, colleges, roster):
    client = sign_in(advisor)
    newest = words(client.get(PAGE))
    assert "2026/27" in newest and "Paris" in newest and "East 3" in newest and "East 0" not in newest
    summer = words(client.get(PAGE, {"year": "2025"}))
    assert all(f"East {number}" in summer for number in range(3))
    assert "Valley 0" not in summer and "East 9" not in summer  # another college's, and one who stayed home
    assert "3 travelers, June 12, 2026 to June 22, 2026, 11 days" in summer
    assert "Whether Hanoi counted for credit." in summer
    assert client.get(PAGE, {"college": colleges[1].code}).status_code == 404


def test_what_the_college_says_counts_its_travelers_and_leaves_nothing_missing(
    sign_in, advisor, trips, colleges, roster
):
    client = sign_in(advisor)
    said = {"college": colleges[0].code, "year": "2025", f"{trips[0].code}-said": "noncredit:service"}
    assert client.post(SAY, said).status_code == 302
    sheet = open_doors.sheet_of(advisor, colleges[0], 2025)
    assert (sheet.all, sheet.credit, sheet.noncredit, sheet.unsaid) == (3, 0, 3, 0)
    client.post(SAY, said | {f"{trips[0].code}-said": "credit:"})
    assert TripCredit.objects.get().kind == "credit"
    page = words(client.get(PAGE, {"year": "2025"}))
    assert "Whether Hanoi counted for credit." not in page
    # the other college says for itself
    assert open_doors.sheet_of(UserFactory(coordinator=True), colleges[1], 2025).unsaid == 1
    client.post(SAY, said | {f"{trips[0].code}-said": "credit:service"})  # nobody can choose this
    assert TripCredit.objects.get().activity == ""


def test_the_file_adds_up_to_the_roster_and_keeps_nothing_of_what_the_college_adds(sign_in, advisor, colleges, roster):
    client = sign_in(advisor)
    response = client.get(FILE, {"year": "2025"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row["Student"] for row in rows] == ["East 0", "East 1", "East 2"]
    assert {(row["City"], row["Days"], row["Credit"]) for row in rows} == {("Hanoi", "11", "")}
    added = [name for name in rows[0] if "college adds" in name]
    assert len(added) == 6 and not any(row[name] for row in rows for name in added)
    assert Event.objects.get(action="open_doors.export").changes == {"year": 2025, "people": 3}


def test_without_a_fresh_proof_no_file_leaves(sign_in, advisor, roster, monkeypatch):
    monkeypatch.setattr("travel.outcomes.views.open_doors.is_fresh", lambda request: False)
    assert sign_in(advisor).get(FILE, {"year": "2025"}).status_code == 302
    assert not Event.objects.filter(action="open_doors.export").exists()


@pytest.mark.parametrize(("role", "status"), [({}, 403), ({"director": True}, 403), ({"coordinator": True}, 200)])
def test_only_the_college_and_the_office_read_names(sign_in, colleges, role, status):
    assert sign_in(UserFactory(**role)).get(PAGE).status_code == status


def test_a_college_without_travelers_reads_what_will_be_here(sign_in, advisor):
    assert "No one is back yet" in words(sign_in(advisor).get(PAGE))
    assert sign_in(advisor).get(PAGE, {"year": "²²²²"}).status_code == 200


def test_tripcredit_activity_without_credit(trips, colleges, advisor):
    row = {"trip": trips[0], "college": colleges[0], "kind": "credit", "activity": "service", "said_by": advisor}
    refused("tripcredit_activity_without_credit", lambda: TripCredit.objects.create(**row))


def test_tripcredit_once_per_college(trips, colleges, advisor):
    row = {"trip": trips[0], "college": colleges[0], "kind": "credit", "said_by": advisor}
    TripCredit.objects.create(**row)
    refused("tripcredit_once_per_college", lambda: TripCredit.objects.create(**row))
