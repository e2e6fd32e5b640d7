"""Leaders are accounted for, too: asked, answered, escalated, on the board and in the tally; closed and deleted."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import LegalHold
from exchange.base.errors import RuleViolation
from exchange.messages import consent
from exchange.models import Event, Message
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, LeaderLinkFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, text_in, traveler, trip_away
from tests.travel.abroad.test_roster import entered
from travel.abroad import accounting
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.models import CheckIn, CheckInPerson
from travel.office.retention import purge

pytestmark = pytest.mark.django_db
WORDS = {"why_en": "There was an earthquake.", "why_es": "Hubo un temblor."}
PHONE = "+12135550190"


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def rosa(trip):
    """A leader without an account, who reads Spanish."""
    return ContactFactory(host=None, trip=trip, name="Rosa Lim", phone=PHONE, email="rosa@example.org", language="es")


def started(office, leaders, placements=(), kind="real"):
    return actions.start(placements, leaders=leaders, kind=kind, by=office, **WORDS)


def row_of(leader) -> CheckInPerson:
    return CheckInPerson.objects.with_people().get(leader=leader)


def after(check_in, minutes):
    actions.escalate(check_in.pk, check_in.started_at + dt.timedelta(minutes=minutes))


def kinds(leader):
    return [step.kind for step in row_of(leader).steps.order_by("at", "pk")]


def code_of(act):
    with pytest.raises(RuleViolation) as raised:
        act()
    return raised.value.code


def test_a_leader_is_asked_in_their_words_and_answers_by_text(trip, rosa, office):
    check_in = started(office, [rosa], [traveler(trip)])
    asked = Message.objects.get(template=actions.ASKS_LEADER)
    assert asked.address == PHONE and "Responda 1" in asked.body and asked.is_urgent

    text_in(PHONE, "1")
    row = row_of(rosa)
    assert (row.state, row.name, row.trip) == ("safe", "Rosa Lim", trip)
    reply = Message.objects.get(template="travel/check_in_reply_leader")
    assert "anotamos" in reply.body and reply.address == PHONE
    counts = accounting.tally(check_in.people.values_list("state", flat=True))
    assert (counts.all, counts.accounted, counts.open) == (2, 1, 1)
    assert code_of(lambda: actions.close(check_in, by=office)) == "still_open"


def test_a_silent_leader_is_escalated_as_a_traveler_is(trip, rosa, office):
    check_in = started(office, [rosa])
    for minutes in (10, 20, 30, 60):
        after(check_in, minutes)
    assert kinds(rosa) == ["text", "text_again", "email", "call", "family"]
    email = Message.objects.get(template=actions.ASKS_LEADER, channel="email")
    assert email.address == "rosa@example.org" and "¿Está usted bien?" in email.body
    assert Message.objects.filter(template=actions.LOOKS).exists()


@pytest.mark.parametrize("number", ["", PHONE])
def test_a_leader_who_texted_stop_or_has_no_way_is_called_at_once(trip, rosa, office, number):
    rosa.phone, rosa.email = number, ""
    rosa.save()
    if number:
        consent.stop(number, how="text", by=None)
    started(office, [rosa])
    assert kinds(rosa) == ["call"]


def test_a_leader_who_needs_help_is_told_to_the_others_with_the_board_that_opens_for_each(trip, rosa, office):
    other = leader_of(trip)
    third = ContactFactory(host=None, trip=trip, name="Omar Haddad", phone="+12135550191", email="", language="en")
    link = LeaderLinkFactory(trip=trip, contact=third)
    check_in = started(office, [rosa])
    text_in(PHONE, "2")

    told = {row.address: row.body for row in Message.objects.filter(template=actions.ALERTS)}
    assert PHONE not in told and "rosa@example.org" not in told
    assert check_in.get_absolute_url() in told[other.email] and "Rosa Lim" in told[other.email]
    assert reverse("travel:roster-check-in", args=[link.link, check_in.code]) in told["+12135550191"]


def test_without_a_link_that_works_a_leader_gets_no_address_that_asks_to_sign_in(trip, rosa, office):
    check_in = started(office, [], [traveler(trip)])
    actions.note(check_in.people.get(), Said.HELP)
    told = Message.objects.filter(template=actions.ALERTS, address__in=[PHONE, "rosa@example.org"])
    assert told.count() == 2 and not [row for row in told if "/check-ins/" in row.body]


def test_leaders_page_answers_in_their_language_and_says_who_else_leads(trip, rosa, office, client):
    leader_of(trip, name="Ruth Abebe")
    started(office, [rosa])
    address = reverse("travel:check-in-answer", args=[row_of(rosa).link])
    page = client.get(address)
    assert "Responda primero por usted" in page.text and "Ruth Abebe" in page.text and "Rosa Lim" not in page.text
    client.post(address, {"said": "help"})
    assert row_of(rosa).state == "help" and "Sabemos que necesita ayuda" in client.get(address).text


def test_nobody_sees_themselves_but_others_see_them(trip, office, sign_in):
    ruth = leader_of(trip)
    check_in = started(office, list(trip.leaders.all()))
    row = check_in.people.get()
    assert code_of(lambda: actions.note(row, Said.SEEN, by=ruth)) == "yourself"
    page = sign_in(ruth).get(check_in.get_absolute_url())
    assert row.link in page.text and 'value="seen"' not in page.text
    actions.note(row, Said.SEEN, by=office)
    assert check_in.people.get().state == "seen"
    assert code_of(lambda: actions.undo(row, by=ruth)) == "yourself"


def test_a_leader_with_a_link_works_the_board_of_their_trip_but_not_their_own_row(trip, rosa, office):
    link = LeaderLinkFactory(trip=trip, contact=rosa)
    other = ContactFactory(host=None, trip=trip, name="Omar Haddad", phone="")
    elsewhere = ContactFactory(host=None, trip=trip_away(), name="Far Away")
    check_in = started(office, [rosa, other, elsewhere])
    client = entered(link)
    page = client.get(reverse("travel:roster-check-in", args=[link.link, check_in.code])).text
    assert "Omar Haddad" in page and "Far Away" not in page
    for leader, state in ((rosa, "asked"), (other, "seen"), (elsewhere, "asked")):
        client.post(reverse("travel:roster-check-in-note", args=[link.link, row_of(leader).code]), {"said": "seen"})
        assert row_of(leader).state == state


def test_a_leader_who_is_taken_off_the_trip_stays_on_the_board(trip, rosa, office, sign_in):
    check_in = started(office, [rosa])
    rosa.delete()
    after(check_in, 10)
    row = check_in.people.get()
    assert (row.leader_name, row.leader, row.state) == ("Rosa Lim", None, "asked")
    assert "Rosa Lim" in sign_in(office).get(check_in.get_absolute_url()).text
    text_in(PHONE, "1")
    assert check_in.people.get().state == "safe"


def test_the_form_offers_the_leaders_of_the_trips_and_asks_those_who_are_checked(trip, rosa, office, sign_in):
    placement = traveler(trip)
    client = sign_in(office)
    address = reverse("travel:check-in-start")
    assert client.get(address).context["form"].initial["leaders"] == [placement.code, rosa.code]
    data = {"kind": "drill", "travelers": [placement.code], **WORDS}
    preview = client.post(address, data | {"leaders": [rosa.code], "preview": "1"})
    assert preview.context["count"] == 2 and preview.context["ways"]["text"] == 2
    client.post(address, data | {"start": "1"})
    assert not CheckInPerson.objects.filter(leader=rosa).exists()
    CheckIn.objects.update(started_at=timezone.now() - dt.timedelta(hours=1))
    client.post(address, data | {"leaders": [rosa.code], "start": "1"})
    client.post(address, data | {"leaders": [rosa.code], "start": "1"})
    assert CheckInPerson.objects.filter(leader=rosa).count() == 1


def test_a_person_travels_or_leads(trip, rosa, office):
    check_in = started(office, [rosa])
    again = {"leader": rosa, "leads": trip, "leader_name": "Rosa Lim"}
    for name, fields in (
        ("checkinperson_travels_or_leads", {}),
        ("checkinperson_travels_or_leads", {"leader": rosa, "leads": trip}),
        ("checkinperson_travels_or_leads", {"placement": traveler(trip), "leads": trip, "leader_name": "Rosa"}),
        ("checkinperson_leader_once_per_check_in", again),
    ):
        refused(name, lambda fields=fields: CheckInPerson.objects.create(check_in=check_in, **fields))


# --- Closed, reopened, deleted ------------------------------------------------------------------------


def test_closing_can_be_undone_for_a_day_and_the_clock_goes_on(trip, rosa, office, sign_in):
    check_in = started(office, [rosa], kind="drill")
    client = sign_in(office)
    client.post(reverse("travel:check-in-close", args=[check_in.code]))
    assert CheckIn.objects.get().closed_at
    assert "open it again" in client.get(check_in.get_absolute_url()).text
    for _twice in range(2):
        client.post(reverse("travel:check-in-reopen", args=[check_in.code]))
    check_in = CheckIn.objects.get()
    assert check_in.closed_at is None and check_in.reopened_by == office
    assert Event.objects.filter(action="check_in.reopen").count() == 1
    assert "opened again by" in client.get(check_in.get_absolute_url()).text
    after(check_in, 60)
    assert "call" in kinds(rosa)

    actions.close(check_in, by=office)
    CheckIn.objects.update(closed_at=timezone.now() - dt.timedelta(hours=25))
    check_in.refresh_from_db()
    assert code_of(lambda: actions.reopen(check_in, by=office)) == "too_late"
    assert "open it again" not in client.get(check_in.get_absolute_url()).text


def test_a_leader_reopens_only_the_check_in_they_started(trip, office, sign_in):
    ruth = leader_of(trip)
    theirs, ours = started(ruth, list(trip.leaders.all()), kind="drill"), started(office, list(trip.leaders.all()))
    actions.note(ours.people.get(), Said.SAFE, by_link=True)
    for check_in, status in ((theirs, 302), (ours, 403)):
        actions.close(check_in, by=office)
        assert sign_in(ruth).post(reverse("travel:check-in-reopen", args=[check_in.code])).status_code == status


def test_a_closed_check_in_is_deleted_after_its_days_and_an_open_or_held_one_stays(trip, rosa, office):
    old, held, fresh, still = (started(office, [], [traveler(trip, number)], kind="drill") for number in range(1, 5))
    placement = held.people.get().placement
    LegalHold.objects.create(student=placement.application.student, reason="A claim.", placed_by=office)
    for check_in in (old, held, fresh):
        actions.close(check_in, by=office)
    long_ago = timezone.now() - dt.timedelta(days=91)
    CheckIn.objects.exclude(pk=fresh.pk).filter(closed_at__isnull=False).update(closed_at=long_ago)
    CheckIn.objects.filter(pk=still.pk).update(started_at=long_ago)

    assert actions.forget(days=90, dry_run=True) == 1 and CheckIn.objects.count() == 4
    assert purge.PURGES["check_ins"](days=90, dry_run=False) == 1
    assert set(CheckIn.objects.all()) == {held, fresh, still}


def test_who_reopened_it_is_known(office):
    row = {"kind": "drill", "started_by": office, **WORDS, "reopened_at": timezone.now()}
    refused("checkin_reopened_at_and_by_together", lambda: CheckIn.objects.create(**row))
