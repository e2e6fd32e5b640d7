"""The tabs of a trip, and its travelers: who sees whom, what each row says, and that counts are of the rows."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    travel_facts,
)
from travel.base import trip_tabs
from travel.models import Contact, EntryPermission, EntryRule, PracticalNeeds, TicketName
from travel.states import PassportStage

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(city__name_en="Accra")


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def text(page):
    return re.sub(r"\s+", " ", html.unescape(strip_tags(page.content.decode())))


def address(trip, query=""):
    return reverse("travel:trip-travelers", args=[trip.code]) + query


def seat(trip, name, *, stage=PassportStage.IN_HAND, matched=True, **fields):
    found = PlacementFactory(trip=trip, application__student__full_name=name, **fields)
    PassportCaseFactory(placement=found, stage=stage)
    office = UserFactory(coordinator=True)
    by = {"matched_at": timezone.now(), "matched_by": office, "how": TicketName.How.SAME} if matched else {}
    TicketName.objects.create(placement=found, surnames="ORTIZ", given="ANA", written_by=office, **by)
    return found


def names_on(page):
    return [row["student"] for row in rows(page)]


def rows(page):
    return [{"student": str(row.student), "row": row} for row in page.context["rows"]]


def test_the_counts_above_are_those_of_the_rows_below(office, trip):
    EntryRule.objects.create(
        city=trip.city,
        requirement=EntryRule.Requirement.E_VISA,
        source_name="Embassy",
        source_url="https://example.gov/",
        as_of=timezone.localdate(),
        review_on=timezone.localdate(),
    )
    ready, late = seat(trip, "Ana Ortiz"), seat(trip, "Beto Ruiz", stage=PassportStage.APPLIED, matched=False)
    EntryPermission.objects.create(placement=ready, state=EntryPermission.State.NOT_NEEDED, said_by=UserFactory())
    seat(TripFactory(cycle=trip.cycle), "Somebody Else", stage=PassportStage.APPLIED)

    page = office.get(address(trip))
    assert names_on(page) == ["Ana Ortiz", "Beto Ruiz"]
    assert [tab["label"] for tab in page.context["tabs"]] == [
        "Everyone 2",
        "Passport not here 1",
        "Name to check 1",
        "Visa or authorization open 1",
    ]
    for tab in page.context["tabs"][1:]:
        shown = office.get(address(trip) + tab["href"])
        assert names_on(shown) == [str(late.application.student)]
        assert [each["current"] for each in shown.context["tabs"]].count(True) == 1
    assert "1 of 2 names hasn’t been checked against the passport" in text(page)


def test_an_advisor_sees_their_own_students_and_no_visas(sign_in, trip):
    advisor = UserFactory(advisor=True)
    mine = seat(trip, "Mine Too", application__college=advisor.roles.get().college)
    theirs = seat(trip, "Theirs Only")
    page = sign_in(advisor).get(address(trip))
    assert names_on(page) == [str(mine.application.student)]
    assert str(theirs.application.student) not in text(page)
    assert page.context["rows"][0].entry is None and "Visa" not in page.context["list"].heads


def test_a_row_counts_the_checklist_and_names_the_most_urgent_step_as_the_student_reads_it(office, trip, sign_in):
    today = timezone.localdate()
    going = seat(trip, "Ana Ortiz")
    ChecklistItemFactory(placement=going, step__cycle=trip.cycle, done=True, step__title_en="Done before")
    for days, title in ((20, "Packing"), (2, "Vaccines")):
        ChecklistItemFactory(
            placement=going,
            step__cycle=trip.cycle,
            step__title_en=title,
            do_by=today + dt.timedelta(days=days),
            last_safe_on=today + dt.timedelta(days=days + 5),
        )
    (row,) = office.get(address(trip)).context["rows"]
    assert (row.done, row.total) == (1, 3)
    assert (row.step.step.title, row.step.do_by) == ("Vaccines", today + dt.timedelta(days=2))
    own = text(sign_in(going.application.student).get(reverse("travel:checklist-detail", args=[going.code])))
    assert "Vaccines" in own.partition("Packing")[0]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["Cy", "Ana", "Beto", "Dora"]),
        ("-slack", ["Beto", "Ana", "Cy", "Dora"]),
        ("name", ["Ana", "Beto", "Cy", "Dora"]),
        ("-name", ["Dora", "Cy", "Beto", "Ana"]),
        ("nonsense", ["Cy", "Ana", "Beto", "Dora"]),
    ],
)
def test_who_has_no_date_is_last_from_either_end(office, trip, sort, order):
    today = timezone.localdate()
    for name, days in (("Ana", 5), ("Beto", 9), ("Cy", -2)):
        going = PlacementFactory(trip=trip, application__student__full_name=name)
        in_hand = today + dt.timedelta(days=days)
        PassportCaseFactory(placement=going, stage=PassportStage.APPLIED, in_hand_by=in_hand)
    PlacementFactory(trip=trip, application__student__full_name="Dora")  # without a passport's case
    assert names_on(office.get(address(trip, f"?sort={sort}"))) == order


def test_a_search_keeps_the_part_and_says_nothing_about_all_names(office, trip):
    seat(trip, "Ana Ortiz", matched=False)
    seat(trip, "Beto Ruiz", matched=False)
    page = office.get(address(trip, "?show=name&q=ortiz"))
    assert names_on(page) == ["Ana Ortiz"]
    assert "buy tickets" not in text(page)
    assert 'name="show"' in page.content.decode()


def test_who_asked_to_talk_is_named_until_somebody_has(office, trip):
    going = seat(trip, "Ana Ortiz")
    PracticalNeeds.objects.create(placement=going, wants_to_talk=True)
    assert "Want to talk about their needs" in text(office.get(address(trip)))
    told = office.post(reverse("travel:placement-talked", args=[going.code]), follow=True)
    assert told.redirect_chain[0][0] == address(trip)
    assert "Want to talk about their needs" not in text(told)


def test_nobody_yet_and_an_unknown_part(office, trip):
    assert "once a placement run is released" in text(office.get(address(trip)))
    assert office.get(address(trip, "?show=nonsense")).status_code == 200


def test_the_page_needs_the_same_queries_for_3_and_30_students(office, trip, django_assert_max_num_queries):
    counts = []
    for more in (3, 27):
        for _ in range(more):
            ChecklistItemFactory(placement=seat(trip, "A Name"), step__cycle=trip.cycle)
        with django_assert_max_num_queries(10) as captured:
            office.get(address(trip))
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- Tabs -------------------------------------------------------------------------------------------


def tabs_on(page):
    return re.findall(r'<a class="ex-trip__tab"[^>]*>([^<]+)</a>', page.content.decode())


def test_each_page_of_a_trip_has_its_tabs_and_those_that_this_person_may_open(office, sign_in, trip):
    advisor = UserFactory(advisor=True)
    mine = sign_in(advisor)
    assert tabs_on(mine.get(trip.get_absolute_url())) == ["Overview", "Travelers"]
    for tab in trip_tabs.TABS:
        for page in tab.pages:
            shown = office.get(reverse(page.name, args=[trip.code]))
            assert tabs_on(shown) == ["Overview", "Travelers", "Plan", "Money", "On the trip"], page.name
            assert shown.content.decode().count('aria-current="page"') >= 1
            assert shown.content.decode().count("<h1") == 1


def test_no_tab_leads_an_advisor_to_a_page_that_is_closed_to_them(sign_in, trip):
    advisor = UserFactory(advisor=True)
    Contact.objects.create(trip=trip, user=advisor, name=advisor.full_name, email=advisor.email)
    client = sign_in(advisor)
    shown = trip_tabs.shown(trip, advisor, "travel:trip-travelers")
    assert "travel:trip-cards" in {name for _label, name in shown.row}  # they lead it
    for name in {name for _label, name, _here in shown.tabs} | {name for _label, name in shown.row}:
        assert client.get(reverse(name, args=[trip.code])).status_code == 200, name
