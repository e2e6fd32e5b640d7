"""Rooms and groups: sealed wishes, a proposal, moves by hand, publishing, the list for host and leader, forgetting."""

import datetime as dt
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import ContactFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import Placement, Room, RoomPlan, RoomSeat, RoomWish, Trip
from travel.prepare.needs import actions as needs
from travel.prepare.rooms import actions as rooms
from travel.prepare.rooms import rooming
from travel.prepare.rooms.rooming import Guest, Space
from travel.prepare.rooms.rows import fault, guests_of, place_of, short_name, space_of, with_places

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def by():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(by, sign_in):
    return sign_in(by)


@pytest.fixture
def people(trip):
    names = ("Ana Ruiz", "Bea Lam", "Cyn Diaz", "Eva Park")
    called = {"application__student__preferred_name": ""}
    return [PlacementFactory(trip=trip, application__student__full_name=name, **called) for name in names]


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def add(trip, by, count=2, beds=2, **more):
    rooms.add_rooms(trip, count=count, beds=beds, **{"is_quiet": False, "is_accessible": False, **more}, by=by)


def together(one, other, kind="room"):
    where = dict(RoomSeat.objects.filter(kind=kind).values_list("placement", "room"))
    return where[one.pk] == where[other.pk]


def test_students_who_chose_each_other_share_and_read_only_first_names(office, by, sign_in, trip, people):
    ana, bea, cyn, eva = people
    for one, other in ((ana, eva), (eva, ana), (bea, ana)):
        client = sign_in(one.application.student)
        assert ("Ana R." in text(client.get(page("room", one.code)))) is (one is not ana)
        client.post(page("room", one.code), {"people": [other.code]})
    assert RoomWish.objects.get(placement=bea).said["people"] == [ana.code]
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM travel_roomwish")
        assert not any(ana.code in row[0] for row in cursor.fetchall())

    office.post(page("trip-rooms", trip.code), {"add": "yes", "count": "2", "beds": "2"})
    shown = text(office.get(page("trip-rooms", trip.code)))
    assert "Ana R. · Eva P." in shown
    assert "Bea L. ·" not in shown and "· Bea L." not in shown
    office.post(page("rooms-propose", trip.code))
    assert together(ana, eva) and together(bea, cyn)

    client = sign_in(ana.application.student)
    assert "With you:" not in text(client.get(page("room", ana.code)))
    for _twice in range(2):
        office.post(page("rooms-publish", trip.code))
    mine = text(client.get(page("room", ana.code)))
    assert "Room " in mine and "Eva P." in mine and "Bea" not in mine and "Park" not in mine
    assert Event.objects.filter(action="rooms.publish").count() == 1
    office.post(page("rooms-publish", trip.code), {"undo": "yes"})
    assert "With you:" not in text(client.get(page("room", ana.code)))


def test_the_office_offers_choices_and_only_the_same_choice_shares(office, by, sign_in, trip, people):
    url = page("rooms-setup", trip.code)
    seen = office.get(url).context["form"]["seen"].value()
    typed = {"options": "Women | Mujeres\n\nMen | Hombres", "wishes_max": "1", "mixes_colleges": "on", "seen": seen}
    office.post(url, typed)
    assert [each["es"] for each in RoomPlan.objects.get().options] == ["Mujeres", "Hombres"]
    for placement, option in zip(people, ("women", "men", "women", "men"), strict=True):
        sign_in(placement.application.student).post(page("room", placement.code), {"option": option})
    add(trip, by)
    rooms.propose(trip, by=by)
    ana, bea, cyn, eva = people
    assert together(ana, cyn) and together(bea, eva)
    with pytest.raises(RuleViolation, match="at most 1"):
        rooms.say(ana, option="", people=[bea.code, cyn.code], needs=[], by=ana.application.student)
    with pytest.raises(RuleViolation, match="has changed"):
        rooms.say(ana, option="", people=["nobody"], needs=[], by=ana.application.student)


