"""The permission to enter: what a student says, what the office sees, and what a refusal sets off."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Message, OfficeTask
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    EntryRuleFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.models import EntryPermission, Trip
from travel.placement import loose_ends
from travel.prepare.entry import actions as entry
from travel.prepare.entry.actions import Said

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip():
    travel_facts()
    trip = TripFactory(leaves_on=in_days(60), returns_on=in_days(70))
    EntryRuleFactory(city=trip.city)
    return trip


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Elena Office")


@pytest.fixture
def ana(trip, office):
    return PlacementFactory(trip=trip, placed_by=office, application__student__full_name="Ana Ruiz")


@pytest.fixture
def item(ana):
    step = ChecklistStepFactory(cycle=ana.trip.cycle, key="entry", evidence="page", evidence_key="entry")
    return ChecklistItemFactory(placement=ana, step=step)


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def say(ana, state, days=None, until=None, by=None):
    on = None if days is None else in_days(days)
    return entry.say(ana, Said(state, on, until), by=by or ana.application.student)


# --- The student ------------------------------------------------------------------------------------


def test_a_student_says_what_they_need_and_where_it_stands(sign_in, ana, item):
    client = sign_in(ana.application.student)
    assert "no answer yet" in text(client.get(page("placement-entry", ana.code)))

    client.post(page("placement-entry-need", ana.code), {"state": "needed"})
    client.post(page("placement-entry-progress", ana.code), {"state": "applied", "on": in_days(-2).isoformat()})
    row = EntryPermission.objects.get()
    assert (row.state, row.state_on, row.said_by) == ("applied", in_days(-2), ana.application.student)
    item.refresh_from_db()
    assert item.done_at is None

    data = {"state": "granted", "on": in_days(-1).isoformat(), "valid_until": in_days(70).isoformat()}
    client.post(page("placement-entry-progress", ana.code), data)
    item.refresh_from_db()
    assert (item.done_via, item.done_by) == ("evidence", ana.application.student)
    shown = text(client.get(page("placement-entry", ana.code)))
    assert "You have it. Keep a copy" in shown and "Valid until" in shown
    assert "You told us: granted." in text(client.get(ana.get_absolute_url()))


def test_not_needed_closes_the_step_and_needed_opens_it_again(ana, item):
    say(ana, "not_needed")
    item.refresh_from_db()
    assert item.done_at is not None
    say(ana, "needed")
    item.refresh_from_db()
    assert item.done_at is None and item.asked_again_at is not None


def test_the_same_answer_twice_is_one(ana):
    first = say(ana, "applied", -1)
    assert say(ana, "applied", -1).said_at == first.said_at


def test_nothing_that_is_stored_or_asked_says_why(sign_in, ana):
    names = {field.name for field in EntryPermission._meta.get_fields()}
    assert names == {
        *("id", "placement", "state", "state_on", "valid_until", "appointment_at", "appointment_place"),
        *("sequence", "said_at", "said_by"),
    }
    shown = text(sign_in(ana.application.student).get(page("placement-entry-need", ana.code)))
    assert "we don’t store why" in shown
    assert shown.count('type="radio"') == 3


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said("applied"), "no_day"),
        (Said("needed", dt.date(2026, 1, 1)), "no_day"),
        (Said("applied", dt.date(2099, 1, 1)), "future"),
        (Said("granted", dt.date(2026, 1, 2), dt.date(2026, 1, 1)), "upside_down"),
        (Said("granted", dt.date(2020, 1, 1), dt.date(2020, 2, 1)), "over"),
        (Said("applied", dt.date(2026, 1, 1), dt.date(2099, 1, 1)), "no_day"),
    ],
)
def test_days_that_cannot_be_are_refused(ana, said, code):
    with pytest.raises(RuleViolation) as caught:
        entry.say(ana, said, by=ana.application.student)
    assert caught.value.code == code and not EntryPermission.objects.exists()


def test_the_last_day_counts_and_today_is_no_future(ana):
    say(ana, "granted", days=0, until=in_days(0))
    assert EntryPermission.objects.get().valid_until == in_days(0)
    say(ana, "applied", days=0)
    with pytest.raises(RuleViolation, match="hasn’t come yet"):
        say(ana, "applied", days=1)
    with pytest.raises(RuleViolation, match="already ended"):
        say(ana, "granted", days=-9, until=in_days(-1))
    with pytest.raises(RuleViolation, match="ends before it was granted"):
        say(ana, "granted", days=-3, until=in_days(-4))
    assert EntryPermission.objects.get().state == "applied"


def test_nothing_is_left_to_do_once_it_is_granted_for_the_whole_trip_or_not_needed(ana, trip):
    assert not entry.is_settled(ana)
    for state, days, until, is_settled in (
        ("needed", None, None, False),
        ("applied", -1, None, False),
        ("refused", -1, None, False),
        ("not_needed", None, None, True),
        ("granted", -1, None, True),
        ("granted", -1, trip.returns_on, True),
        ("granted", -1, trip.returns_on - dt.timedelta(days=1), False),
    ):
        say(ana, state, days, until)
        assert entry.is_settled(ana) is is_settled, state


def test_what_was_typed_stays_on_the_page_with_the_error(sign_in, ana):
    client = sign_in(ana.application.student)
    address = page("placement-entry-progress", ana.code)
    assert "Enter the day." in text(client.post(address, {"state": "applied", "on": ""}))
    shown = text(client.post(address, {"state": "applied", "on": "2099-01-01"}))
    assert "That day hasn’t come yet." in shown and 'value="2099-01-01"' in shown
    # a last day that was typed before another answer was chosen
    client.post(address, {"state": "applied", "on": in_days(-1).isoformat(), "valid_until": "2099-01-01"})
    assert EntryPermission.objects.get().valid_until is None


def test_a_visa_free_city_is_no_answer_for_everyone(sign_in, ana):
    ana.trip.city.entry_rules.update(requirement="none", lead_days=0)
    client = sign_in(ana.application.student)
    shown = text(client.get(page("placement-entry", ana.code)))
    assert "not needed with a U.S. passport" in shown and "If you travel on any other document" in shown
    client.post(page("placement-entry-need", ana.code), {"state": "needed"})
    assert "You need a visa or a travel authorization." in text(client.get(page("placement-entry", ana.code)))


def test_an_unconfirmed_rule_shows_no_number_and_asks(sign_in, ana):
    ana.trip.city.entry_rules.update(requirement="none", is_confirmed=False)
    shown = text(sign_in(ana.application.student).get(page("placement-entry", ana.code)))
    assert "no answer yet" in shown and "25 USD" not in shown


def test_after_the_trip_nothing_can_be_said(sign_in, ana):
    say(ana, "needed")
    now = timezone.now()
    Trip.objects.update(departed_at=now, returned_at=now)
    type(ana).objects.update(travelled_at=now, returned_at=now)
    with pytest.raises(RuleViolation, match="Your trip is over"):
        say(ana, "applied", -1)
    client = sign_in(ana.application.student)
    assert "Tell us what’s new" not in text(client.get(page("placement-entry", ana.code)))


# --- A refusal, and a permission that is too short --------------------------------------------------


def test_a_visa_refused_a_week_before_departure_is_somebodys_at_once(sign_in, ana, office, item):
    Trip.objects.update(leaves_on=in_days(7), returns_on=in_days(17))
    client = sign_in(ana.application.student)
    client.post(page("placement-entry-progress", ana.code), {"state": "refused", "on": in_days(0).isoformat()})

    task = OfficeTask.objects.get()
    assert (task.kind, task.owner, task.due_on) == ("travel.entry_refused", office, in_days(0))
    assert "Ana Ruiz’s visa or authorization for" in text(sign_in(office).get(ana.trip.get_absolute_url()))
    told = Message.objects.filter(recipient=ana.application.student, channel="email").get()
    assert "Elena Office from the exchange team is working on it today" in told.body
    assert "refused" not in told.body and "visa" not in told.body.lower()
    assert Message.objects.filter(recipient=office, channel="email").get().subject == "A traveler needs you today"
    shown = text(client.get(page("placement-entry", ana.code)))
    assert "They said no this time." in shown and "Elena Office from the exchange team is working on it and" in shown
    assert "It isn’t your fault" in text(client.get(ana.get_absolute_url()))
    item.refresh_from_db()
    assert item.done_at is None


def test_saying_it_twice_opens_one_task_and_a_mistake_takes_it_away(ana):
    say(ana, "refused", 0)
    say(ana, "refused", 0)
    assert OfficeTask.objects.open().count() == 1
    say(ana, "applied", -3)
    assert not OfficeTask.objects.open().exists()
    say(ana, "refused", 0)
    assert OfficeTask.objects.open().count() == 1 and OfficeTask.objects.count() == 2


def test_a_refusal_that_the_office_notes_belongs_to_who_noted_it(ana):
    other = UserFactory(coordinator=True)
    say(ana, "refused", 0, by=other)
    assert OfficeTask.objects.get().owner == other
    assert not Message.objects.filter(recipient=other).exists()


def test_a_helper_who_left_the_office_is_nobodys_helper(ana, office):
    office.roles.all().delete()
    there = UserFactory(coordinator=True)
    say(ana, "refused", 0)
    assert OfficeTask.objects.get().owner == there


def test_a_permission_that_ends_before_the_return_is_flagged(sign_in, ana, item, office):
    say(ana, "granted", -1, in_days(69))
    item.refresh_from_db()
    assert item.done_at is None
    assert OfficeTask.objects.get().kind == "travel.entry_ends_early"
    assert "ends before the return" in text(sign_in(office).get(page("trip-entry", ana.trip.code)))
    assert "it ends before you’re back" in text(sign_in(ana.application.student).get(page("placement-entry", ana.code)))


def test_a_return_that_moves_is_noticed_once_and_taken_back(ana, item):
    say(ana, "granted", -1, in_days(70))
    assert entry.look_again() == 0
    Trip.objects.update(returns_on=in_days(75))
    assert [entry.look_again(), entry.look_again()] == [1, 0]
    item.refresh_from_db()
    assert item.done_at is None and OfficeTask.objects.open().count() == 1
    Trip.objects.update(returns_on=in_days(70))
    entry.look_again()
    item.refresh_from_db()
    assert item.done_at is not None and not OfficeTask.objects.open().exists()


def test_only_permissions_with_a_last_day_of_travelers_who_are_not_home_are_looked_at_again(ana, trip):
    open_ended, home = PlacementFactory(trip=trip), PlacementFactory(trip__returned=True)
    say(open_ended, "granted", days=-1)
    say(ana, "granted", days=-1, until=trip.returns_on)
    make(home, state="granted", state_on=in_days(-90), valid_until=in_days(-80))()
    assert entry.look_again() == 0
    Trip.objects.filter(pk=trip.pk).update(returns_on=trip.returns_on + dt.timedelta(days=5))
    assert (entry.look_again(), entry.look_again()) == (1, 0)


def test_who_is_unsure_gets_a_person(sign_in, ana):
    say(ana, "unsure")
    assert OfficeTask.objects.get().kind == "travel.entry_unsure"
    assert "You asked for help." in text(sign_in(ana.application.student).get(page("placement-entry", ana.code)))
    say(ana, "not_needed")
    assert not OfficeTask.objects.open().exists()


@pytest.mark.parametrize(
    ("said", "days", "opens"), [("granted", -1, True), ("applied", -1, True), ("not_needed", None, False)]
)
def test_who_drops_out_leaves_a_visa_only_if_there_is_one(ana, said, days, opens):
    say(ana, said, days)
    assert any(each.kind.endswith("visa") for each in loose_ends.of(ana)) is opens


# --- Appointments -----------------------------------------------------------------------------------


def test_an_appointment_is_noted_changed_and_removed(sign_in, ana):
    client = sign_in(ana.application.student)
    client.post(page("placement-entry-need", ana.code), {"state": "needed"})
    data = {"on": in_days(5).isoformat(), "at": "09:30", "place": "11 Main Street"}
    client.post(page("placement-entry-appointment", ana.code), data)
    row = EntryPermission.objects.get()
    assert timezone.localtime(row.appointment_at).strftime("%H:%M") == "09:30" and row.sequence == 1
    assert "11 Main Street" in text(client.get(page("placement-entry", ana.code)))
    client.post(page("placement-entry-appointment", ana.code), data | {"at": "10:00"})
    client.post(page("placement-entry-no-appointment", ana.code))
    row.refresh_from_db()
    assert (row.appointment_at, row.appointment_place, row.sequence) == (None, "", 3)


def test_an_appointment_in_the_past_or_for_nothing_is_refused(ana):
    soon = timezone.now() + dt.timedelta(days=2)
    with pytest.raises(RuleViolation, match="First say that you need"):
        entry.appoint(ana, soon, "Main Street", by=ana.application.student)
    say(ana, "needed")
    with pytest.raises(RuleViolation, match="has passed"):
        entry.appoint(ana, timezone.now() - dt.timedelta(hours=1), "Main Street", by=ana.application.student)


# --- The office -------------------------------------------------------------------------------------


def test_the_office_reads_who_has_what_filters_and_notes_it(sign_in, trip, ana, office):
    ben = PlacementFactory(trip=trip, application__student__full_name="Ben Cruz")
    say(ana, "refused", 0)
    say(ben, "not_needed")
    client = sign_in(office)
    shown = text(client.get(page("trip-entry", trip.code)))
    assert shown.index(">Ana Ruiz<") < shown.index(">Ben Cruz<") and "1 of 2" in shown
    filtered = text(client.get(page("trip-entry", trip.code), {"state": "not_needed"}))
    assert "Ben Cruz" in filtered and ">Ana Ruiz<" not in filtered
    assert "No one is at this point." in text(client.get(page("trip-entry", trip.code), {"state": "granted"}))

    client.post(page("entry-record", ben.code), {"state": "granted", "on": in_days(-1).isoformat()})
    assert EntryPermission.objects.get(placement=ben).said_by == office


def test_two_of_the_office_at_once_notice_each_other(sign_in, ana, office):
    say(ana, "needed")
    client = sign_in(office)
    shown = client.get(page("entry-record", ana.code))
    seen = shown.context["form"].initial["seen"]
    say(ana, "applied", -1)
    answer = client.post(
        page("entry-record", ana.code), {"state": "refused", "on": in_days(0).isoformat(), "seen": seen}
    )
    assert "Someone else saved this" in text(answer)
    assert EntryPermission.objects.get().state == "applied"


def test_the_list_takes_the_same_queries_at_any_size(sign_in, trip, ana, office, django_assert_max_num_queries):
    client, address = sign_in(office), page("trip-entry", trip.code)
    client.get(address)
    with django_assert_max_num_queries(10) as first:
        client.get(address)
    for number in range(8):
        say(PlacementFactory(trip=trip), "needed" if number % 2 else "not_needed")
    with django_assert_max_num_queries(10) as second:
        client.get(address)
    assert len(first) == len(second)


def test_nobody_else_sees_it(sign_in, trip, ana):
    say(ana, "needed")
    leader = UserFactory()
    ContactFactory(host=None, trip=trip, user=leader)
    people = [
        UserFactory(advisor=ana.application.college),
        UserFactory(director=True),
        PlacementFactory(trip=trip).application.student,
        leader,
    ]
    for person in people:
        assert not EntryPermission.objects.visible_to(person).exists()
        client = sign_in(person)
        for name in ("placement-entry", "placement-entry-need", "entry-record"):
            assert client.get(page(name, ana.code)).status_code in (403, 404)
        assert client.get(page("trip-entry", trip.code)).status_code in (403, 404)


def test_it_is_deleted_after_the_trip_and_at_once_for_who_does_not_go(ana):
    say(ana, "needed")
    ben = PlacementFactory(trip=ana.trip)
    say(ben, "needed")
    ben.application.status, ben.application.withdrawn_at = "withdrawn", timezone.now()
    ben.application.save(update_fields=["status", "withdrawn_at"])
    assert entry.forget(days=14, dry_run=True) == 1
    entry.forget(days=14)
    assert [row.placement for row in EntryPermission.objects.all()] == [ana]
    now = timezone.now()
    Trip.objects.update(departed_at=now, returned_at=now - dt.timedelta(days=15))
    assert entry.forget(days=14) == 1 and not EntryPermission.objects.exists()


# --- Rows that can't be -----------------------------------------------------------------------------


def make(ana, **values):
    return lambda: EntryPermission.objects.create(placement=ana, **{"state": "needed", **values})


def test_entrypermission_dated_once_something_happened(ana):
    name = "entrypermission_dated_once_something_happened"
    refused(name, make(ana, state="applied"))
    refused(name, make(ana, state_on=in_days(0)))


def test_entrypermission_valid_until_if_granted(ana):
    refused("entrypermission_valid_until_if_granted", make(ana, valid_until=in_days(0)))


def test_entrypermission_appointment_has_time_and_place(ana):
    name = "entrypermission_appointment_has_time_and_place"
    refused(name, make(ana, appointment_place="Main Street"))
    refused(name, make(ana, appointment_at=timezone.now()))
