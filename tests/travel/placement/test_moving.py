"""The office moves students to another trip by hand: chosen on a list, looked at, done, and undone once."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from applications.apply.actions import bulk_act
from applications.models import Application, BulkAct
from applications.states import Status
from exchange.base import office_tasks
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_money import MoneyPromiseFactory, MoneyRuleFactory
from tests.factories_tickets import ticket_rows
from tests.factories_travel import (
    ChecklistStepFactory,
    FeasibleCitiesFactory,
    PlacementFactory,
    TripFactory,
    in_days,
)
from tests.itineraries import outbound
from tests.travel.placement.moves import seated, trips
from travel.models import EntryPermission, FamilyLink, Placement, PlacementRun, Room, RoomSeat
from travel.placement.actions import move, placement
from travel.placement.moving import Reason
from travel.prepare.itinerary import actions as itinerary
from travel.states import PassportStage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facts_of_moves")]
WHY = {"reason_en": "Hanoi lost a room.", "reason_es": "Hanói perdió un cuarto."}


def checked(seat, until, by):
    """Somebody has seen their passport, which expires on that day."""
    case = seat.application.passport_case
    case.stage, case.expires_on, case.checked_at, case.checked_by = PassportStage.CHECKED, until, timezone.now(), by
    case.save()
    return case


def begun(office, seats, place="checklists"):
    codes = [seat.application.code for seat in seats]
    return bulk_act.draft("move", place=place, query="", codes=codes, takes_all=False, by=office)


def pressed(client, bulk, trip, **more):
    """Press the button as the page shows it."""
    page = client.get(bulk.get_absolute_url())
    return client.post(bulk.get_absolute_url(), {"seen": page.context["seen"], "trip": trip.code, **WHY, **more})


def moved(client, bulk, trip):
    """Press it, once more where there's something to read first, and let a worker do it."""
    page = pressed(client, bulk, trip)
    if page.status_code == 200 and not page.context["form"].errors:
        page = pressed(client, bulk, trip, warned=page.context["warned"])
    assert page.status_code == 302, page.context["form"].errors
    bulk_act.do_all()


def undone(client, bulk):
    client.post(reverse("applications:bulk-act-undo", args=[bulk.code]))
    bulk_act.do_all()


def outcomes(bulk):
    return {row.application.student.full_name: (row.outcome, row.why) for row in bulk.rows.all()}


def told(template, channel="email"):
    return list(Message.objects.filter(template=template, channel=channel).order_by("pk"))


# --- From the list to the other trip, and back -------------------------------------------------------


def test_two_are_moved_from_the_list_and_back_by_one_undo(office, hanoi, paris, sign_in):
    ana, bea = seated(hanoi, paris, "Ana"), seated(hanoi, paris, "Bea")
    client = sign_in(office)
    assert "Move" in client.get(reverse("travel:checklist-list")).text
    given = {"place": "checklists", "act": "move", "row": [ana.application.code, bea.application.code]}
    client.post(reverse("applications:bulk-act-begin"), given)
    bulk = BulkAct.objects.get()
    text = client.get(bulk.get_absolute_url()).text
    assert "2 free spots" in text
    assert trips(ana, bea) == ["hanoi", "hanoi"], "nothing happens before it's confirmed"

    moved(client, bulk, paris)
    assert trips(ana, bea) == ["paris", "paris"]
    seat = Placement.objects.get(pk=ana.pk)
    assert (seat.rank, seat.placed_by, seat.explanation) == (1, office, [])
    event = Event.objects.get(action="placement.move_by_hand", target_id=ana.pk)
    assert (event.by, event.reason, event.changes["trip"]) == (office, "Hanoi lost a room.", [hanoi.pk, paris.pk])
    assert BulkAct.objects.get().said == {}, "the reason isn't kept a second time"

    undone(client, bulk)
    assert trips(ana, bea) == ["hanoi", "hanoi"]
    seat = Placement.objects.get(pk=ana.pk)
    assert (seat.rank, seat.placed_by, seat.placed_at) == (2, ana.placed_by, ana.placed_at)
    assert seat.explanation == [{"city": "paris", "rank": 1, "reason": "no_seats"}]
    assert Event.objects.filter(action="placement.move_back").count() == 2