def test_what_a_student_chose_on_another_trip_is_not_kept_from_them_here(by, trip, people):
    """Two trips offer other choices: who was moved would fit into no room of the new one."""
    ana, bea = people[:2]
    options = [{"key": "women", "en": "Women", "es": "Mujeres"}]
    RoomPlan.objects.create(trip=trip, options=options)
    said = {"option": "quiet house", "people": [bea.code, "gone"], "needs": ["quiet"]}
    RoomWish.objects.create(placement=ana, said=said)
    RoomWish.objects.create(placement=bea, said={"option": "women"})

    found = guests_of([ana, bea])

    assert [found[each.code].option for each in (ana, bea)] == ["", "women"]
    assert (found[ana.code].wishes, found[ana.code].needs) == ({bea.code}, {"quiet"})
    assert found[ana.code].college == ana.application.college.code
    nothing = guests_of([ana, bea], with_wishes=False).values()
    assert {(each.option, each.wishes, each.needs) for each in nothing} == {("", frozenset(), frozenset())}


def test_who_cannot_be_placed_is_named_and_nothing_changes(office, by, sign_in, trip, people):
    ana = people[0]
    sign_in(ana.application.student).post(page("room", ana.code), {"needs": ["accessible"]})
    add(trip, by)
    assert "No room is left that fits Ana Ruiz." in text(office.post(page("rooms-propose", trip.code), follow=True))
    assert not RoomSeat.objects.exists()
    assert "Some students have no room yet" in text(office.post(page("rooms-publish", trip.code), follow=True))
    add(trip, by, count=1, beds=1, is_accessible=True)
    rooms.propose(trip, by=by)
    assert RoomSeat.objects.get(placement=ana).room.is_accessible


def test_needs_are_opened_for_a_purpose_that_the_student_can_read(office, sign_in, trip, people):
    ana = people[0]
    student = sign_in(ana.application.student)
    student.post(page("room", ana.code), {"needs": ["own", "quiet"]})
    assert "a quiet room" not in text(office.get(page("trip-rooms", trip.code)))
    shown = text(office.post(page("trip-rooms", trip.code), {"needs": "yes"}))
    assert "Ana Ruiz: a room of your own, a quiet room" in shown
    assert "to plan rooms and meals" in text(student.get(page("placement-needs", ana.code)))


def test_people_are_moved_by_hand_within_beds_and_needs(office, by, sign_in, trip, people):
    ana, bea, cyn, eva = people
    add(trip, by, count=2, beds=2)
    add(trip, by, count=1, beds=1)
    rooms.say(eva, option="", people=[], needs=["own"], by=eva.application.student)
    one, two, single = Room.objects.order_by("number")
    move = lambda who, to: text(  # noqa: E731
        office.post(
            page("rooms-move", trip.code), {"kind": "room", "student": who.code, "to": to and to.code}, follow=True
        )
    )
    assert "Moved." in move(ana, one)
    move(ana, one)
    assert Event.objects.filter(action="rooms.move").count() == 1
    move(bea, one)
    assert "Room 1 is full." in move(cyn, one)
    assert "can’t share, by what they said" in move(eva, one) or "is full" in move(eva, one)
    move(cyn, two)
    assert "can’t share, by what they said" in move(eva, two)
    assert "Moved." in move(eva, single)
    assert "Moved." in move(cyn, "")
    assert not RoomSeat.objects.filter(placement=cyn).exists()


def test_small_groups_are_even_and_follow_wishes(office, by, sign_in, trip, people):
    ana, bea, cyn, eva = people
    rooms.say(ana, option="", people=[eva.code], needs=["own"], by=ana.application.student)
    rooms.say(eva, option="", people=[ana.code], needs=[], by=eva.application.student)
    office.post(page("rooms-propose", trip.code), {"size": "2"})
    assert together(ana, eva, "group") and together(bea, cyn, "group")
    with mock.patch.object(rooming, "BUNDLES", (0,)):  # too many ways to try all of them
        said = text(office.post(page("rooms-propose", trip.code), {"size": "2"}, follow=True))
    assert "another one may meet more wishes" in said
    with mock.patch.object(rooming, "SECONDS", 0.0):
        assert "no proposal in time" in text(office.post(page("rooms-propose", trip.code), {"size": "2"}, follow=True))
    assert RoomSeat.objects.filter(kind="group").count() == 4
    office.post(page("rooms-propose", trip.code), {"size": "1"})
    assert Room.objects.filter(kind="group").count() == 2


