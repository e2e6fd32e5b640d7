"""A student asks for another trip by phone: the office records it, the student reads it and objects, it is undone."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Statement
from applications.release.actions import statements
from exchange.base import office_tasks
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days
from tests.releasing import words
from tests.travel.placement.moves import seated, trips
from travel.models import FamilyLink, Placement, PlacementRun, TicketName
from travel.placement.actions import move
from travel.placement.moving import Reason

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facts_of_moves")]
TRIP = Statement.What.TRIP


def page_of(seat):
    return reverse("applications:statement-record", args=[seat.application.code, TRIP])


def given(office, trip, **more):
    heard = {"heard": "phone", "heard_on": str(timezone.localdate()), "heard_by": office.pk, "reason": ""}
    return {**heard, "trip": trip.code, **more}


def recorded(office, seat, trip, client):
    """Press the button, once more where there's something to read first."""
    answer = client.post(page_of(seat), given(office, trip))
    if answer.status_code == 200 and answer.context["warnings"]:
        answer = client.post(page_of(seat), given(office, trip, warned=answer.context["warned"]))
    assert answer.status_code == 302, answer.context["form"].errors
    return Statement.objects.latest("pk")


def told(template):
    return list(Message.objects.filter(template=template, channel="email", dropped_at=None).order_by("pk"))


def test_it_is_recorded_from_the_file_and_the_student_is_told_once(office, ana, paris, sign_in):
    client = sign_in(office)
    assert page_of(ana) in client.get(ana.application.get_absolute_url()).text
    page = words(client.get(page_of(ana)))
    assert "Change the trip for the student?" in page
    assert "2 free spots (first choice)" in page
    assert "Right now they’re on the trip to Hanoi" in page and page.count("Hanoi") == 1, "it's no choice"

    statement = recorded(office, ana, paris, client)

    assert trips(ana) == ["paris"]
    assert (statement.what, statement.heard_by, statement.recorded_by) == (TRIP, office, office)
    (message,) = told("applications/said")
    assert message.recipient == ana.application.student
    assert "Anotamos que cambias del viaje a Hanói al viaje a París." in message.body
    assert statement.get_absolute_url() in message.body
    assert not told("travel/moved_by_office"), "one message, not two"
    event = Event.objects.get(action="placement.move_by_hand", target_id=ana.pk)
    assert (event.reason, event.changes["reason_es"]) == ("You asked for this trip.", "Pediste este viaje.")
    assert OfficeTask.objects.open().filter(kind="travel.joins").exists()
    student = sign_in(ana.application.student)
    assert "You asked for this trip." in words(student.get(ana.get_absolute_url()))
    own = words(student.get(statement.get_absolute_url()))
    assert "We recorded that you’re changing from the trip to Hanoi to the trip to Paris." in own


def test_the_family_is_told_as_of_any_move_and_without_an_address_the_student_is_asked_to(office, ana, paris, sign_in):
    FamilyLink.objects.create(
        placement=ana,
        label="mamá",
        language="es",
        email="mama@example.org",
        expires_at=timezone.now() + dt.timedelta(days=9),
    )
    FamilyLink.objects.create(
        placement=ana, label="abuela", language="es", expires_at=timezone.now() + dt.timedelta(days=9)
    )
    recorded(office, ana, paris, sign_in(office))

    (family,) = told("travel/moved_by_office_family")
    assert family.address == "mama@example.org"
    assert "Ana pidió este viaje." in family.body
    (message,) = told("applications/said")
    assert "díselo tú a tu familia" in message.body


def test_what_the_office_should_know_is_read_before_anything_is_done(office, ana, hanoi, paris, sign_in):
    ApplicationFactory(confirmed=True, cycle=hanoi.cycle)
    client = sign_in(office)

    page = client.post(page_of(ana), given(office, paris))

    assert "1 confirmed student is still waiting for a spot in the next placement." in words(page)
    assert "Read this first. Nothing was done yet." in words(page)
    assert trips(ana) == ["hanoi"] and not Statement.objects.exists()
    ApplicationFactory(confirmed=True, cycle=hanoi.cycle)
    again = client.post(page_of(ana), given(office, paris, warned=page.context["warned"]))
    assert again.status_code == 200, "what changed since is read again"
    client.post(page_of(ana), given(office, paris, warned=again.context["warned"]))
    assert trips(ana) == ["paris"]


def test_a_day_that_cannot_be_is_said_before_the_warnings(office, ana, hanoi, paris, sign_in):
    ApplicationFactory(confirmed=True, cycle=hanoi.cycle)
    page = sign_in(office).post(page_of(ana), given(office, paris, heard_on=str(in_days(1))))
    assert page.context["form"].errors == {
        "heard_on": ["That day hasn’t come yet. Enter the day the student told you."]
    }
    assert not page.context["warnings"] and "Read this first." not in words(page)