def test_it_is_offered_on_the_list_of_applications_too_and_only_to_the_office(office, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    page = sign_in(office).get(reverse("applications:application-list"), follow=True)
    assert 'value="move"' in page.text
    advisor = UserFactory(advisor=seat.application.college)
    assert 'value="move"' not in sign_in(advisor).get(reverse("travel:checklist-list")).text
    with pytest.raises(RuleViolation) as refused:
        begun(advisor, [seat])
    assert refused.value.code == "unknown"


def test_the_student_and_the_family_are_told_in_their_language(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana Ruiz", student__language="es", student__preferred_name="Ana")
    bea = seated(hanoi, paris, "Bea Cole", student__language="en")
    FamilyLink.objects.create(
        placement=ana,
        label="mamá",
        language="es",
        email="mama@example.org",
        expires_at=timezone.now() + dt.timedelta(days=9),
    )
    client, bulk = sign_in(office), begun(office, [ana, bea])
    moved(client, bulk, paris)
    spanish = Message.objects.get(template="travel/moved_by_office", recipient=ana.application.student)
    assert spanish.subject == "Ahora vas en el viaje a París"
    assert "Te pasamos del viaje a Hanói al viaje a París." in spanish.body
    assert "Hanói perdió un cuarto." in spanish.body
    english = Message.objects.get(template="travel/moved_by_office", recipient=bea.application.student)
    assert english.subject == "You’re on the trip to Paris now"
    assert "Hanoi lost a room." in english.body
    (family,) = told("travel/moved_by_office_family")
    assert family.address == "mama@example.org"
    assert "Pasamos a Ana del viaje a Hanói al viaje a París." in family.body

    undone(client, bulk)
    back = told("travel/moved_by_office")[2:]
    assert [row.recipient for row in back] == [], "what hadn't been sent was dropped"
    assert not Message.objects.filter(template="travel/moved_by_office", dropped_at=None).exists()


def test_the_page_of_the_student_says_why_and_has_the_button_to_tell_the_family(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana")
    FamilyLink.objects.create(placement=ana, label="m", language="en", expires_at=timezone.now() + dt.timedelta(days=9))
    bulk, student = begun(office, [ana]), sign_in(ana.application.student)
    assert "We moved you" not in student.get(ana.get_absolute_url()).text
    moved(sign_in(office), bulk, paris)
    (message,) = told("travel/moved_by_office")
    assert "Please tell your family." in message.body
    text = sign_in(ana.application.student).get(ana.get_absolute_url()).text
    assert "We moved you to the trip to Paris." in text
    assert "Hanoi lost a room." in text
    assert "Send it to your family" in text
    undone(sign_in(office), bulk)
    assert "We moved you" not in sign_in(ana.application.student).get(ana.get_absolute_url()).text


def test_who_was_told_already_hears_that_it_is_undone_and_who_was_not_does_not(office, hanoi, paris, sign_in):
    ana, bea = (seated(hanoi, paris, name, student__language=code) for name, code in (("Ana", "es"), ("Bea", "en")))
    client, bulk = sign_in(office), begun(office, [ana, bea])
    moved(client, bulk, paris)
    outbox.deliver(Message.objects.get(recipient=ana.application.student, channel="email").pk)
    undone(client, bulk)
    mine = Message.objects.filter(recipient=ana.application.student, channel="email", dropped_at=None).order_by("pk")
    first, second = mine
    assert second.subject == "Al final sí vas a Hanói"
    assert "Te dijimos que irías a París." in second.body
    (gone,) = Message.objects.filter(recipient=bea.application.student)
    assert gone.dropped_at


# --- What they will read, beforehand ------------------------------------------------------------------


def test_each_message_is_shown_in_its_language_before_anything_is_done(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana Ruiz", student__language="es", student__preferred_name="Ana")
    bea = seated(hanoi, paris, "Bea Cole", student__language="en")
    for seat, language, email in ((ana, "es", "mama@example.org"), (bea, "en", "dad@example.org")):
        FamilyLink.objects.create(
            placement=seat, label="f", language=language, email=email, expires_at=timezone.now() + dt.timedelta(days=9)
        )
    client, bulk = sign_in(office), begun(office, [ana, bea])
    assert "See what they’ll read" in client.get(bulk.get_absolute_url()).text

    page = pressed(client, bulk, paris)

    assert "Nothing was done yet. Read the messages below, then confirm." in page.text
    assert "Move: 2 students" in page.text
    assert [(each.to, each.total, each.languages) for each in page.context["counts"]] == [
        ("Student", 2, (1, 1)),
        ("Family", 2, (1, 1)),
    ]
    assert "<summary>Ahora vas en el viaje a París</summary>" in page.text
    assert "To mama@example.org" in page.text
    assert trips(ana, bea) == ["hanoi", "hanoi"] and not Message.objects.exists()

    moved(client, bulk, paris)

    shown = [each for drafts in page.context["drafts"].values() for draft in drafts for each in draft.messages]
    sent = Message.objects.all()
    assert {(each.address, each.subject, each.body) for each in shown} == {
        (each.address, each.subject, each.body) for each in sent
    }


def test_another_reason_or_another_language_is_shown_again(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana")
    client, bulk = sign_in(office), begun(office, [ana])
    warned = pressed(client, bulk, paris).context["warned"]

    page = pressed(client, bulk, paris, warned=warned, reason_en="The host in Hanoi closed.")
    assert "The host in Hanoi closed." in page.text
    ana.application.student.language = "es"
    ana.application.student.save()
    page = pressed(client, bulk, paris, warned=page.context["warned"], reason_en="The host in Hanoi closed.")
    assert WHY["reason_es"] in page.text
    assert trips(ana) == ["hanoi"]


def test_whom_no_message_reaches_is_named(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana", student__email=None, student__phone="+12135550147")
    page = pressed(sign_in(office), begun(office, [ana]), paris)
    assert "We can’t message 1 student." in page.text
    assert "no confirmed address" in page.text


def test_only_those_who_go_have_messages(office, hanoi, paris, sign_in):
    ana, there = seated(hanoi, paris, "Ana"), seated(paris, hanoi, "Bea")
    page = pressed(sign_in(office), begun(office, [ana, there]), paris)
    assert set(page.context["drafts"]) == {ana.application_id}


def test_the_messages_take_a_constant_number_of_queries(office, hanoi, paris, sign_in, django_assert_max_num_queries):
    paris.seats = 20
    paris.save()
    client, counts = sign_in(office), []
    for number in (2, 8):
        seats = [seated(hanoi, paris, f"Student {number} {each}") for each in range(number)]
        for seat in seats:
            FamilyLink.objects.create(
                placement=seat,
                label="f",
                language="en",
                email=f"{seat.pk}@example.org",
                expires_at=timezone.now() + dt.timedelta(days=9),
            )
        bulk = begun(office, seats)
        with django_assert_max_num_queries(120) as captured:
            pressed(client, bulk, paris)
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- Who can't ---------------------------------------------------------------------------------------


def test_each_who_cannot_be_moved_is_named_with_the_reason_before_anything_is_done(
    office, cycle, hanoi, paris, sign_in
):
    ana = seated(hanoi, paris, "Ana")
    nobody = ApplicationFactory(confirmed=True, cycle=cycle, student__full_name="Nina")
    left = seated(TripFactory(cycle=cycle, departed=True), paris, "Leo")
    gone = TripFactory(cycle=cycle, closed_at=timezone.now(), closed_by=office, closed_reason="x")
    stuck = seated(gone, paris, "Cai")
    codes = [each.code for each in (ana.application, nobody, left.application, stuck.application)]
    bulk = bulk_act.draft("move", place="applications", query="", codes=codes, takes_all=False, by=office)
    refusals = {row.application.student.full_name: row.refusal for row in bulk.rows.all()}
    assert refusals == {
        "Ana": "",
        "Nina": "Doesn’t have a spot on a trip.",
        "Leo": "Their trip leaves today or has already left.",
        "Cai": "Their trip was canceled. The next placement can give them a spot.",
    }
    moved(sign_in(office), bulk, paris)
    assert trips(ana, left) == ["paris", left.trip.city.code]


def test_who_does_not_fit_the_chosen_trip_is_shown_first_and_the_others_go_after_that(office, hanoi, paris, sign_in):
    ana, there = seated(hanoi, paris, "Ana"), seated(paris, hanoi, "Bea")
    barred = seated(hanoi, paris, "Cai")
    marked = barred.application.feasible_cities
    marked.is_everywhere = False
    marked.save()
    marked.cities.set([hanoi.city])
    unranked = seated(hanoi, TripFactory(cycle=hanoi.cycle), "Dee")
    client, bulk = sign_in(office), begun(office, [ana, there, barred, unranked])
    page = pressed(client, bulk, paris)
    text = page.text
    assert page.context["form"].errors == {}
    assert "This doesn’t fit everyone you checked" in text
    assert "Already on the trip to Paris." in text
    assert text.count("Paris isn’t among the cities they can be placed in.") == 2, "one sentence, whatever the reason"
    assert trips(ana, barred) == ["hanoi", "hanoi"]
    moved(client, bulk, paris)
    assert trips(ana, there, barred, unranked) == ["paris", "paris", "hanoi", "hanoi"]
    assert outcomes(bulk)["Cai"] == ("left_out", "Paris isn’t among the cities they can be placed in.")


def test_a_choice_that_fits_nobody_leaves_the_form_to_choose_again(office, hanoi, paris, sign_in):
    seat = seated(paris, hanoi, "Ana")
    client, bulk = sign_in(office), begun(office, [seat])
    page = pressed(client, bulk, paris)
    assert page.context["count"] == 0
    assert "Look again" in page.text
    moved(client, bulk, hanoi)
    assert trips(seat) == ["hanoi"]


def test_a_city_below_staying_home_is_refused(office, cycle, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    lines = seat.application.city_preferences
    lines.filter(rank=1).delete()
    lines.create(rank=3, city=None)
    lines.create(rank=4, city=paris.city)
    page = pressed(sign_in(office), begun(office, [seat]), paris)
    assert "Paris isn’t among the cities they can be placed in." in page.text


def test_more_students_than_free_spots_are_asked_to_be_fewer(office, hanoi, paris, sign_in):
    seats = [seated(hanoi, paris, name) for name in ("Ana", "Bea", "Cai")]
    client, bulk = sign_in(office), begun(office, seats)
    page = pressed(client, bulk, paris)
    text = "The trip to Paris has 2 free spots, and 3 of these students could go. Check fewer."
    assert page.context["form"].errors["trip"] == [text]
    PlacementFactory.create_batch(2, trip=paris)
    page = pressed(client, bulk, paris)
    assert page.context["form"].errors["trip"] == ["The trip to Paris has no free spots."]
    bulk.refresh_from_db()
    assert bulk.confirmed_at is None


def test_both_reasons_and_a_trip_are_asked_for(office, hanoi, paris, sign_in):
    client, bulk = sign_in(office), begun(office, [seated(hanoi, paris, "Ana")])
    page = client.post(bulk.get_absolute_url(), {"seen": client.get(bulk.get_absolute_url()).context["seen"]})
    assert set(page.context["form"].errors) == {"trip", "reason_en", "reason_es"}


def test_the_office_reads_beforehand_what_a_run_does_not_look_at(office, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    checked(seat, until=in_days(100), by=office)
    ticket_rows(seat, office, "AB1234567")
    room = Room.objects.create(trip=hanoi, number=1, beds=2)
    RoomSeat.objects.create(room=room, placement=seat, kind="room")
    waits = ApplicationFactory(confirmed=True, cycle=hanoi.cycle)
    client, bulk = sign_in(office), begun(office, [seat])
    page = pressed(client, bulk, paris)
    assert page.context["warnings"] == [
        "Their passport doesn’t fit the trip to Paris, so they’ll be asked to renew or show it: Ana.",
        "A name was written for their ticket, so a ticket may have been bought: Ana.",
        "They leave the room or group they have now: Ana.",
        "1 confirmed student is still waiting for a spot in the next placement.",
    ]
    assert trips(seat) == ["hanoi"]
    waits.delete()
    again = pressed(client, bulk, paris, warned=page.context["warned"])
    assert len(again.context["warnings"]) == 3, "what changed since is read again"
    moved(client, bulk, paris)
    assert trips(seat) == ["paris"]


# --- What goes along ---------------------------------------------------------------------------------


def test_the_checklist_follows_and_comes_back_as_it_was(office, hanoi, paris, sign_in):
    here, there = (ChecklistStepFactory(cycle=hanoi.cycle, key=key) for key in ("hanoi-only", "paris-only"))
    here.trips.set([hanoi])
    there.trips.set([paris])
    seat = seated(hanoi, paris, "Ana")
    kept = seat.checklist_items.get(step=here)
    client, bulk = sign_in(office), begun(office, [seat])
    moved(client, bulk, paris)
    keys = set(seat.checklist_items.kept().values_list("step__key", flat=True))
    assert "paris-only" in keys
    assert "hanoi-only" not in keys
    undone(client, bulk)
    keys = set(seat.checklist_items.kept().values_list("step__key", flat=True))
    assert "hanoi-only" in keys
    assert "paris-only" not in keys
    assert seat.checklist_items.get(step=here).pk == kept.pk


def test_dates_of_the_passport_and_of_family_links_follow(office, hanoi, paris, sign_in):
    paris.leaves_on, paris.returns_on = in_days(300), in_days(310)
    paris.save()
    seat = seated(hanoi, paris, "Ana")
    link = FamilyLink.objects.create(
        placement=seat, label="m", language="en", expires_at=timezone.now() + dt.timedelta(days=9)
    )
    moved(sign_in(office), begun(office, [seat]), paris)
    case = seat.application.passport_case
    case.refresh_from_db()
    link.refresh_from_db()
    assert case.trip == paris
    assert timezone.localdate(link.expires_at) > in_days(310)


def test_room_visa_and_tasks_go_and_come_back(office, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    RoomSeat.objects.create(room=Room.objects.create(trip=hanoi, number=1, beds=1), placement=seat, kind="room")
    said = {"state": "granted", "state_on": in_days(-3), "valid_until": in_days(400), "said_by": office, "sequence": 3}
    at = {"appointment_at": timezone.now() + dt.timedelta(days=2), "appointment_place": "Consulate"}
    before = EntryPermission.objects.create(placement=seat, **said, **at)
    flight = itinerary.add(hanoi, outbound(), by=office)
    flight.placements.add(seat)
    rule = MoneyRuleFactory(cycle=hanoi.cycle)
    rule.trips.set([hanoi])
    MoneyPromiseFactory(placement=seat, rule=rule)
    client, bulk = sign_in(office), begun(office, [seat])
    moved(client, bulk, paris)
    assert not RoomSeat.objects.exists()
    assert not EntryPermission.objects.exists(), "a visa of one country says nothing about another"
    tasks = OfficeTask.objects.open().filter(source__startswith="travel.move:")
    assert set(tasks.values_list("kind", flat=True)) == {
        *("travel.leaves_visa", "travel.leaves_insurance", "travel.leaves_host", "travel.leaves_room"),
        *("travel.leaves_money", "travel.joins"),
    }
    assert not flight.placements.exists()
    assert Event.objects.filter(action="entry.forget", target_id=seat.pk, by=office).count() == 1
    money = tasks.get(kind="travel.leaves_money")
    assert (money.person, money.params["city"]) == (
        seat.application.student,
        {"en": hanoi.city.name_en, "es": hanoi.city.name_es},
    )
    undone(client, bulk)
    assert RoomSeat.objects.get().placement == seat
    again = EntryPermission.objects.get()
    kept = ("state", "state_on", "valid_until", "said_by", "sequence", "appointment_at", "appointment_place", "said_at")
    assert {name: getattr(again, name) for name in kept} == {name: getattr(before, name) for name in kept}
    assert list(flight.placements.all()) == [seat]
    assert not tasks.exists()


def test_the_free_spot_is_open_and_a_draft_of_a_run_is_out_of_date(office, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    waits = ApplicationFactory(confirmed=True, cycle=hanoi.cycle, cities=[hanoi.city])
    FeasibleCitiesFactory(application=waits)
    draft = placement.run(hanoi.cycle, by=office)
    moved(sign_in(office), begun(office, [seat]), paris)
    with pytest.raises(RuleViolation) as refused:
        placement.release(draft, by=office)
    assert refused.value.code == "run_outdated"
    placement.release(placement.run(hanoi.cycle, by=office), by=office)
    assert trips(seat) == ["paris"], "a run doesn't move them back"


def test_nothing_moves_while_a_placement_is_released(office, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    client, bulk = sign_in(office), begun(office, [seat])
    PlacementRun.objects.create(
        cycle=hanoi.cycle, seed=1, inputs_hash="0" * 64, run_by=office, released_at=timezone.now(), released_by=office
    )
    page = pressed(client, bulk, paris)
    assert "Spots in this cycle are being given out right now." in page.text


# --- Undo after the next step -------------------------------------------------------------------------


def _withdraws(seat, office, hanoi, paris):
    Application.objects.filter(pk=seat.application_id).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())


def _moves_on(seat, office, hanoi, paris):
    lima = TripFactory(cycle=hanoi.cycle)
    seat.application.city_preferences.create(rank=3, city=lima.city)
    move.move(Placement.objects.get(pk=seat.pk), lima, reason=Reason("Again.", "Otra vez."), by=office)


def _seat_is_taken(seat, office, hanoi, paris):
    hanoi.seats = 1
    hanoi.save()
    PlacementFactory(trip=hanoi)


def _trip_has_left(seat, office, hanoi, paris):
    hanoi.leaves_on, hanoi.departed_at = in_days(-1), timezone.now()
    hanoi.save()


def _task_is_done(seat, office, hanoi, paris):
    office_tasks.finish(OfficeTask.objects.get(kind="travel.leaves_host"), by=office)


def _has_a_room(seat, office, hanoi, paris):
    RoomSeat.objects.create(room=Room.objects.create(trip=paris, number=1, beds=1), placement=seat, kind="room")


NEXT = {
    _withdraws: "They’ve been moved again or aren’t going, so nothing was changed.",
    _moves_on: "They’ve been moved again since, so nothing was changed. Undo the later move first.",
    _seat_is_taken: "Their spot on the trip to Hanoi went to someone else.",
    _trip_has_left: "The trip to Hanoi was canceled or has left.",
    _task_is_done: "Someone in the office has already done a task of this move.",
    _has_a_room: "They have a room or group on the new trip already.",
}


@pytest.mark.parametrize("goes_on", NEXT)
def test_undo_after_the_next_step_leaves_it_and_says_why(goes_on, office, hanoi, paris, sign_in):
    ana, bea = seated(hanoi, paris, "Ana"), seated(hanoi, paris, "Bea")
    client, bulk = sign_in(office), begun(office, [ana])
    moved(client, bulk, paris)
    goes_on(ana, office, hanoi, paris)
    before = trips(ana, bea)
    undone(client, bulk)
    assert trips(ana, bea) == before
    assert outcomes(bulk) == {"Ana": ("stays", NEXT[goes_on])}
    assert "1 student has moved ahead since" in client.get(bulk.get_absolute_url()).text


def test_of_two_moves_there_and_back_the_later_one_is_undone_first(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana")
    client, there = sign_in(office), begun(office, [ana])
    moved(client, there, paris)
    back = begun(office, [ana])
    moved(client, back, hanoi)

    undone(client, there)

    why = "They’ve been moved again since, so nothing was changed. Undo the later move first."
    assert (trips(ana), outcomes(there)) == (["hanoi"], {"Ana": ("stays", why)})
    undone(client, back)
    assert trips(ana) == ["paris"]


def test_a_reason_with_a_placeholder_is_refused_as_in_a_message_to_a_group(office, hanoi, paris, sign_in):
    ana = seated(hanoi, paris, "Ana")
    page = pressed(sign_in(office), begun(office, [ana]), paris, reason_en="Dear {name}, {reason}")
    assert page.context["form"].errors["reason_en"] == [
        "Everyone gets exactly these words: nothing is filled in for “{name}”. Take it out."
    ]
    assert trips(ana) == ["hanoi"] and not told("travel/moved_by_office")


def test_a_second_call_of_an_undo_changes_nothing(office, hanoi, paris):
    ana = seated(hanoi, paris, "Ana")
    kept = move.move(ana, paris, reason=Reason("Room.", "Cuarto."), by=office)
    for _tap in range(2):
        move.move_back(Placement.objects.get(pk=ana.pk), kept, by=office)
    assert trips(ana) == ["hanoi"]
    assert Event.objects.filter(action="placement.move_back").count() == 1


def test_a_passport_that_was_sent_for_renewal_is_not_undone(office, hanoi, paris, sign_in):
    seat = seated(hanoi, paris, "Ana")
    paris.leaves_on, paris.returns_on = in_days(400), in_days(410)
    paris.save()
    case = checked(seat, until=in_days(390), by=office)
    client, bulk = sign_in(office), begun(office, [seat])
    moved(client, bulk, paris)
    case.refresh_from_db()
    assert case.stage == PassportStage.GATHERING
    undone(client, bulk)
    assert outcomes(bulk)["Ana"][0] == "stays"
    assert "renew or show it" in outcomes(bulk)["Ana"][1]


# --- Two at once -------------------------------------------------------------------------------------


def test_what_went_to_someone_else_meanwhile_is_left_out_with_the_reason(office, hanoi, paris, sign_in):
    ana, bea = seated(hanoi, paris, "Ana"), seated(hanoi, paris, "Bea")
    bulk = begun(office, [ana, bea])
    client = sign_in(office)
    page = pressed(client, bulk, paris)
    assert pressed(client, bulk, paris, warned=page.context["warned"]).status_code == 302
    PlacementFactory(trip=paris)
    bulk_act.do_all()
    assert sorted(trips(ana, bea)) == ["hanoi", "paris"]
    assert "The last free spot on the trip to Paris went to someone else. They keep the spot they have." in {
        why for _outcome, why in outcomes(bulk).values()
    }


def test_why_not_names_the_city_in_the_language_of_whoever_reads(office, hanoi, paris, sign_in):
    ana, there = seated(hanoi, paris, "Ana"), seated(paris, hanoi, "Bea")
    bulk = begun(office, [ana, there])
    client = sign_in(office)
    pressed(client, bulk, paris)
    warned = pressed(client, bulk, paris).context["warned"]
    assert pressed(client, bulk, paris, warned=warned).status_code == 302
    PlacementFactory.create_batch(paris.seats, trip=paris)
    bulk_act.do_all()

    rows = {row.application.student.full_name: (row.why, row.why_es) for row in bulk.rows.all()}
    assert rows["Bea"] == ("Already on the trip to Paris.", "Ya va en el viaje a París.")
    assert "Paris" in rows["Ana"][0]
    assert "París" in rows["Ana"][1]
    spanish = client.get(bulk.get_absolute_url(), headers={"accept-language": "es"}).text
    assert all(why in spanish for _why, why in rows.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("first", ["Ana", "Bea"])
def test_the_last_spot_goes_to_one_of_two_at_once(first, office, hanoi, paris):
    paris.seats = 1
    paris.save()
    seats = sorted(
        (seated(hanoi, paris, name) for name in ("Ana", "Bea")), key=lambda seat: first != str(seat.application.student)
    )
    results: list[str] = []

    def go(seat):
        try:
            move.move(seat, paris, reason=Reason("a", "b"), by=office)
            results.append("moved")
        except RuleViolation as violation:
            results.append(violation.code)
        finally:
            connection.close()

    with transaction.atomic():
        move.move(seats[0], paris, reason=Reason("a", "b"), by=office)
        other = threading.Thread(target=go, args=[seats[1]])
        other.start()
        other.join(0.5)
        assert other.is_alive(), "the second waits for the first"
    other.join(10)
    assert results == ["full"]
    assert trips(*seats) == ["paris", "hanoi"]
    assert paris.placements.count() == 1


def test_words_in_both_languages(office, hanoi, paris, sign_in):
    office.language = "es"
    office.save()
    seat = seated(hanoi, paris, "Ana")
    client, bulk = sign_in(office), begun(office, [seat])
    spanish = {"accept-language": "es"}
    with translation.override("es"):
        page = client.get(bulk.get_absolute_url(), headers=spanish)
        assert "Ver lo que van a leer" in page.text
        assert "2 lugares libres" in page.text
        given = {"seen": page.context["seen"], "trip": paris.code, **WHY}
        text = client.post(bulk.get_absolute_url(), given, headers=spanish).text
    assert "Cambiar de viaje: 1 estudiante" in text
    assert "Mensajes por idioma" in text