def test_the_list_is_for_the_office_and_for_leaders_once_it_is_published(office, by, sign_in, trip, people):
    leader = UserFactory(full_name="Joe Leader")
    ContactFactory(host=None, trip=trip, user=leader)
    add(trip, by)
    rooms.propose(trip, by=by)
    assert "Ana Ruiz" in text(office.get(page("rooms-list", trip.code)))
    assert "Ana Ruiz" not in text(sign_in(leader).get(page("rooms-list", trip.code)))
    rooms.publish(trip, by=by)
    assert "Ana Ruiz" in text(sign_in(leader).get(page("rooms-list", trip.code)))
    for person in (UserFactory(advisor=people[0].application.college), UserFactory(director=True)):
        assert sign_in(person).get(page("rooms-list", trip.code)).status_code in (403, 404)


def test_who_drops_out_is_in_no_room_and_chosen_by_nobody(by, sign_in, office, trip, people):
    ana, bea = people[:2]
    add(trip, by)
    rooms.propose(trip, by=by)
    bea.application.status = Status.WITHDRAWN
    bea.application.withdrawn_at = timezone.now()
    bea.application.save()
    assert "Bea" not in text(office.get(page("rooms-list", trip.code)))
    assert "Bea L." not in text(sign_in(ana.application.student).get(page("room", ana.code)))


def test_wishes_are_deleted_after_the_trip(trip, people):
    ana = people[0]
    rooms.say(ana, option="", people=[], needs=["quiet"], by=ana.application.student)
    Trip.objects.update(
        departed_at=timezone.now() - dt.timedelta(days=30), returned_at=timezone.now() - dt.timedelta(days=20)
    )
    assert needs.forget(days=21) == 0
    assert needs.forget(days=14, dry_run=True) == 1 and RoomWish.objects.exists()
    assert needs.forget(days=14) == 1 and not RoomWish.objects.exists()


def test_an_empty_answer_forgets_what_was_said(sign_in, people):
    ana = people[0]
    rooms.say(ana, option="", people=[], needs=["quiet"], by=ana.application.student)
    sign_in(ana.application.student).post(page("room", ana.code), {})
    assert not RoomWish.objects.exists()


def test_a_move_that_cannot_be_says_why(by, trip, people):
    ana, bea, cyn, eva = people
    add(trip, by, count=1, beds=2)
    rooms.say(ana, option="", people=[], needs=["quiet"], by=ana.application.student)
    room = Room.objects.get()
    with pytest.raises(RuleViolation, match="Room 1 isn’t what Ana Ruiz said they need"):
        rooms.move(ana, room, kind="room", by=by)
    rooms.move(bea, room, kind="room", by=by)
    rooms.move(cyn, room, kind="room", by=by)
    with pytest.raises(RuleViolation, match="Room 1 is full"):
        rooms.move(eva, room, kind="room", by=by)
    eva.application.status, eva.application.withdrawn_at = Status.WITHDRAWN, timezone.now()
    eva.application.save()
    with pytest.raises(RuleViolation, match="no longer on the trip"):
        rooms.move(eva, room, kind="room", by=by)
    group = Room.objects.create(trip=trip, kind="group", number=1, beds=2)
    rooms.move(ana, group, kind="group", by=by)  # needs are about rooms
    assert list(RoomSeat.objects.filter(kind="group").values_list("placement", flat=True)) == [ana.pk]
    event = Event.objects.filter(action="rooms.move").order_by("-pk").first()
    assert (event.by, event.target_id, event.changes) == (by, ana.pk, {"kind": "group", "to": 1})


def test_a_place_is_said_once_it_is_published(by, trip, people):
    ana = people[0]
    room = Room.objects.create(trip=trip, kind="room", number=7, beds=4)
    group = Room.objects.create(trip=trip, kind="group", number=2, beds=4)
    for each in people:
        rooms.move(each, room, kind="room", by=by)
    rooms.move(ana, group, kind="group", by=by)

    def places():
        return [place_of(each) for each in with_places(Placement.objects.filter(trip=trip)).order_by("pk")]

    assert places() == [""] * 4
    rooms.publish(trip, by=by)
    assert places() == ["Room 7 · Group 2", "Room 7", "Room 7", "Room 7"]
    rooms.unpublish(trip, by=by)
    assert places() == [""] * 4