def test_who_comes_second_reads_that_the_student_was_moved_meanwhile(office, ana, cycle, hanoi, paris, sign_in):
    lima = TripFactory(cycle=cycle)
    ana.application.city_preferences.create(rank=3, city=lima.city)
    second = sign_in(UserFactory(coordinator=True))
    page = second.get(page_of(ana))
    assert "Right now they’re on the trip to Hanoi" in words(page)
    was = page.context["form"]["was"].value()
    recorded(office, ana, paris, sign_in(office))
    office_page = {"was": was, "reason": "She prefers it."}

    why = "Ana Ruiz was moved to the trip to Paris meanwhile. Nothing was changed. Check whether this still holds."
    for trip in (lima, paris):
        page = second.post(page_of(ana), given(office, trip, **office_page))
        assert page.context["form"].errors == {"__all__": [why]}
        assert "She prefers it." in page.text
    page = second.post(page_of(ana), given(office, lima, **office_page))
    assert page.context["form"]["trip"].value() == lima.code
    with pytest.raises(RuleViolation, match="meanwhile"):
        more = {"heard": "phone", "heard_on": timezone.localdate(), "heard_by": office, "reason": ""}
        statements.record(ana.application, TRIP, by=office, trip=lima.code, was=hanoi.code, **more)
    assert trips(ana) == ["paris"]

    second.post(page_of(ana), given(office, lima, was=page.context["form"]["was"].value()))
    assert trips(ana) == [lima.city.code], "what was read is said once"


def test_the_file_says_from_where_to_where(office, ana, hanoi, paris, sign_in):
    client = sign_in(office)
    recorded(office, ana, paris, client)
    recorded(office, ana, hanoi, client)
    page = words(client.get(ana.application.get_absolute_url()))
    assert "Changes to another trip</strong>: Hanoi to Paris, said by phone, " in page
    assert "Changes to another trip</strong>: Paris to Hanoi, said by phone, " in page


def test_a_second_tap_records_it_once_and_another_trip_is_another_wish(office, ana, cycle, paris, sign_in):
    client = sign_in(office)
    recorded(office, ana, paris, client)
    assert "Recorded." in words(client.post(page_of(ana), given(office, paris), follow=True))
    assert Statement.objects.count() == 1 and len(told("applications/said")) == 1

    lima = TripFactory(cycle=cycle)
    ana.application.city_preferences.create(rank=3, city=lima.city)
    recorded(office, ana, lima, client)
    assert Statement.objects.count() == 2 and trips(ana) == [lima.city.code]


# --- Undone ------------------------------------------------------------------------------------------


def undo(client, statement):
    return words(client.post(reverse("applications:statement-undo", args=[statement.code]), follow=True))


def test_it_is_undone_within_a_day_and_the_student_hears_of_it_once(office, ana, paris, sign_in):
    FamilyLink.objects.create(
        placement=ana,
        label="m",
        language="en",
        email="mom@example.org",
        expires_at=timezone.now() + dt.timedelta(days=9),
    )
    client = sign_in(office)
    statement = recorded(office, ana, paris, client)
    (family,) = told("travel/moved_by_office_family")
    outbox.deliver(family.pk)

    assert "Undone. We’re letting the student know." in undo(client, statement)

    seat = Placement.objects.get(pk=ana.pk)
    assert (trips(ana), seat.rank, seat.placed_at) == (["hanoi"], 2, ana.placed_at)
    assert len(told("applications/said_undone")) == 1 and not told("travel/moved_by_office")
    assert told("travel/moved_by_office_family")[-1].subject == "Ana is going to Hanoi after all"
    assert not OfficeTask.objects.open().filter(source__startswith="travel.move:").exists()
    undo(client, statement)
    assert len(told("applications/said_undone")) == 1


def test_of_two_changes_the_later_one_is_undone_first(office, ana, hanoi, paris, sign_in):
    client = sign_in(office)
    there = recorded(office, ana, paris, client)
    back = recorded(office, ana, hanoi, client)

    assert "They’ve been moved again since, so nothing was changed. Undo the later move first." in undo(client, there)
    there.refresh_from_db()
    assert (trips(ana), there.undone_at) == (["hanoi"], None)
    assert not told("applications/said_undone")

    assert "Undone." in undo(client, back) and trips(ana) == ["paris"]
    assert "Undone." in undo(client, there) and trips(ana) == ["hanoi"]
    assert Placement.objects.get(pk=ana.pk).placed_at == ana.placed_at
    assert not OfficeTask.objects.open().filter(source__startswith="travel.move:").exists()


