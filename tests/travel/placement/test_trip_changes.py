"""A trip is canceled, postponed, rerouted or cut short: looked at first, then done once, told truly, kept on record."""

import datetime as dt
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from applications.base import waitlist
from applications.models import Cycle
from applications.standing import Standing
from applications.states import Status
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, OfficeTask
from tests import constraints
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import (
    CityStandingFactory,
    ContactFactory,
    EntryRuleFactory,
    FeasibleCitiesFactory,
    HostInstitutionFactory,
    HostLinkFactory,
    PlacementFactory,
    SigningLinkFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.signing import minutes_old
from travel.base.trip_stage import placed_standing
from travel.models import EmergencyContact, GoDecision, Placement, Room, RoomSeat, TicketName, TripChange
from travel.models.hosting import HostLink
from travel.placement import placing, trip_changes
from travel.placement.actions import placement as trips
from travel.placement.actions import trip_change as actions
from travel.placement.trip_changes import Kind, TripDates, problem
from travel.prepare.family import actions as family
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
WHY = {"reason_en": "The host’s building is closed.", "reason_es": "El edificio del anfitrión está cerrado."}


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip():
    trip = TripFactory(program_en="Mornings", program_es="Mañanas")
    ContactFactory(host=trip.host, name="Lourdes Favela")
    ContactFactory(host=None, trip=trip, name="Omar Haddad", email="omar@example.org", language="en")
    return trip


@pytest.fixture
def seat(trip):
    return PlacementFactory(trip=trip, checklist=True, application__student__language="es")


def drafted(trip, kind, office, **values):
    return actions.draft(trip, kind, values, **WHY, by=office)


def applied(trip, kind, office, **values):
    change = drafted(trip, kind, office, **values)
    actions.apply(change, seen=trip_changes.fingerprint(trip), by=office)
    trip.refresh_from_db()
    return change


def later(trip, days=60):
    return {
        "leaves_on": trip.leaves_on + dt.timedelta(days=days),
        "returns_on": trip.returns_on + dt.timedelta(days=days),
    }


def elsewhere(**more):
    return HostInstitutionFactory(city=PartnerCityFactory(), name="Elsewhere", **more)


def refused(act):
    with pytest.raises(RuleViolation) as raised:
        act()
    return raised.value.code


def kinds():
    return {kind.removeprefix("travel.trip_") for kind in OfficeTask.objects.open().values_list("kind", flat=True)}


# --- Dates ------------------------------------------------------------------------------------------

DAY = dt.date(2027, 6, 1)
some_days = st.integers(-60, 60)


@given(
    kind=st.sampled_from([Kind.POSTPONE, Kind.REROUTE, Kind.SHORTEN]),
    leaves=some_days,
    length=st.integers(-3, 60),
    was_length=st.integers(1, 90),
    today=some_days,
    has_left=st.booleans(),
)
def test_dates_without_a_problem_make_a_trip_that_can_be(kind, leaves, length, was_length, today, has_left):
    def day(number):
        return DAY + dt.timedelta(days=number)

    was, new = TripDates(DAY, None, day(was_length)), TripDates(day(leaves), None, day(leaves + length))
    if problem(kind, was, new, today=day(today), has_left=has_left):
        return
    assert new.leaves_on < new.returns_on
    if kind == Kind.SHORTEN:
        assert new.returns_on < was.returns_on
    else:
        assert new.leaves_on > day(today)
    if kind == Kind.POSTPONE:
        assert new.leaves_on > was.leaves_on


@pytest.mark.parametrize(
    ("kind", "new", "expected"),
    [
        (Kind.POSTPONE, (40, None, 50), ""),
        (Kind.POSTPONE, (5, None, 15), "not_later"),
        (Kind.POSTPONE, (40, None, 39), "dates_inverted"),
        (Kind.POSTPONE, (40, 45, 50), "arrival_impossible"),
        (Kind.POSTPONE, (40, 42, 50), ""),  # a night flight across the date line
        (Kind.REROUTE, (-1, None, 9), "leaves_in_the_past"),
        (Kind.SHORTEN, (10, None, 15), ""),
        (Kind.SHORTEN, (10, None, 20), "not_earlier"),
    ],
)
def test_each_problem_has_its_name_and_its_words(kind, new, expected):
    on = [None if each is None else DAY + dt.timedelta(days=each) for each in new]
    was = TripDates(DAY + dt.timedelta(days=10), None, DAY + dt.timedelta(days=20))
    found = problem(kind, was, TripDates(*on), today=DAY, has_left=False)
    assert found == expected and (not found or trip_changes.words_of(found))


def test_a_group_that_is_away_cannot_come_home_yesterday():
    was, new = TripDates(DAY, None, DAY + dt.timedelta(days=9)), TripDates(DAY, None, DAY + dt.timedelta(days=2))
    assert problem(Kind.SHORTEN, was, new, today=DAY + dt.timedelta(days=3), has_left=True) == "return_passed"


# --- Draft ------------------------------------------------------------------------------------------


def test_a_draft_changes_nothing_and_a_newer_one_replaces_it(trip, seat, office):
    first = drafted(trip, Kind.CANCEL, office)
    second = drafted(trip, Kind.POSTPONE, office, **later(trip))
    trip.refresh_from_db()
    first.refresh_from_db()
    assert first.discarded_at and second.is_draft
    assert trip.closed_at is None and not Message.objects.exists() and not OfficeTask.objects.exists()
    assert refused(lambda: actions.apply(first, seen=trip_changes.fingerprint(trip), by=office)) == "discarded"
    actions.discard(second, by=office)
    assert not TripChange.objects.drafted().exists()


def test_a_reason_is_needed_in_both_languages(trip, office):
    assert refused(lambda: actions.draft(trip, Kind.CANCEL, {}, reason_en="Storm", reason_es=" ", by=office)) == (
        "reason_needed"
    )


def test_what_changed_since_the_page_was_opened_is_looked_at_again(trip, seat, office):
    change, seen = drafted(trip, Kind.CANCEL, office), trip_changes.fingerprint(trip)
    PlacementFactory(trip=trip)
    assert refused(lambda: actions.apply(change, seen=seen, by=office)) == "changed_meanwhile"
    assert refused(lambda: actions.apply(change, seen="", by=office)) == "changed_meanwhile"


def test_confirming_twice_tells_once(trip, seat, office):
    change = applied(trip, Kind.CANCEL, office)
    count = Message.objects.count()
    actions.apply(change, seen="", by=office)
    assert Message.objects.count() == count
    assert refused(lambda: drafted(trip, Kind.CANCEL, office)) == "closed"
    assert refused(lambda: actions.discard(change, by=office)) == "applied"


# --- Cancel -----------------------------------------------------------------------------------------


def test_canceled_with_tickets_and_visas_out_nothing_is_lost(trip, seat, office):
    TicketName.objects.create(placement=seat, surnames="REYES", given="MARISOL", written_by=office)
    EntryRuleFactory(city=trip.city)
    item = seat.checklist_items.first()
    type(item).objects.filter(pk=item.pk).update(done_at=timezone.now(), done_by=seat.application.student)
    change = applied(trip, Kind.CANCEL, office)

    assert trip.closed_at and trip.closed_reason == WHY["reason_en"]
    assert kinds() == {f"canceled_{each}" for each in "tickets visas insurance host hotel costs seats".split()}
    assert {task.owner for task in OfficeTask.objects.all()} == {office}
    told = {message.address: message for message in Message.objects.filter(channel="email")}
    assert len(told) == 3 and {message.batch for message in told.values()} == {key_of(change)}
    mine = told[seat.application.student.email]
    assert "se canceló" in mine.body and WHY["reason_es"] in mine.body and WHY["reason_en"] not in mine.body
    assert WHY["reason_en"] in told["omar@example.org"].body

    seat = Placement.objects.select_related("trip", "application").get(pk=seat.pk)
    assert seat.application.status == Status.CONFIRMED and placed_standing(seat) == Standing.CONFIRMED
    assert seat.checklist_items.get(pk=item.pk).done_at


def test_the_students_pages_say_what_happened_and_what_is_next(trip, seat, office, sign_in):
    applied(trip, Kind.CANCEL, office)
    client = sign_in(seat.application.student)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    journey = client.get(reverse("travel:journey"))
    assert journey.context["journey"].step.action_href == seat.get_absolute_url()
    page = client.get(seat.get_absolute_url())
    assert WHY["reason_es"] in page.text and "otro viaje" in page.text
    for name in ("travel:placement-letter", "travel:checklist-detail"):
        assert client.get(reverse(name, args=[seat.code])).status_code in (200, 302)
    assert client.get(reverse("travel:passport-detail", args=[seat.application.code])).status_code == 200


def test_whose_trip_was_canceled_waits_for_a_seat_and_keeps_the_placement_with_the_next(trip, seat, office, sign_in):
    other = TripFactory(cycle=trip.cycle)
    seat.application.city_preferences.create(rank=1, city=trip.city)
    seat.application.city_preferences.create(rank=2, city=other.city)
    FeasibleCitiesFactory(application=seat.application)
    applied(trip, Kind.CANCEL, office)
    waiting = sign_in(office).get(reverse("travel:placement-waiting"), {"cycle": trip.cycle.code})
    assert seat.application in waiting.context["page_obj"].object_list
    room = Room.objects.create(trip=trip, number=1, beds=1)
    RoomSeat.objects.create(room=room, placement=seat, kind="room")
    tasks = set(OfficeTask.objects.values_list("kind", flat=True))
    inputs = placing.gather(trip.cycle)
    assert inputs.waiting == [seat.application.code] and inputs.sitting == {}

    run = trips.run(trip.cycle, by=office)
    trips.release(run, by=office)

    new = Placement.objects.get(application=seat.application)
    assert (new.pk, new.trip, new.rank) == (seat.pk, other, 2)
    assert Message.objects.filter(template="travel/placed", recipient=seat.application.student).exists()
    assert not RoomSeat.objects.exists(), "nobody keeps a bed on a canceled trip"
    assert set(OfficeTask.objects.values_list("kind", flat=True)) == tasks, "the group's tasks cover the canceled trip"


def test_a_canceled_trip_frees_no_seat_of_the_cycle(trip, seat, office):
    Cycle.objects.filter(pk=trip.cycle_id).update(seats=1)
    applied(trip, Kind.CANCEL, office)
    assert waitlist.free_seats(Cycle.objects.get(pk=trip.cycle_id)) == 0


def test_what_students_were_told_stays_true(trip, seat, office):
    applied(trip, Kind.CANCEL, office)
    assert refused(lambda: trips.reopen(trip, by=office)) == "students_told"


def test_a_trip_canceled_before_anyone_was_on_it_can_open_again(trip, office):
    applied(trip, Kind.CANCEL, office)
    assert trips.reopen(trip, by=office).closed_at is None


def test_the_hosts_link_ends_with_the_trip(trip, office):
    link = HostLinkFactory(trip=trip, contact=trip.host.contacts.get())
    applied(trip, Kind.CANCEL, office)
    assert not HostLink.objects.get(pk=link.pk).is_open


# --- Postpone, reroute, cut short -------------------------------------------------------------------


def test_postponed_what_is_done_stays_and_open_dates_move(trip, seat, office):
    done, still = seat.checklist_items.order_by("pk")[:2]
    type(done).objects.filter(pk=done.pk).update(done_at=timezone.now(), done_by=seat.application.student)
    before = still.do_by
    applied(trip, Kind.POSTPONE, office, **later(trip))
    done.refresh_from_db()
    still.refresh_from_db()
    assert done.done_at and still.do_by > before
    assert "changed_tickets" not in kinds() and {"changed_host", "changed_costs", "changed_insurance"} <= kinds()
    messages = Message.objects.filter(recipient=seat.application.student, channel="email")
    assert [message.template for message in messages] == ["travel/trip_changed"]


def test_a_passport_that_ends_too_soon_is_judged_again_and_a_person_talks(trip, seat, office):
    EntryRuleFactory(city=trip.city)
    case = seat.application.passport_case
    case.stage, case.expires_on, case.route = PassportStage.IN_HAND, trip.returns_on + dt.timedelta(days=200), "valid"
    case.save()
    change = drafted(trip, Kind.POSTPONE, office, **later(trip, 100))
    change.trip = trip
    assert trip_changes.preview(change).unsuited == [seat]
    actions.apply(change, seen=trip_changes.fingerprint(trip), by=office)
    talk = OfficeTask.objects.get(kind=trip_changes.TALK)
    assert (talk.person, talk.path) == (seat.application.student, seat.get_absolute_url())
    case.refresh_from_db()
    assert case.stage == PassportStage.GATHERING


def test_postponed_past_the_cycle_is_allowed_with_a_warning(trip, office):
    far = later(trip, 400)
    year = dt.timedelta(days=365)
    mine = trip.cycle
    CycleFactory(
        opens_at=mine.opens_at + year,
        closes_at=mine.closes_at + year,
        endorsements_due_on=far["leaves_on"] - dt.timedelta(days=30),
        readings_due_on=far["leaves_on"] - dt.timedelta(days=20),
        decisions_on=far["leaves_on"],
    )
    change = drafted(trip, Kind.POSTPONE, office, **far)
    change.trip = trip
    assert len(trip_changes.preview(change).warnings) == 1
    near = drafted(trip, Kind.POSTPONE, office, **later(trip, 5))
    near.trip = trip
    assert trip_changes.preview(near).warnings == []


def test_rerouted_the_student_reads_the_new_city_and_old_hosts_are_told(trip, seat, office, sign_in):
    host = elsewhere()
    new_contact = ContactFactory(host=host)
    FeasibleCitiesFactory(application=seat.application, is_everywhere=False)
    old = trip.city
    change = applied(trip, Kind.REROUTE, office, host=host, leaves_on=trip.leaves_on, returns_on=trip.returns_on)
    assert (trip.city, trip.host, trip.beds) == (host.city, host, None)
    assert change.before["city"] == old.code and change.after["city"] == host.city.code
    told = set(Message.objects.filter(template="travel/trip_changed_partner").values_list("address", flat=True))
    assert new_contact.email in told and len(told) == 3
    assert OfficeTask.objects.filter(kind=trip_changes.TALK, person=seat.application.student).exists()
    page = sign_in(seat.application.student).get(seat.get_absolute_url())
    assert page.context["why"] == [] and host.city.name in page.text


def test_a_city_that_already_has_a_trip_in_the_cycle_is_no_way_out(trip, office):
    other = TripFactory(cycle=trip.cycle)
    host = HostInstitutionFactory(city=other.city, name="Another house")
    assert refused(lambda: drafted(trip, Kind.REROUTE, office, host=host)) == "city_has_trip"
    assert refused(lambda: drafted(trip, Kind.REROUTE, office, host=trip.host)) == "same_host"


def test_a_group_that_is_away_can_only_come_home_earlier(office):
    seat = PlacementFactory(travelled=True)
    stayed = PlacementFactory(trip=seat.trip)
    trip = seat.trip
    assert refused(lambda: drafted(trip, Kind.CANCEL, office)) == "has_left"
    assert refused(lambda: drafted(trip, Kind.POSTPONE, office, **later(trip))) == "has_left"
    applied(trip, Kind.SHORTEN, office, returns_on=in_days(2))
    assert trip.returns_on == in_days(2)
    told = set(Message.objects.filter(template="travel/trip_changed").values_list("recipient", flat=True))
    assert told == {seat.application.student_id} and stayed.application.student_id not in told
    trips.bring_back(trip, by=office)
    trip.refresh_from_db()
    assert refused(lambda: drafted(trip, Kind.SHORTEN, office, returns_on=in_days(1))) == "is_home"


# --- Pages ------------------------------------------------------------------------------------------


def test_the_office_drafts_looks_and_confirms_with_a_fresh_proof(trip, seat, office, sign_in):
    client = sign_in(office)
    new = reverse("travel:trip-change-new", args=[trip.code])
    answer = client.post(f"{new}?kind=cancel", WHY)
    change = TripChange.objects.get()
    assert answer.url == change.get_absolute_url()
    page = client.get(answer.url)
    assert str(seat.application.student) in page.text and "Find other spots" in page.text
    assert 'lang="es">' in page.text and WHY["reason_es"] in page.text
    act = reverse("travel:trip-change-apply", args=[change.code])
    minutes_old(client, 16)
    client.post(act, {"seen": page.context["seen"]})
    change.refresh_from_db()
    assert change.is_draft
    client = sign_in(office)
    client.post(act, {"seen": page.context["seen"]})
    change.refresh_from_db()
    assert change.applied_by == office and change.effects["travelers"] == 1
    record = client.get(change.get_absolute_url())
    assert record.context["batch"].people == 1 and record.context["batch"].total >= 3
    assert change.get_absolute_url() in client.get(trip.get_absolute_url()).text
    event = Event.objects.get(action="trip.apply_change")
    assert (event.by, event.reason) == (office, WHY["reason_en"])


@pytest.mark.parametrize("kind", ["cancel", "postpone", "reroute", "shorten"])
def test_each_kind_has_its_form_and_says_what_is_wrong(trip, office, sign_in, kind):
    page = sign_in(office).post(f"{reverse('travel:trip-change-new', args=[trip.code])}?kind={kind}", {"reason_en": ""})
    assert page.status_code == 200 and page.context["form"].errors
    assert not TripChange.objects.exists()


def test_an_unknown_kind_is_not_found(trip, office, sign_in):
    assert sign_in(office).get(reverse("travel:trip-change-new", args=[trip.code]), {"kind": "sell"}).status_code == 404


@pytest.mark.parametrize("role", [{"advisor": True}, {"director": True}, {}])
def test_only_the_office_changes_a_trip(trip, office, sign_in, role):
    change, client = drafted(trip, Kind.CANCEL, office), sign_in(UserFactory(**role))
    for name in ("trip-change", "trip-change-apply", "trip-change-discard"):
        address = reverse(f"travel:{name}", args=[change.code])
        assert (client.get if name == "trip-change" else client.post)(address).status_code == 403
    assert client.get(reverse("travel:trip-change-new", args=[trip.code])).status_code == 403
    change.refresh_from_db()
    assert change.is_draft


def test_an_advisor_sees_no_decision_on_the_trips_page(trip, seat, office, sign_in):
    change = applied(trip, Kind.CANCEL, office)
    page = sign_in(UserFactory(advisor=seat.application.college)).get(trip.get_absolute_url())
    assert change.get_absolute_url() not in page.text


def test_the_preview_costs_the_same_for_three_travelers(trip, office, sign_in, django_assert_max_num_queries):
    for _ in range(3):
        PlacementFactory(trip=trip, checklist=True)
    change = drafted(trip, Kind.CANCEL, office)
    client = sign_in(office)
    client.get(change.get_absolute_url())
    with django_assert_max_num_queries(45):
        client.get(change.get_absolute_url())


def test_a_withdrawn_student_is_not_told(trip, seat, office):
    gone = PlacementFactory(trip=trip, application=ApplicationFactory(confirmed=True, cycle=trip.cycle))
    gone.application.move_to(Status.WITHDRAWN)
    gone.application.withdrawn_at = timezone.now()
    gone.application.save()
    applied(trip, Kind.CANCEL, office)
    assert not Message.objects.filter(recipient=gone.application.student).exists()


def test_messages_are_whole_in_both_languages(trip, seat, office):
    for kind, values in (
        (Kind.CANCEL, {}),
        (Kind.POSTPONE, later(trip)),
        (Kind.SHORTEN, {"returns_on": trip.returns_on - dt.timedelta(days=2)}),
    ):
        change = drafted(trip, kind, office, **values)
        change.trip = trip
        for language in ("en", "es"):
            seat.application.student.language = language
            with translation.override(language):
                email = trip_changes.to_student(seat, change, trip, trip_changes.changed(trip, change))[0]
            assert change.reason_es in email.body if language == "es" else change.reason_en in email.body


# --- Families ---------------------------------------------------------------------------------------


def shared(seat, **more):
    """A link that the student made for family."""
    given = {"label": "Mom", "language": "es", "parts": ["dates"], "ends_on": None} | more
    return family.make(seat, **given, by=seat.application.student)


def page_of(link):
    return Client().get(reverse("travel:family-page", args=[link.link]))


@pytest.fixture
def ana(seat):
    seat.application.student.preferred_name = "Ana"
    seat.application.student.save()
    return seat


@pytest.mark.parametrize("kind", Kind.values)
def test_a_family_with_an_address_gets_one_true_message_in_its_language(trip, ana, office, kind):
    link = shared(ana, email="mom@example.org", phone="+12135550177")
    shared(ana, email="mom@example.org", label="Mom again")
    values = {
        Kind.POSTPONE: later(trip),
        Kind.SHORTEN: {"returns_on": trip.returns_on - dt.timedelta(days=2)},
        Kind.REROUTE: {"host": elsewhere(), **later(trip, 5)},
    }.get(kind, {})
    sample = trip_changes.preview(drafted(trip, kind, office, **values)).samples[1]
    assert sample.count == 1 and link.link not in sample.drafts[0].body  # the link is the student's to give
    change = applied(trip, kind, office, **values)

    told = Message.objects.filter(template="travel/trip_changed_family")
    assert {(row.channel, row.address) for row in told} == {("email", "mom@example.org"), ("text", "+12135550177")}
    email = told.get(channel="email")
    assert WHY["reason_es"] in email.body and "Ana" in email.body and "usted" not in email.subject
    assert reverse("travel:family-page", args=[link.link]) in email.body
    assert {row.batch for row in told} == {key_of(change)}
    change.refresh_from_db()
    assert change.effects["families"] == 1
    mine = Message.objects.filter(template="travel/trip_changed", channel="email").get()
    assert "familia" not in mine.body


def test_a_guardian_who_was_sent_forms_hears_of_it_until_the_link_is_ended(trip, ana, office):
    guardian = SigningLinkFactory(placement=ana, email="dad@example.org", name="Raul", language="en", sent_at=None)
    change = drafted(trip, Kind.CANCEL, office)
    assert trip_changes.families_of([ana]).told == []  # it was only shown as a code
    type(guardian).objects.update(sent_at=timezone.now())
    actions.apply(change, seen=trip_changes.fingerprint(trip), by=office)
    email = Message.objects.get(address="dad@example.org")
    assert "Dear Raul" in email.body and "Ana’s trip" in email.body and "/family/" not in email.body

    type(guardian).objects.update(stopped_at=timezone.now(), stopped_by=ana.application.student)
    assert trip_changes.families_of([ana]).told == []


def test_nobody_but_those_the_student_chose_is_written_to(trip, ana, office):
    EmergencyContact.objects.create(
        placement=ana, number=1, said={"name": "Rosa", "phone": "+12135550188", "language": "es", "knows": True}
    )
    family.end(shared(ana, email="ended@example.org"), by=ana.application.student)
    applied(trip, Kind.CANCEL, office)
    assert not Message.objects.filter(template="travel/trip_changed_family").exists()


def test_without_an_address_the_student_is_asked_to_send_it_on_with_one_tap(trip, ana, office, sign_in):
    link = shared(ana, language="en")
    preview = trip_changes.preview(drafted(trip, Kind.CANCEL, office))
    assert (preview.families, preview.untold) == (0, [ana])
    assert "díselo tú" in preview.samples[0].drafts[0].body
    applied(trip, Kind.CANCEL, office)

    mine = Message.objects.get(template="travel/trip_changed", channel="email")
    assert "díselo tú" in mine.body
    client = sign_in(ana.application.student)
    page, links = client.get(ana.get_absolute_url()), reverse("travel:family-links", args=[ana.code])
    assert links in page.text
    sends = client.get(links).text
    address = quote(settings.SITE_URL + reverse("travel:family-page", args=[link.link]))
    assert "sms:?&amp;body=My%20trip%20to" in sends and f"is%20canceled.%20Here%E2%80%99s%20why%3A%20{address}" in sends
    assert "mailto:?subject=" in sends


def test_the_familys_page_says_that_the_trip_is_canceled_or_changed_and_why(trip, ana, office):
    link, other = shared(ana, language="en"), shared(ana, label="Dad")
    family.end(other, by=ana.application.student)
    applied(trip, Kind.POSTPONE, office, **later(trip))
    assert "This trip changed on" in page_of(link).text and WHY["reason_en"] in page_of(link).text
    fresh = shared(ana, label="Aunt", language="en")
    assert "This trip changed on" not in page_of(fresh).text  # it never showed anything else

    applied(trip, Kind.CANCEL, office)
    page = page_of(link)
    assert page.status_code == 200 and "is canceled" in page.text and WHY["reason_en"] in page.text
    assert ana.application.student.full_name not in page.text
    assert page_of(other).status_code == 410


def test_the_student_can_not_give_their_own_address(ana):
    own = ana.application.student.email.upper()
    assert refused(lambda: shared(ana, email=own)) == "own_address"
    link = shared(ana)
    given = {"label": "Mom", "language": "es", "parts": ["dates"], "ends_on": None}
    family.change(link, **given, email="mom@example.org", by=ana.application.student)
    link.refresh_from_db()
    assert link.email == "mom@example.org"


# --- Tables -----------------------------------------------------------------------------------------


def change_row(trip, office, **fields):
    return TripChange(**({"trip": trip, "kind": "cancel", "drafted_by": office} | WHY | fields))


def go_row(trip, **fields):
    return GoDecision(trip=trip, standing=CityStandingFactory(city=trip.city, value="level_3"), **fields)


BAD_ROWS = {
    "tripchange_applied_at_and_by_together": lambda trip, by: [change_row(trip, by, applied_at=timezone.now())],
    "tripchange_applied_or_discarded_not_both": lambda trip, by: [
        change_row(trip, by, applied_at=timezone.now(), applied_by=by, discarded_at=timezone.now())
    ],
    "tripchange_has_its_reason_in_both_languages": lambda trip, by: [change_row(trip, by, reason_es="")],
    "tripchange_one_draft_per_trip": lambda trip, by: [change_row(trip, by), change_row(trip, by)],
    "godecision_decided_at_by_result_and_reason_together": lambda trip, _by: [go_row(trip, result="go")],
    "godecision_waits_until_a_day": lambda trip, by: [
        go_row(trip, result="wait", reason="Sunday.", decided_at=timezone.now(), decided_by=by)
    ],
    "godecision_one_current_per_trip": lambda trip, _by: [
        GoDecision(trip=trip, standing=standing)
        for standing in [CityStandingFactory(city=trip.city, value="level_3")] * 2
    ],
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_constraint_refuses(trip, office, name):
    rows = BAD_ROWS[name](trip, office)
    constraints.refused(name, lambda: [row.save() for row in rows])


def test_every_constraint_has_its_bad_row():
    named = {each.name for model in (TripChange, GoDecision) for each in model._meta.constraints}
    assert named == set(BAD_ROWS)
