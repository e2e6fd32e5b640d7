"""Break-glass: a card for some minutes with a reason, told at once, read by the student, reviewed by another."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event, Fact, Message, OfficeTask
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import travel_facts
from tests.travel.abroad.check_ins import leader_of, traveler, trip_away
from travel.abroad.actions import break_glass as actions
from travel.abroad.actions import incidents
from travel.models import BreakGlass, EmergencyContact, IncidentHandler, NeedsPart, PracticalNeeds, Trip
from travel.office.retention import erasing
from travel.prepare.needs import opening as cards

pytestmark = pytest.mark.django_db

REASON = "She fainted beside our group and her leader doesn’t answer."
HEALTH, CONTACT = "INSULIN-IN-THE-FRIDGE", "Rosa Contact"


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def trip():
    return trip_away()


@pytest.fixture
def ana(trip):
    placement = traveler(trip, 1)
    needs = {"health": HEALTH, "medicines": "", "support": "", "parts": [NeedsPart.HEALTH]}
    PracticalNeeds.objects.create(placement=placement, needs=needs)
    said = {"name": CONTACT, "relation": "parent", "relation_words": "", "phone": "+12135550123"}
    said |= {"language": "es", "language_words": "", "knows": True}
    EmergencyContact.objects.create(placement=placement, number=1, said=said)
    return placement


@pytest.fixture
def far_leader(trip):
    """Leads another group in the same city now."""
    return leader_of(trip_away(city=trip.city, host=trip.host), "Far Leader")


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def start(client, placement, reason=REASON):
    return client.post(reverse("travel:break-glass"), {"who": placement.code, "reason": reason})


def test_a_leader_of_another_group_opens_it_with_a_reason_and_the_office_knows(sign_in, ana, far_leader, office):
    client = sign_in(far_leader)
    sent = start(client, ana)
    assert sent.status_code == 302
    text = client.get(sent.url).text
    assert HEALTH in text and CONTACT in text
    messages = Message.objects.filter(template=actions.ALERT)
    assert {each.recipient for each in messages} == set(roles.coordinators())
    for told in messages:
        assert told.is_urgent
        for private in (REASON, ana.application.student.full_name, HEALTH):
            assert private not in told.subject + told.body
    assert OfficeTask.objects.get(kind=actions.TO_REVIEW).path == sent.url
    assert Event.objects.filter(action=cards.OPEN, target_id=ana.pk, by=far_leader).exists()
    seen = AccessRecord.objects.get(by=far_leader)
    assert (seen.student, seen.role, seen.what) == (ana.application.student, "other_leader", "card")
    student = sign_in(ana.application.student).get(reverse("travel:placement-needs", args=[ana.code])).text
    assert REASON in student and "a leader of another trip" in student


def test_a_leader_is_led_there_only_while_another_group_is_in_that_city(sign_in, trip, far_leader):
    client = sign_in(far_leader)
    link, incidents = f'href="{reverse("travel:break-glass")}"', reverse("travel:incident-list")
    assert link not in client.get(incidents).text
    assert client.get(reverse("travel:break-glass")).status_code == 403
    traveler(trip, 1)
    assert link in client.get(incidents).text


def test_it_closes_after_the_minutes_of_the_fact(sign_in, ana, far_leader):
    client = sign_in(far_leader)
    address = start(client, ana).url
    use = BreakGlass.objects.get()
    assert use.until - use.opened_at == dt.timedelta(minutes=30)
    BreakGlass.objects.update(opened_at=timezone.now() - dt.timedelta(hours=1), until=timezone.now())
    text = client.get(address).text
    assert HEALTH not in text and "The time is over" in text
    use.refresh_from_db()
    with pytest.raises(RuleViolation) as violation:
        actions.open_card(use, by=far_leader)
    assert violation.value.code == "over"
    Fact.objects.filter(key=actions.MINUTES).update(value=10)
    assert actions.begin(ana, reason=REASON, by=far_leader).is_open(timezone.now() + dt.timedelta(minutes=9))


def test_two_taps_use_it_once(ana, far_leader, office):
    first, again = (actions.begin(ana, reason=REASON, by=far_leader) for _ in range(2))
    assert first == again
    assert Message.objects.filter(template=actions.ALERT, recipient=office).count() == 1


@pytest.mark.parametrize("reason", ["", "x", "   too short      "])
def test_without_a_reason_nothing_opens(reason, sign_in, ana, far_leader):
    answer = start(sign_in(far_leader), ana, reason)
    assert answer.status_code == 200
    assert not BreakGlass.objects.exists() and not Event.objects.filter(action=cards.OPEN).exists()
    with pytest.raises(RuleViolation):
        actions.begin(ana, reason=reason, by=far_leader)


def test_it_asks_for_a_fresh_proof(sign_in, ana, far_leader, settings):
    client = sign_in(far_leader)
    use = actions.begin(ana, reason=REASON, by=far_leader)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    assert start(client, ana).status_code == 302
    for address in (reverse("travel:break-glass"), use.get_absolute_url()):
        answer = client.get(address)
        assert answer.status_code == 302 and "reauthenticate" in answer.url
    assert BreakGlass.objects.count() == 1


@pytest.fixture
def people(trip, ana, far_leader, office):
    handler = UserFactory(coordinator=True)
    IncidentHandler.objects.create(user=handler, named_by=office)
    former = leader_of(trip_away(city=trip.city, host=trip.host), "Former Leader")
    former_trip = former and trip.__class__.objects.get(leaders__user=former)
    former_trip.leaves_on, former_trip.returns_on = trip.leaves_on - dt.timedelta(90), trip.leaves_on - dt.timedelta(80)
    former_trip.save()
    elsewhere = trip_away(cycle=trip.cycle)
    return {
        "handler": handler,
        "coordinator": office,
        "leader of the trip": leader_of(trip, "Own Leader"),
        "leader of another trip there": far_leader,
        "leader in another city": leader_of(elsewhere, "Elsewhere"),
        "former leader": former,
        "advisor": UserFactory(advisor=ana.application.college),
        "director": UserFactory(director=True),
        "another student": UserFactory(),
        "the student": ana.application.student,
    }


# what each role may open: the incident, the card with a listed purpose, the card by break-glass
BY_ROLE = {
    "handler": {"incident", "card", "break-glass"},
    "coordinator": {"card", "break-glass"},
    "leader of the trip": {"card"},
    "leader of another trip there": {"break-glass"},
    "leader in another city": set(),
    "former leader": set(),
    "advisor": set(),
    "director": set(),
    "another student": set(),
    "the student": set(),
}


@pytest.mark.parametrize("role", BY_ROLE)
def test_who_opens_what(role, sign_in, people, trip, ana, office):
    moment = timezone.now() - dt.timedelta(hours=1)
    incident = incidents.report(
        trip, severity="minor", happened_at=moment, text="A fall.", where="Stairs", placements=[ana], by=office
    )
    client = sign_in(people[role])
    found = set()
    if client.get(incident.get_absolute_url()).status_code == 200:
        found.add("incident")
    purpose = {"who": ana.code, "purpose": "care"}
    opened = client.post(reverse("travel:trip-cards", args=[trip.code]), purpose)
    if opened.status_code == 200 and HEALTH in opened.text and CONTACT in opened.text:
        found.add("card")
    sent = start(client, ana)
    if sent.status_code == 302 and HEALTH in client.get(sent.url).text:
        found.add("break-glass")
    assert found == BY_ROLE[role]
    assert BreakGlass.objects.exists() == ("break-glass" in found)


def test_nobody_else_opens_the_card_of_a_running_use(sign_in, people, ana, far_leader):
    use = actions.begin(ana, reason=REASON, by=far_leader)
    for role, person in people.items():
        answer = sign_in(person).get(use.get_absolute_url())
        assert (answer.status_code == 200 and HEALTH in answer.text) == (person == far_leader), role
        with_reason = answer.status_code == 200 and REASON in answer.text
        assert with_reason == (role in ("handler", "coordinator", "leader of another trip there")), role


def test_another_coordinator_reviews_and_nobody_their_own(sign_in, ana, office):
    use = actions.begin(ana, reason=REASON, by=office)
    own = sign_in(office)
    assert "Someone else reviews this one." in own.get(reverse("travel:break-glass-list")).text
    assert own.post(reverse("travel:break-glass-review", args=[use.code]), {"review": "fitting"}).status_code == 400
    use.refresh_from_db()
    assert not use.review

    reviewer = UserFactory(coordinator=True)
    client = sign_in(reviewer)
    assert use.get_absolute_url() in client.get(reverse("travel:break-glass-list")).text
    address = reverse("travel:break-glass-review", args=[use.code])
    missing = client.post(address, {"review": "not"})
    assert missing.status_code == 400 and "Say what was wrong" in missing.text
    client.post(address, {"review": "not", "text": "The leader was there. We talked."})
    use.refresh_from_db()
    assert (use.review, use.review_text, use.reviewed_by) == ("not", "The leader was there. We talked.", reviewer)
    assert OfficeTask.objects.get(kind=actions.TO_REVIEW).done_by == reviewer
    text = client.get(reverse("travel:break-glass-list")).text
    assert "Nothing to review." in text and str(reviewer) in text


def test_uses_go_in_time_and_with_the_application(ana, far_leader, office):
    use = actions.begin(ana, reason=REASON, by=far_leader)
    old = timezone.now() - dt.timedelta(days=10)
    BreakGlass.objects.update(opened_at=old, until=old + dt.timedelta(minutes=1))
    assert actions.forget(days=5) == 0  # nobody has reviewed it
    actions.review(use, result="fitting", text="", by=office)
    assert actions.forget(days=5, dry_run=True) == 1
    assert actions.forget(days=5) == 1
    actions.begin(ana, reason=REASON, by=far_leader)
    erasing.erase([ana.application_id])
    assert not BreakGlass.objects.exists()


BAD_ROWS = {
    "breakglass_ends_after_it_began": lambda use: {"until": use.opened_at},
    "breakglass_reviewed_at_by_and_how_together": lambda use: {"review": "fitting"},
    "breakglass_stopped_by_someone": lambda use: {"stopped_at": use.opened_at},
    "breakglass_reviewed_by_another_or_later": lambda use: {
        "review": "fitting",
        "reviewed_at": timezone.now(),
        "reviewed_by": use.by,
    },
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_the_database_refuses(name, ana, far_leader):
    use = actions.begin(ana, reason=REASON, by=far_leader)
    refused(name, lambda: BreakGlass.objects.filter(pk=use.pk).update(**BAD_ROWS[name](use)))


def test_who_no_longer_leads_or_works_in_the_office_opens_nothing_within_the_minutes(sign_in, ana, far_leader, office):
    led = Trip.objects.led_now_by(far_leader).get()
    for person, ends in ((far_leader, lambda: led.leaders.all().delete()), (office, office.roles.all().delete)):
        use = actions.begin(ana, reason=REASON, by=person)
        assert actions.open_card(use, by=person)
        ends()
        with pytest.raises(RuleViolation) as raised:
            actions.open_card(use, by=type(person).objects.get(pk=person.pk))
        assert raised.value.code == "over"
        page = sign_in(person).get(use.get_absolute_url())
        assert page.status_code == 200 and CONTACT not in page.text


def test_the_office_reads_that_nobody_confirmed_the_minutes(sign_in, ana, office):
    Fact.objects.filter(key=actions.MINUTES).update(is_confirmed=False)
    address = reverse("travel:break-glass")
    assert "No one has confirmed" in sign_in(office).get(address).text
    Fact.objects.filter(key=actions.MINUTES).update(is_confirmed=True)
    assert "No one has confirmed" not in sign_in(office).get(address).text
