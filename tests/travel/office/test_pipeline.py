"""The coordinator's pipeline: every figure links to exactly its rows."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from applications.models import Offer
from applications.release.actions import offer as offers
from exchange.background import cached_figures
from exchange.web.how_this_works import explanation_of
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    application_facts,
    review_facts,
)
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import TripDay
from travel.office.home import pipeline
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
PIPELINE, COLLEGES = reverse("travel:pipeline"), reverse("travel:cycle-colleges")
NO_DATES = dict.fromkeys(("documents_by", "apply_by", "in_hand_by", "last_safe_on"))


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office(client):
    client.force_login(UserFactory(coordinator=True))
    return client


def page_of(client, cycle=None):
    return client.get(PIPELINE, {"cycle": cycle.code} if cycle else {})


def cards_of(client, cycle=None):
    found = page_of(client, cycle).context["pipeline"]
    return {stage.label: stage for stage in found.stages + found.others}


def rows_behind(client, href):
    """How many rows the page at this address lists, over all its pages."""
    context = client.get(href).context
    return context["page_obj"].paginator.count


def everyone(cycle):
    """Applications in every stage of the pipeline, a different number in each."""
    college = CollegeFactory()
    long_ago = timezone.now() - dt.timedelta(days=20)
    make = {"cycle": cycle, "college": college}
    ApplicationFactory.create_batch(2, **make)
    ApplicationFactory(**make, saved_at=long_ago)
    ApplicationFactory.create_batch(3, **make, submitted=True)
    ApplicationFactory(**make, submitted=True, endorsed=True)
    ApplicationFactory(
        **make, submitted=True, endorsed=True, reads_locked=3, score_mean=4, score_median=4, score_spread=1
    )
    ApplicationFactory(**make, submitted=True, reads_locked=4, score_mean=3, score_median=3, score_spread=1)
    ApplicationFactory(**make, selected=True)
    for _ in range(2):
        decision = DecisionFactory(released=True, application=ApplicationFactory(**make, selected=True))
        OfferFactory(decision=decision, silent=True)
    ApplicationFactory.create_batch(2, **make, confirmed=True)
    for trait in ("returned", "waitlisted", "not_selected", "declined", "withdrawn"):
        ApplicationFactory(**make, **{trait: True})
    trip = TripFactory(cycle=cycle)
    seat = {"trip": trip, "application__college": college}
    for stage in (PassportStage.IN_HAND, PassportStage.CHECKED, PassportStage.APPLIED, PassportStage.GATHERING):
        placement = PlacementFactory(**seat)
        checked = stage == PassportStage.CHECKED
        PassportCaseFactory(
            placement=placement,
            stage=stage,
            checked_at=timezone.now() if checked else None,
            checked_by=placement.placed_by if checked else None,
        )
    late = PlacementFactory(**seat)
    PassportCaseFactory(placement=late, documents_by=in_days(-3))
    gone = PlacementFactory(**seat, application__status="withdrawn", application__withdrawn_at=timezone.now())
    PassportCaseFactory(placement=gone, stage=PassportStage.IN_HAND, documents_by=in_days(-3))
    return college


def with_others(client, cycle):
    return {row.what: row for row in page_of(client, cycle).context["pipeline"].with_others}


def test_minutes_after_a_release_nobody_is_silent_in_red(office):
    cycle = CycleFactory()
    made = [OfferFactory(decision__application__cycle=cycle) for _ in range(3)]

    row = with_others(office, cycle)["answering an offer"]
    assert (row.count, row.is_late, rows_behind(office, row.href)) == (3, False, 3)

    Offer.objects.filter(pk=made[0].pk).update(made_at=timezone.now() - dt.timedelta(hours=49))
    cache.clear()
    row = with_others(office, cycle)["to call: no answer to the offer"]
    assert (row.count, row.is_late, rows_behind(office, row.href)) == (1, True, 1)


@pytest.mark.both
def test_every_count_is_the_number_of_rows_behind_its_link(office):
    cycle = CycleFactory()
    everyone(cycle)
    everyone(CycleFactory())  # must not be counted in the first cycle
    cards = cards_of(office, cycle)
    assert {label: card.count for label, card in cards.items()} == {
        "drafting": 3,
        "submitted": 6,
        "read": 2,
        "selected": 3,
        "confirmed": 7,
        "placed": 5,
        "passport in hand": 2,
        "returned for a fix": 1,
        "waitlisted": 1,
        "not selected": 1,
        "declined": 1,
        "withdrawn": 2,
    }
    for label, card in cards.items():
        assert rows_behind(office, card.href) == card.count, label
    rows = with_others(office, cycle)
    assert {what: row.count for what, row in rows.items()} == {
        "behind on the passport": 1,
        "to call: no answer to the offer": 2,
        "stopped writing": 1,
        "with their college": 4,
        "with readers": 4,
    }
    for what, row in rows.items():
        assert rows_behind(office, row.href) == row.count, what


@pytest.mark.parametrize("language", ["en", "es"])
def test_how_this_works_says_what_each_number_of_the_line_counts(office, language):
    with override(language):
        labels = [str(stage.label) for stage in pipeline.pipeline_of(CycleFactory(), by=UserFactory()).stages]
    said = dict(explanation_of("travel:pipeline", language).asked)
    assert [all(f"{label.capitalize()}: " in answer for label in labels) for answer in said.values()].count(True) == 1


def test_a_passport_counts_before_there_is_a_spot_and_a_spot_only_where_there_is_one(office):
    cycle = CycleFactory()
    called_off = {"closed_at": timezone.now(), "closed_by": UserFactory(), "closed_reason": "A strike."}
    trip, canceled = TripFactory(cycle=cycle), TripFactory(cycle=cycle, **called_off)
    PassportCaseFactory(placement=PlacementFactory(trip=trip))
    PassportCaseFactory(placement=PlacementFactory(trip=canceled))
    for stage in (PassportStage.IN_HAND, PassportStage.GATHERING):
        waits = ApplicationFactory(cycle=cycle, college=CollegeFactory(), confirmed=True)
        PassportCaseFactory(placement=None, application=waits, trip=None, **NO_DATES, stage=stage)
    cards = cards_of(office, cycle)
    assert {name: cards[name].count for name in ("placed", "passport in hand")} == {"placed": 1, "passport in hand": 1}
    for name in ("placed", "passport in hand"):
        assert rows_behind(office, cards[name].href) == 1
    rows = page_of(office, cycle).context["pipeline"].colleges
    assert sum(row.in_hand.count for row in rows) == sum(rows_behind(office, row.in_hand.href) for row in rows) == 1


@pytest.mark.parametrize("key", ["programmes", "arrivals"])
def test_work_on_trips_leads_to_just_those(office, key):
    """One of three trips has a plan of its host to read and no arrival date; so has one of another cycle."""
    cycle = CycleFactory()
    trip = TripFactory(cycle=cycle, arrives_on=None)
    PlacementFactory(trip=trip)
    for other in (TripFactory(cycle=cycle, arrives_on=in_days(90)), TripFactory(arrives_on=None)):
        PlacementFactory(trip=other)
    for each in (trip, TripFactory()):
        TripDay.objects.create(trip=each, number=1, proposed="A walk", proposed_in="en", proposed_at=timezone.now())
        TripDay.objects.create(trip=each, number=2, proposed="Rest", proposed_in="en", proposed_at=timezone.now())
    (duty,) = [duty for duty in page_of(office, cycle).context["duties"] if duty.key == key]
    assert (duty.count, rows_behind(office, duty.href)) == (1, 1)


def test_the_rows_behind_a_passport_are_there_after_the_return_too(office):
    trip = TripFactory(returned=True, cycle=CycleFactory(closed=True))
    for _ in range(2):
        PassportCaseFactory(placement=PlacementFactory(trip=trip), stage=PassportStage.IN_HAND)
    PassportCaseFactory(placement=PlacementFactory(trip=trip), documents_by=in_days(-90))
    cards = cards_of(office, trip.cycle)
    assert (cards["placed"].count, rows_behind(office, cards["placed"].href)) == (3, 3)
    assert (cards["passport in hand"].count, rows_behind(office, cards["passport in hand"].href)) == (2, 2)
    assert "behind on the passport" not in with_others(office, trip.cycle)


# --- By college -------------------------------------------------------------------------------------


def test_each_college_has_its_own_line_and_its_bar(office):
    cycle = CycleFactory()
    mine, other = everyone(cycle), CollegeFactory()
    rows = {row.college: row for row in page_of(office, cycle).context["pipeline"].colleges}
    mine = rows[mine]
    numbers = (mine.submitted, mine.endorsed, mine.selected, mine.confirmed, mine.in_hand)
    assert [number.count for number in numbers] == [20, 2, 11, 7, 2]
    assert (rows[other].submitted.count, rows[other].confirmed.count) == (0, 0)
    page = office.get(COLLEGES, {"cycle": cycle.code}).text
    assert "2 of 7 have a passport" in page
    listed = re.search(rf'href="([^"]+college={mine.college.code})"', page).group(1).replace("&amp;", "&")
    sent = office.get(listed).context["page_obj"]
    assert {application.college for application in sent} == {mine.college}


@pytest.mark.parametrize("name", ["submitted", "endorsed", "selected", "confirmed", "in_hand"])
def test_each_number_of_a_college_is_the_number_of_rows_behind_its_link(office, name):
    cycle = CycleFactory()
    everyone(cycle)
    everyone(cycle)
    everyone(CycleFactory())  # must not be counted in the first cycle
    page = office.get(COLLEGES, {"cycle": cycle.code})
    numbers = [getattr(row, name) for row in page.context["pipeline"].colleges]
    for number in numbers:
        assert f'href="{number.href.replace("&", "&amp;")}"' in page.text
        assert rows_behind(office, number.href) == number.count
    assert sorted(number.count > 0 for number in numbers) == [False, True, True]


# --- The page ---------------------------------------------------------------------------------------


def test_without_a_published_cycle_the_page_leads_to_the_first_one(office):
    steps = page_of(office).context["first_steps"]
    assert [step["tone"] for step in steps][-2:] == ["wait", "wait"]
    assert steps[-2]["href"] == reverse("applications:cycle-setup-new")
    draft = CycleFactory(published_at=None)
    page = page_of(office)
    assert "Publish it" in page.text
    assert page.context["first_steps"][-1]["href"] == reverse("applications:cycle-setup-detail", args=[draft.code])
    assert "No cycles yet" in office.get(COLLEGES).text
    for step in page.context["first_steps"]:
        assert office.get(step["href"]).status_code == 200
    CycleFactory()
    assert not page_of(office).context["first_steps"]


def test_a_cycle_without_rows_has_its_stages_and_nobody_to_call(office):
    page = page_of(office, CycleFactory()).content.decode()
    assert "drafting" in page and "to call" not in page


def test_the_newest_running_cycle_is_shown_and_the_address_can_name_another(office):
    now = timezone.now()
    old = CycleFactory(closed=True, name_en="Summer 2026", closed_out_at=now)
    new = CycleFactory(name_en="Spring 2027")
    hidden = CycleFactory(published_at=None, opens_at=now)
    assert page_of(office).context["pipeline"].cycle == new
    page = page_of(office, old)
    assert page.context["pipeline"].cycle == old
    assert set(page.context["cycles"]) == {old, new}
    assert office.get(PIPELINE, {"cycle": hidden.code}).status_code == 404
    assert office.get(PIPELINE, {"cycle": "nothing"}).status_code == 404


def test_once_all_are_closed_out_the_last_one_is_shown(office):
    CycleFactory(closed=True, closed_out_at=timezone.now(), opens_at=timezone.now() - dt.timedelta(days=900))
    last = CycleFactory(closed=True, closed_out_at=timezone.now())
    assert page_of(office).context["pipeline"].cycle == last


def test_days_to_the_first_departure(office):
    trip = TripFactory(leaves_in=107)
    TripFactory(cycle=trip.cycle, leaves_in=121)
    TripFactory(cycle=trip.cycle, returned=True)
    assert "107 days to the first departure" in page_of(office).content.decode()


@pytest.mark.parametrize("role", [{}, {"advisor": True}, {"director": True}])
@pytest.mark.parametrize("name", ["travel:pipeline", "travel:cycle-colleges", "travel:placement-waiting"])
def test_only_the_office_sees_it(client, role, name):
    client.force_login(UserFactory(**role))
    assert client.get(reverse(name), {"cycle": CycleFactory().code}).status_code == 403


def test_the_waiting_page_needs_a_cycle(office):
    assert office.get(reverse("travel:placement-waiting")).status_code == 404
    cycle = CycleFactory()
    page = office.get(reverse("travel:placement-waiting"), {"cycle": cycle.code})
    assert "Everyone who confirmed has a city" in page.content.decode()


def grow(cycle, number):
    for _ in range(number):
        college = CollegeFactory()
        UserFactory(advisor=college)
        ApplicationFactory(cycle=cycle, college=college, submitted=True, endorsed=True)
        ApplicationFactory(cycle=cycle, college=college, confirmed=True)
        trip = TripFactory(cycle=cycle)
        PassportCaseFactory(placement=PlacementFactory(trip=trip, application__college=college))


@pytest.mark.parametrize("name", ["travel:pipeline", "travel:placement-waiting"])
def test_thirty_rows_cost_no_more_queries_than_three(office, name):
    cycle = CycleFactory()
    first, later = [], []
    for number in (3, 27):
        grow(cycle, number)
        cache.clear()  # factories record no event, so the cached figures need clearing
        for costs in (first, later):
            with CaptureQueriesContext(connection) as made:
                assert office.get(reverse(name), {"cycle": cycle.code}).status_code == 200
            costs.append(len(made))
    assert first[0] == first[1] <= {"travel:pipeline": 26, "travel:placement-waiting": 19}[name]
    assert later[0] == later[1] <= 10


# --- Slow counts ------------------------------------------------------------------------------------


def test_quick_counts_are_those_after_the_last_act(office):
    offer = OfferFactory()
    cycle = offer.application.cycle
    assert cards_of(office, cycle)["confirmed"].count == 0
    offers.confirm(offer, by=offer.application.student)
    assert cards_of(office, cycle)["confirmed"].count == 1


def test_slow_counts_are_kept_for_a_moment_and_the_page_says_of_when(office, monkeypatch):
    monkeypatch.setattr(cached_figures, "SLOW_SECONDS", -1)
    cycle = CycleFactory()
    first = page_of(office, cycle).context["pipeline"]
    ApplicationFactory(cycle=cycle)  # without an action, so no event
    again = page_of(office, cycle)
    assert again.context["pipeline"].counted_at == first.counted_at
    assert {stage.count for stage in again.context["pipeline"].stages} == {0}
    assert "Counted at " in again.content.decode()
    assert cards_of(office, CycleFactory())["drafting"].count == 0  # another cycle has its own


def test_a_slow_count_is_made_anew_once_a_student_has_answered(office, monkeypatch):
    monkeypatch.setattr(cached_figures, "SLOW_SECONDS", -1)
    monkeypatch.setattr(cached_figures, "PAUSE", 0)  # as if a moment had passed
    offer = OfferFactory()
    cycle = offer.application.cycle
    assert cards_of(office, cycle)["selected"].count == 1
    offers.confirm(offer, by=offer.application.student)
    assert {name: cards_of(office, cycle)[name].count for name in ("selected", "confirmed")} == {
        "selected": 0,
        "confirmed": 1,
    }


def test_a_quick_count_says_no_time(office):
    assert "Counted at" not in page_of(office, CycleFactory()).text