def test_after_the_later_of_two_moves_is_undone_both_pages_say_why_they_are_on_the_first(
    office, ana, cycle, paris, sign_in
):
    lima = TripFactory(cycle=cycle)
    ana.application.city_preferences.create(rank=3, city=lima.city)
    move.move(ana, paris, reason=Reason("Hanoi lost a room.", "Hanói perdió un cuarto."), by=office)
    client, student = sign_in(office), sign_in(ana.application.student)
    later = recorded(office, ana, lima, client)
    assert "The student asked for this trip." in words(client.get(ana.get_absolute_url()))
    assert "You asked for this trip." in words(student.get(ana.get_absolute_url()))

    assert "Undone." in undo(client, later)

    for page in (words(client.get(ana.get_absolute_url())), words(student.get(ana.get_absolute_url()))):
        assert "Hanoi lost a room." in page
        assert "asked for this trip." not in page


def open_tasks():
    rows = OfficeTask.objects.open().filter(source__startswith="travel.move:").select_related("person")
    return sorted(str(office_tasks.words_of(row).title) for row in rows)


def test_a_move_back_leaves_no_task_that_contradicts_it_and_its_undo_brings_them_again(
    office, ana, hanoi, paris, sign_in
):
    TicketName.objects.create(placement=ana, given="ANA", surnames="RUIZ", written_by=office)
    client = sign_in(office)
    recorded(office, ana, paris, client)
    of_the_first = open_tasks()
    assert "Tell the host in Hanoi that Ana Ruiz isn’t coming" in of_the_first
    assert "Cancel or change Ana Ruiz’s ticket to Hanoi" in of_the_first

    back = recorded(office, ana, hanoi, client)
    assert open_tasks() == [], "nobody in Paris knows of her, and Hanoi still expects her"
    dropped = OfficeTask.objects.filter(dropped_at__isnull=False)
    events = Event.objects.filter(action="office_task.drop", by=office)
    assert sorted(events.values_list("target_id", flat=True)) == sorted(dropped.values_list("pk", flat=True))

    undo(client, back)
    assert open_tasks() == of_the_first
    assert Event.objects.filter(action="office_task.reopen").count() == len(of_the_first)


def test_what_was_done_before_a_move_back_has_to_be_done_the_other_way(office, ana, hanoi, paris, sign_in):
    client = sign_in(office)
    recorded(office, ana, paris, client)
    for kind in ("travel.joins", "travel.leaves_host"):
        office_tasks.finish(OfficeTask.objects.get(kind=kind), by=office)

    recorded(office, ana, hanoi, client)

    assert open_tasks() == [
        "Add Ana Ruiz to the trip to Hanoi",
        "Take Ana Ruiz off the group insurance for Paris",
        "Tell the host in Paris that Ana Ruiz isn’t coming",
    ]


def test_after_a_day_it_stays(office, ana, paris, sign_in):
    statement = recorded(office, ana, paris, sign_in(office))
    Statement.objects.update(recorded_at=timezone.now() - dt.timedelta(hours=25))
    statement.refresh_from_db()
    with pytest.raises(RuleViolation, match="has passed"):
        statements.undo(statement, by=office)
    assert trips(ana) == ["paris"]


def _moves_on(seat, office, hanoi):
    lima = TripFactory(cycle=hanoi.cycle)
    seat.application.city_preferences.create(rank=3, city=lima.city)
    move.move(Placement.objects.get(pk=seat.pk), lima, reason=Reason("Again.", "Otra vez."), by=office)


def _seat_is_taken(seat, office, hanoi):
    hanoi.seats = 1
    hanoi.save()
    PlacementFactory(trip=hanoi)


def _task_is_done(seat, office, hanoi):
    office_tasks.finish(OfficeTask.objects.get(kind="travel.leaves_host"), by=office)


NEXT = {
    _moves_on: "They’ve been moved again since, so nothing was changed. Undo the later move first.",
    _seat_is_taken: "Their spot on the trip to Hanoi went to someone else.",
    _task_is_done: "Someone in the office has already done a task of this move.",
}


@pytest.mark.parametrize("goes_on", NEXT)
def test_undo_after_the_next_step_leaves_it_and_says_why(goes_on, office, ana, hanoi, paris, sign_in):
    client = sign_in(office)
    statement = recorded(office, ana, paris, client)
    goes_on(ana, office, hanoi)
    before = trips(ana)

    assert NEXT[goes_on] in undo(client, statement)

    statement.refresh_from_db()
    assert (trips(ana), statement.undone_at) == (before, None)
    assert not told("applications/said_undone")


