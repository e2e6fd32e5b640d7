import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from applications.models import Application, CityPreference
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import (
    ChecklistStepFactory,
    FeasibleCitiesFactory,
    FormTextFactory,
    PlacementFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from travel.models import (
    ChecklistItem,
    ChecklistStep,
    PassportCase,
    Placement,
    PlacementRun,
    ReflectionPrompt,
    Unplaced,
)
from travel.placement.actions import placement, placement_release
from travel.prepare.checklist import steps
from travel.prepare.signing import form_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    travel_facts()
    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    return cycle


@pytest.fixture
def hanoi(cycle):
    return TripFactory(cycle=cycle, seats=1, city=PartnerCityFactory(code="hanoi"))


@pytest.fixture
def paris(cycle):
    return TripFactory(cycle=cycle, seats=1, city=PartnerCityFactory(code="paris"))


def confirmed(cycle, *trips, score="4.000", **fields):
    cities = [trip.city for trip in trips]
    application = ApplicationFactory(
        confirmed=True, cycle=cycle, cities=cities, reads_locked=3, score_mean=Decimal(score), **fields
    )
    FeasibleCitiesFactory(application=application)
    return application


def seats_of(run):
    return {row["application"]: row["trip"] for row in run.results}


def test_run_gives_the_higher_score_the_first_choice_and_tells_nobody(cycle, hanoi, paris, coordinator):
    second = confirmed(cycle, hanoi, paris, score="3.500")
    first = confirmed(cycle, hanoi, paris, score="4.500")
    third = confirmed(cycle, hanoi, score="2.000")

    run = placement.run(cycle, by=coordinator)

    assert seats_of(run) == {first.code: hanoi.code, second.code: paris.code, third.code: None}
    assert [row["application"] for row in run.results] == [first.code, second.code, third.code]
    assert run.results[1]["why"] == [
        {"city": "hanoi", "trip": hanoi.code, "rank": 1, "reason": "filled_by_higher_priority"},
        {"city": "paris", "trip": paris.code, "rank": 2, "reason": "placed"},
    ]
    assert not Placement.objects.exists()
    assert not Message.objects.exists()
    assert Event.objects.get(action="placement.run").target_id == run.pk


def test_a_ranked_city_without_a_trip_keeps_its_place_in_the_list(cycle, hanoi, coordinator):
    student = confirmed(cycle)
    CityPreference.objects.create(application=student, city=PartnerCityFactory(code="lima"), rank=1)
    CityPreference.objects.create(application=student, city=hanoi.city, rank=2)
    (row,) = placement.run(cycle, by=coordinator).results
    assert (row["rank"], [why["reason"] for why in row["why"]]) == (2, ["no_trip", "placed"])


def test_the_lottery_is_drawn_once_for_a_cycle(cycle, hanoi, coordinator):
    for _ in range(6):
        confirmed(cycle, hanoi)
    first = placement.run(cycle, by=coordinator)
    confirmed(cycle, hanoi, score="1.000")
    again = placement.run(cycle, by=coordinator)
    assert again.seed == first.seed
    assert [row["application"] for row in again.results][:6] == [row["application"] for row in first.results]


def test_the_same_inputs_give_the_draft_that_is_there(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    assert placement.run(cycle, by=coordinator) == placement.run(cycle, by=coordinator)
    assert PlacementRun.objects.count() == 1


def test_seats_that_are_taken_are_not_given_again_and_those_given_up_are(cycle, hanoi, coordinator):
    held = PlacementFactory(trip=hanoi)
    confirmed(cycle, hanoi)
    assert seats_of(placement.run(cycle, by=coordinator)).popitem()[1] is None
    Application.objects.filter(pk=held.application_id).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())
    assert seats_of(placement.run(cycle, by=coordinator)).popitem()[1] == hanoi.code


@pytest.mark.parametrize("code", ["no_trips", "nobody_to_place"])
def test_run_says_what_is_missing(code, coordinator):
    cycle = CycleFactory()
    if code == "nobody_to_place":
        TripFactory(cycle=cycle)
    with pytest.raises(RuleViolation) as caught:
        placement.run(cycle, by=coordinator)
    assert caught.value.code == code


def test_release_gives_seats_checklists_and_one_message_each(
    cycle, hanoi, paris, coordinator, mailoutbox, django_capture_on_commit_callbacks
):
    first = confirmed(cycle, hanoi, paris, score="4.500")
    second = confirmed(cycle, hanoi, paris, score="3.500")
    unplaced = confirmed(cycle, hanoi, score="2.000")
    run = placement.run(cycle, by=coordinator)

    with django_capture_on_commit_callbacks(execute=True):
        placement.release(run, by=coordinator)

    assert {each.application: each.trip for each in Placement.objects.all()} == {first: hanoi, second: paris}
    people = (first, second, unplaced)
    assert sorted(mail.to for mail in mailoutbox) == sorted([each.student.email] for each in people)
    assert PassportCase.objects.count() == 2
    assert ChecklistItem.objects.filter(placement__application=first).count() == 6
    assert second.placement.explanation == [
        {"city": "hanoi", "rank": 1, "reason": "filled_by_higher_priority"},
        {"city": "paris", "rank": 2, "reason": "placed"},
    ]
    assert not hasattr(unplaced, "placement")
    assert Unplaced.objects.get().application == unplaced
    run.refresh_from_db()
    assert run.released_by == coordinator
    assert set(Event.objects.values_list("action", flat=True)) >= {"placement.release", "placement.place"}


def test_the_message_does_not_name_the_city(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    message = Message.objects.get()
    assert hanoi.city.name not in message.subject + message.body


def test_a_second_release_of_one_run_places_and_tells_nobody_twice(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    run = placement.run(cycle, by=coordinator)
    seen_by_another = PlacementRun.objects.get(pk=run.pk)  # two coordinators with the same page open
    first = placement.release(run, by=coordinator)
    second = placement.release(seen_by_another, by=UserFactory(coordinator=True))
    assert first == second
    assert Message.objects.count() == Placement.objects.count() == 1
    assert PlacementRun.objects.get().released_by == coordinator


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_releasing_at_the_same_moment_place_once(cycle, hanoi, paris, coordinator):
    for trip in (hanoi, paris, hanoi):
        confirmed(cycle, trip)
    run = placement.run(cycle, by=coordinator)
    start, found = threading.Barrier(2), []

    def press():
        start.wait()
        try:
            found.append(len(placement.release(PlacementRun.objects.get(pk=run.pk), by=coordinator)))
        finally:
            connection.close()

    both = [threading.Thread(target=press) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(timeout=30)
    assert found == [2, 2]
    assert (Placement.objects.count(), Message.objects.count()) == (2, 3)  # the student without a seat is told, too
    assert Event.objects.filter(action="placement.release").count() == 1


@pytest.mark.parametrize("what", ["withdrawn", "score", "seats", "choice", "newcomer"])
def test_a_run_whose_inputs_changed_is_refused(what, cycle, hanoi, paris, coordinator):
    student = confirmed(cycle, hanoi, paris)
    confirmed(cycle, hanoi)
    run = placement.run(cycle, by=coordinator)
    if what == "withdrawn":
        Application.objects.filter(pk=student.pk).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())
    elif what == "score":
        Application.objects.filter(pk=student.pk).update(score_mean=Decimal("1.5"))
    elif what == "seats":
        hanoi.seats = 2
        hanoi.save()
    elif what == "choice":
        student.city_preferences.filter(rank=2).delete()
    else:
        confirmed(cycle, paris)
    with pytest.raises(RuleViolation) as caught:
        placement.release(run, by=coordinator)
    assert caught.value.code == "run_outdated"
    assert not Placement.objects.exists()
    assert not Message.objects.exists()


def test_a_failed_release_leaves_nothing_behind(cycle, hanoi, coordinator, monkeypatch):
    confirmed(cycle, hanoi)
    run = placement.run(cycle, by=coordinator)

    def broken(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(placement_release.outbox, "queue", broken)
    with pytest.raises(ConnectionError), transaction.atomic():
        placement.release(run, by=coordinator)
    run.refresh_from_db()
    assert run.released_at is None
    assert not Placement.objects.exists()


def test_a_run_that_places_nobody_cannot_be_released(cycle, hanoi, coordinator):
    confirmed(cycle)
    with pytest.raises(RuleViolation) as caught:
        placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    assert caught.value.code == "nothing_to_release"


def test_nobody_is_placed_before_the_words_that_they_sign_are_published(cycle, hanoi, coordinator):
    """Students are asked to sign as soon as they're placed; a step for something else needs no words."""
    confirmed(cycle, hanoi)
    ChecklistStepFactory(cycle=cycle, key="photo", evidence="")
    step = ChecklistStepFactory(cycle=cycle, key="agree", evidence="signature", evidence_key="agreement")
    draft = FormTextFactory(cycle=cycle, key="agreement", published_at=None, published_by=None, is_current=False)
    run = placement.run(cycle, by=coordinator)
    with pytest.raises(RuleViolation) as caught:
        placement.release(run, by=coordinator)
    assert caught.value.code == "forms_unpublished" and step.title_en in caught.value.message
    assert not Placement.objects.exists() and not Message.objects.exists()

    form_texts.publish(draft, by=coordinator)
    assert placement.release(run, by=coordinator)


@pytest.mark.parametrize(
    ("model", "missing"),
    [
        (ChecklistStep, {"why_es": ""}),
        (ChecklistStep, {"title_en": " "}),
        (ChecklistStep, {"how_en": "Write it here."}),
        (ChecklistStep, {"evidence": "text"}),
        (ReflectionPrompt, {"text_es": ""}),
        (ReflectionPrompt, {"help_en": "Three lines."}),
    ],
)
def test_nobody_is_placed_and_nothing_published_while_a_text_is_missing(model, missing, cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    step = ChecklistStepFactory(cycle=cycle, key="photo", title_en="Photo", title_es="Foto")
    texts = {"text_en": "Photo", "text_es": "Foto"}
    prompt = ReflectionPrompt.objects.create(cycle=cycle, key="after", order=1, days=2, moment="after", **texts)
    row, run = (step if model is ChecklistStep else prompt), placement.run(cycle, by=coordinator)
    before = {name: getattr(row, name) for name in missing}
    model.objects.filter(pk=row.pk).update(**missing)
    with pytest.raises(RuleViolation) as caught:
        placement.release(run, by=coordinator)
    assert caught.value.code == "texts_missing"
    (need,) = (need for need in steps.needs_of(cycle) if "in both languages" in need.text)
    assert need.stops and (row.key if "title_en" in missing else "Photo") in need.text
    model.objects.filter(pk=row.pk).update(**before)
    assert placement.release(run, by=coordinator)


def test_depart_marks_those_who_still_have_a_seat(coordinator):
    trip = TripFactory(leaves_in=0)
    going = PlacementFactory(trip=trip)
    gone = PlacementFactory(trip=trip)
    Application.objects.filter(pk=gone.application_id).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())
    placement.depart(trip, by=coordinator)
    going.refresh_from_db()
    gone.refresh_from_db()
    trip.refresh_from_db()
    assert going.travelled_at == trip.departed_at
    assert gone.travelled_at is None
    at = trip.departed_at
    placement.depart(trip, by=coordinator)
    trip.refresh_from_db()
    assert trip.departed_at == at
    assert Event.objects.filter(action="placement.depart").count() == 1


@pytest.mark.parametrize(("leaves_in", "travelers", "code"), [(1, 1, "too_early"), (0, 0, "nobody_travels")])
def test_depart_says_why_not(leaves_in, travelers, code, coordinator):
    trip = TripFactory(leaves_in=leaves_in)
    PlacementFactory.create_batch(travelers, trip=trip)
    with pytest.raises(RuleViolation) as caught:
        placement.depart(trip, by=coordinator)
    assert caught.value.code == code
    trip.refresh_from_db()
    assert trip.departed_at is None


def test_bring_back_marks_those_who_travelled_once(coordinator):
    travel_facts()
    traveler = PlacementFactory(travelled=True)
    placement.bring_back(traveler.trip, by=coordinator)
    placement.bring_back(traveler.trip, by=coordinator)
    traveler.refresh_from_db()
    assert traveler.returned_at == traveler.trip.__class__.objects.get().returned_at
    assert Event.objects.filter(action="placement.return").count() == 1


def test_a_trip_that_has_not_left_cannot_return(coordinator):
    trip = TripFactory(leaves_on=in_days(3))
    with pytest.raises(RuleViolation) as caught:
        placement.bring_back(trip, by=coordinator)
    assert caught.value.code == "not_departed"