def test_why_somebody_cannot_be_put_into_a_room(trip):
    quiet = Room(trip=trip, number=1, beds=2, is_quiet=True, is_accessible=False)
    lift = Room(trip=trip, number=2, beds=2, is_quiet=False, is_accessible=True)
    calm, wheels, plain, alone = (
        Guest("calm", needs=frozenset({"quiet"})),
        Guest("wheels", needs=frozenset({"accessible"})),
        Guest("plain"),
        Guest("alone", needs=frozenset({"own"})),
    )
    assert [fault(each, quiet, []) for each in (calm, wheels, plain, alone)] == ["", "needs", "", ""]
    assert [fault(each, lift, []) for each in (calm, wheels, plain, alone)] == ["needs", "", "", ""]
    assert fault(plain, quiet, [calm]) == "" and fault(alone, quiet, [plain]) == "share"
    assert fault(wheels, quiet, [calm, plain]) == "full"
    assert space_of(quiet) == Space("00001", 2, True, False) and space_of(lift) == Space("00002", 2, False, True)


def test_what_others_read_of_a_name(people):
    ana = people[0]
    student = ana.application.student
    assert short_name(ana) == "Ana R."
    for full, preferred, shown in (("Ana Maria Ruiz", "Annie", "Annie R."), ("Ana", "", "Ana"), ("", "Annie", "Annie")):
        student.full_name, student.preferred_name = full, preferred
        assert short_name(ana) == shown


def test_a_guest_has_what_they_said_and_only_people_of_the_trip(trip, people):
    ana, bea = people[:2]
    RoomPlan.objects.create(trip=trip, options=[{"key": "boat", "en": "Boat", "es": "Barco"}])
    RoomWish.objects.create(
        placement=ana,
        said={"option": "boat", "people": [ana.code, bea.code, "SOMEBODY"], "needs": ["quiet"]},
    )
    RoomWish.objects.create(placement=bea, said={"option": "train"})
    found = guests_of([ana, bea])
    college = ana.application.college.code
    assert found[ana.code] == Guest(ana.code, college, "boat", frozenset({bea.code}), frozenset({"quiet"}))
    assert found[bea.code] == Guest(bea.code, bea.application.college.code)
    assert guests_of([ana], with_wishes=False)[ana.code] == Guest(ana.code, college)


@pytest.mark.parametrize("name", ["trip-rooms", "rooms-list", "room"])
def test_the_pages_take_as_many_queries_for_many(name, office, by, sign_in, trip, people):
    add(trip, by, count=4, beds=4)
    rooms.propose(trip, by=by)
    rooms.publish(trip, by=by)
    student = sign_in(people[0].application.student)
    client, url = (student, page("room", people[0].code)) if name == "room" else (office, page(name, trip.code))
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _each in range(4):
        rooms.say(
            PlacementFactory(trip=trip),
            option="",
            people=[people[0].code],
            needs=["quiet"],
            by=people[0].application.student,
        )
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few) <= 14


@pytest.mark.both
def test_the_database_refuses(trip, people):
    room = Room.objects.create(trip=trip, number=1, beds=2)
    refused("room_number_once_per_trip", lambda: Room.objects.create(trip=trip, number=1, beds=2))
    refused("room_has_beds", lambda: Room.objects.create(trip=trip, number=2, beds=0))
    RoomSeat.objects.create(room=room, placement=people[0], kind="room")
    refused("roomseat_one_of_each_kind", lambda: RoomSeat.objects.create(room=room, placement=people[0], kind="room"))
    refused(
        "roomplan_published_at_and_by_together", lambda: RoomPlan.objects.create(trip=trip, published_at=timezone.now())
    )


def test_no_wish_is_asked_for_once_the_trip_has_begun(sign_in, trip, people):
    ana = people[0]
    client = sign_in(ana.application.student)
    assert "Nothing here is required" in text(client.get(page("room", ana.code)))
    left = timezone.now() - dt.timedelta(days=2)
    Trip.objects.update(leaves_on=in_days(-2), returns_on=in_days(5), departed_at=left)
    Placement.objects.update(travelled_at=left)
    shown = text(client.get(page("room", ana.code)))
    assert "Tell your leaders" in shown and "Nothing here is required" not in shown
    assert "tell your leaders" in text(client.post(page("room", ana.code), {"needs": ["quiet"]}))
    assert not RoomWish.objects.exists()