def test_the_student_objects_and_the_office_has_a_task(office, ana, paris, sign_in):
    statement = recorded(office, ana, paris, sign_in(office))
    sign_in(ana.application.student).post(statement.get_absolute_url(), {"body": "I never said that."})
    assert OfficeTask.objects.open().filter(kind=statements.TASK).get().owner == office
    assert "The student says this is wrong" in words(sign_in(office).get(ana.application.get_absolute_url()))


# --- Why not -----------------------------------------------------------------------------------------


def _no_other_trip(seat, office, hanoi, paris):
    paris.closed_at, paris.closed_by, paris.closed_reason = timezone.now(), office, "x"
    paris.save()


def _no_city_of_theirs(seat, office, hanoi, paris):
    seat.application.city_preferences.filter(city=paris.city).delete()


def _not_marked_for_them(seat, office, hanoi, paris):
    marked = seat.application.feasible_cities
    marked.is_everywhere = False
    marked.save()
    marked.cities.set([hanoi.city])


def _all_full(seat, office, hanoi, paris):
    PlacementFactory.create_batch(2, trip=paris)


def _release_under_way(seat, office, hanoi, paris):
    PlacementRun.objects.create(
        cycle=hanoi.cycle, seed=1, inputs_hash="0" * 64, run_by=office, released_at=timezone.now(), released_by=office
    )


WHY = {
    _no_other_trip: "Their cycle has no other trip that’s still ahead.",
    _no_city_of_theirs: "No other trip of their cycle goes to a city they can be placed in.",
    _not_marked_for_them: "No other trip of their cycle goes to a city they can be placed in.",
    _all_full: "All the other trips they could join are full.",
    _release_under_way: "Spots in this cycle are being given out right now. Try again in a few minutes.",
}


@pytest.mark.parametrize("stands", WHY)
def test_where_no_trip_can_be_had_the_page_says_why_and_what_to_do(stands, office, ana, hanoi, paris, sign_in):
    stands(ana, office, hanoi, paris)
    client = sign_in(office)
    assert page_of(ana) in client.get(ana.application.get_absolute_url()).text

    page = client.get(page_of(ana))

    assert WHY[stands] in words(page)
    assert reverse("applications:statement-record", args=[ana.application.code, "higher"]) in page.text
    assert reverse("applications:staff-note-add", args=[ana.application.code]) in page.text
    assert WHY[stands] in words(client.post(page_of(ana), given(office, paris)))
    assert trips(ana) == ["hanoi"] and not Statement.objects.exists()


def test_the_seat_went_to_someone_else_meanwhile(office, ana, cycle, hanoi, paris, sign_in):
    lima = TripFactory(cycle=cycle)
    ana.application.city_preferences.create(rank=3, city=lima.city)
    PlacementFactory.create_batch(2, trip=paris)

    page = sign_in(office).post(page_of(ana), given(office, paris))

    assert page.context["form"].errors["trip"] == ["There’s no free spot left on that trip. Choose another."]
    with pytest.raises(RuleViolation) as refused:
        told = {"heard": "phone", "heard_on": timezone.localdate(), "heard_by": office, "reason": ""}
        statements.record(ana.application, TRIP, by=office, trip=paris.code, **told)
    assert refused.value.code == "full"
    assert trips(ana) == ["hanoi"] and not Statement.objects.exists()


def test_who_has_no_spot_or_has_left_is_not_offered_it(office, cycle, hanoi, paris, sign_in):
    nobody = ApplicationFactory(confirmed=True, cycle=cycle)
    left = seated(TripFactory(cycle=cycle, departed=True, leaves_on=in_days(-1)), paris, "Leo")
    for application in (nobody, left.application):
        assert TRIP not in statements.possible(application)
    page = sign_in(office).get(page_of(left), follow=True)
    assert "This can’t be done at this stage." in words(page)


def test_an_advisor_cannot_record_it(ana, sign_in):
    advisor = UserFactory(advisor=ana.application.college)
    assert sign_in(advisor).get(page_of(ana)).status_code == 403


def test_the_activity_says_it_of_the_student_in_the_language_of_the_reader(office, ana, paris, hanoi, sign_in):
    client = sign_in(office)
    recorded(office, ana, paris, client)
    move.move(Placement.objects.get(pk=ana.pk), hanoi, reason=Reason("A room.", "Un cuarto."), by=office)
    address = reverse("travel:activity", args=[ana.application.code])
    english, spanish = (words(client.get(address, headers={"accept-language": each})) for each in ("en", "es"))
    assert "The student asked for this trip." in english and "A room." in english
    assert "Un cuarto." in spanish and "Pidió este viaje." in spanish
    assert "You asked" not in english + spanish and "A room." not in spanish


def test_in_spanish(office, ana, paris, sign_in):
    page = sign_in(office).get(page_of(ana), headers={"accept-language": "es"})
    assert "2 lugares libres (primera opción)" in words(page)
