"""All that acts on trips and seats leave behind: rows, events, messages, tasks, and every refusal, word for word."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.apply.actions import application as acts
from applications.models import Application, Statement
from applications.release.actions import statements
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import (
    ContactFactory,
    EntryRuleFactory,
    FeasibleCitiesFactory,
    HostInstitutionFactory,
    HostLinkFactory,
    PlacementFactory,
    TripFactory,
    checklist_steps,
    travel_facts,
)
from tests.travel.placement.moves import trip_to
from tests.wholes import NAMES, is_as_written
from travel.models import BudgetLine, PackingWeather, PassportCase, Placement, PlacementRun, Trip, TripChange
from travel.passport.case import replan
from travel.placement import feasibility, moving, trip_changes
from travel.placement.actions import budget, placement_release, record, trip_change, trip_course, upgrade
from travel.placement.actions import move as moves
from travel.placement.actions import placement_run as runs
from travel.placement.actions import trip as trips
from travel.placement.moving import Reason

pytestmark = pytest.mark.django_db
WHY = {"reason_en": "The host can't.", "reason_es": "La sede no puede."}
GONE = dt.timedelta(days=61)
BEGAN = []


def same(name, text):
    return is_as_written(name, text, changing=NAMES)


@pytest.fixture(autouse=True)
def numbers(still):
    application_facts(), review_facts(), travel_facts()
    BEGAN.append(timezone.localdate())


def day(number):
    """So many days after the story's first one, however late it is in it."""
    return BEGAN[-1] + dt.timedelta(days=number)


@pytest.fixture
def office(still):
    return UserFactory(coordinator=True, full_name="Dana Office", email="dana@example.gov")


@pytest.fixture
def cycle(still):
    cycle = CycleFactory(closed=True, decisions_on=day(-5))
    checklist_steps(cycle)
    return cycle


def days(trip, leaves, returns):
    Trip.objects.filter(pk=trip.pk).update(leaves_on=day(leaves), returns_on=day(returns), arrives_on=None)
    trip.refresh_from_db()
    return trip


@pytest.fixture
def hanoi(cycle):
    return days(trip_to(cycle, "hanoi", "Hanoi", "Hanói", seats=5), 60, 70)


@pytest.fixture
def paris(cycle):
    return days(trip_to(cycle, "paris", "Paris", "París", seats=2), 80, 90)


def student(trip, other, name, office, language="en"):
    """With a spot on `trip`, their second choice; `other` is their first."""
    first = name.split()[0]
    about = {"full_name": name, "preferred_name": "", "email": f"{first.lower()}@example.org", "language": language}
    application = ApplicationFactory(
        confirmed=True,
        cycle=trip.cycle,
        cities=[other.city, trip.city],
        **{f"student__{key}": value for key, value in about.items()},
    )
    FeasibleCitiesFactory(application=application)
    why = [{"city": other.city.code, "rank": 1, "reason": "no_seats"}]
    seat = PlacementFactory(trip=trip, application=application, rank=2, explanation=why, placed_by=office)
    replan.open_for(seat, by=office)
    return Placement.objects.with_people().get(pk=seat.pk)


@pytest.fixture
def ana(hanoi, paris, office):
    seat = student(hanoi, paris, "Ana Ruiz", office)
    return seat


@pytest.fixture
def ben(hanoi, paris, office):
    return student(hanoi, paris, "Ben Cruz", office, "es")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


ROWS = (Trip, Placement, PassportCase)


# --- A trip -----------------------------------------------------------------------------------------


def test_a_trip_is_set_up_and_changed(story, office, cycle):
    tokyo = PartnerCityFactory(code="tokyo", name_en="Tokyo", name_es="Tokio")
    host = HostInstitutionFactory(city=tokyo, name="Sophia House")
    story.say("lacks", list(trips.needs_of(cycle)))
    cycle.cities.add(tokyo)
    story.say("lacks a trip", list(trips.needs_of(cycle)))
    values = {"leaves_on": day(40), "arrives_on": day(41), "returns_on": day(52), "host": host}
    values |= {"seats": 3, "minimum_group": 2}
    story.act("no entry rule", trips.create, cycle, tokyo, values, by=office)
    EntryRuleFactory(city=tokyo)
    for title, wrong in (
        ("inverted", {"returns_on": day(39)}),
        ("same day", {"returns_on": day(40), "arrives_on": None}),
        ("arrives too late", {"arrives_on": day(45)}),
        ("arrives too soon", {"arrives_on": day(38)}),
        ("past", {"leaves_on": day(-1), "arrives_on": None}),
        ("elsewhere", {"host": HostInstitutionFactory()}),
        ("no spots", {"seats": 0}),
        ("group too large", {"minimum_group": 4}),
        ("no group", {"minimum_group": 0}),
    ):
        story.act(title, trips.create, cycle, tokyo, values | wrong, by=office)
    trip = story.act("create", trips.create, cycle, tokyo, values, by=office)
    story.act("create again", trips.create, cycle, tokyo, values, by=office)
    story.act("another", trips.create, cycle, tokyo, values | {"seats": 4}, by=office)
    cycle.decisions_on = day(40)
    cycle.save()
    story.say("leaves too early", list(trips.needs_of(cycle)))
    Trip.objects.filter(pk=trip.pk).update(closed_at=timezone.now(), closed_by=office, closed_reason="No host.")
    story.say("canceled", list(trips.needs_of(cycle)))
    Trip.objects.filter(pk=trip.pk).update(closed_at=None, closed_by=None, closed_reason="")
    story.act("nothing", trips.change, trip, values, seen="", by=office)
    story.act("old page", trips.change, trip, values | {"seats": 4}, seen="of an old page", by=office)
    PackingWeather.objects.create(trip=trip, kinds=["hot"])
    PlacementFactory(
        trip=trip, application__student__full_name="Ana Ruiz", application__student__email="ana@example.org"
    )
    contact = ContactFactory(host=host, name="Mr. Mori", email="mori@example.jp")
    HostLinkFactory(trip=trip, contact=contact)
    story.act("too few spots", trips.change, trip, values | {"seats": 0}, seen="", by=office)
    Trip.objects.filter(pk=trip.pk).update(beds=3, beds_note="Two rooms", beds_confirmed_at=timezone.now())
    story.act("spots", trips.change, fresh(trip), values | {"seats": 4}, seen="", by=office)
    late = values | {"seats": 4, "leaves_on": day(75), "arrives_on": day(76), "returns_on": day(85)}
    story.act("dates", trips.change, fresh(trip), late, seen="", by=office)
    story.say("weather", PackingWeather.objects.count())
    PlacementFactory(trip=trip, placed_by=office)
    few = late | {"seats": 1, "minimum_group": 1}
    story.act("fewer than students", trips.change, fresh(trip), few, seen="", by=office)
    line = story.act("budget", budget.add, trip, {"title": "Bus", "planned": 1200}, by=office)
    story.act("dearer", budget.change, line, {"title": "Bus", "planned": 1500}, seen="", by=office)
    assert same("trip", story.text(Trip, BudgetLine))


def test_a_group_leaves_is_late_and_returns(story, office, hanoi, ana, ben):
    story.act("too early", trip_course.depart, hanoi, by=office)
    story.act("not left", trip_course.bring_back, hanoi, by=office)
    story.act("not left", trip_course.delay, hanoi, until=day(72), reason="Fog.", by=office)
    story.later(days=60)
    story.act("without a reason", trip_course.depart, hanoi, left={ben.pk: " "}, by=office)
    story.act("nobody", trip_course.depart, hanoi, left={ben.pk: "Ill", ana.pk: "Ill"}, by=office)
    story.act("leaves", trip_course.depart, hanoi, left={ben.pk: " Fever "}, by=office, leader="Leo Lead")
    story.act("again", trip_course.depart, hanoi, by=office)
    story.later(days=3)
    until = day(75)
    story.act("too soon", trip_course.delay, hanoi, until=day(69), reason="Fog.", by=office)
    story.act("no reason", trip_course.delay, hanoi, until=until, reason=" ", by=office)
    story.act("old page", trip_course.delay, hanoi, until=until, reason="Fog.", by=office, seen="x")
    seen = trip_course.expected(fresh(hanoi))
    story.act("late", trip_course.delay, hanoi, until=until, reason=" Fog. ", by=office, seen=seen)
    story.act("late again", trip_course.delay, hanoi, until=until, reason="Fog.", by=office)
    story.act("as planned", trip_course.delay, hanoi, until=day(70), reason="No fog.", by=None, leader="Leo Lead")
    story.act("cut short only", trip_course.close, hanoi, reason="Storm.", by=office)
    story.later(days=8)
    story.act("tomorrow", trip_course.bring_back, hanoi, on=day(72), by=office)
    story.act("before it left", trip_course.bring_back, hanoi, on=day(59), by=office)
    story.act("why", trip_course.bring_back, hanoi, missing={ana.pk: ""}, by=office)
    stays = {ana.pk: "Stays"}
    story.act("home", trip_course.bring_back, hanoi, missing=stays, on=day(70), by=None, leader="Leo Lead")
    story.act("home again", trip_course.bring_back, hanoi, by=office)
    story.act("is home", trip_course.delay, hanoi, until=day(80), reason="Fog.", by=office)
    went = record.Went
    for title, seat, what in (
        ("ben stayed", ben, went.STAYED),
        ("ana is home", ana, went.HOME_EARLY),
        ("ana stayed", ana, went.STAYED),
        ("ana isn't back", ana, went.NOT_BACK),
        ("ben was with them", ben, went.WITH_GROUP),
    ):
        story.act(title, record.correct_record, seat, went=what, reason="Her mother called.", by=office)
        story.say("now", str(record.recorded(fresh(seat))))
    assert same("course", story.text(*ROWS))


def test_a_trip_is_closed_and_reopened(story, office, hanoi, paris, ana):
    story.act("why", trip_course.close, paris, reason=" ", by=office)
    story.act("people go", trip_course.close, hanoi, reason="No host.", by=office)
    story.act("close", trip_course.close, paris, reason=" No host. ", by=office)
    story.act("close again", trip_course.close, paris, reason="Other.", by=office)
    story.act("reopen", trip_course.reopen, paris, by=office)
    story.act("reopen again", trip_course.reopen, paris, by=office)
    story.act("cancel with nobody", trip_course.close, paris, reason="No host.", by=office)
    story.later(hours=1)
    PlacementRun.objects.create(
        cycle=hanoi.cycle, seed=1, inputs_hash="a" * 64, run_by=office, released_at=timezone.now(), released_by=office,
        finished_at=timezone.now(),
    )  # fmt: skip
    story.act("placed without it", trip_course.reopen, paris, by=office)
    change = story.act("draft", trip_change.draft, hanoi, "cancel", {}, **WHY, by=office)
    story.act("apply", trip_change.apply, change, seen=trip_changes.fingerprint(fresh(hanoi)), by=office)
    story.act("told", trip_course.reopen, hanoi, by=office)
    assert same("closed", story.text(*ROWS, TripChange))


# --- Decisions about a trip -------------------------------------------------------------------------


def test_decisions_about_a_trip(story, office, hanoi, paris, ana, ben):
    seen = lambda: trip_changes.fingerprint(fresh(hanoi))  # noqa: E731 -- said where it is read
    later = {"leaves_on": day(66), "arrives_on": None, "returns_on": day(76)}
    story.act("why", trip_change.draft, hanoi, "postpone", later, reason_en="Flood.", reason_es=" ", by=office)
    for title, wrong in (
        ("the same", {"leaves_on": day(60), "returns_on": day(70)}),
        ("earlier", {"leaves_on": day(50)}),
        ("inverted", {"returns_on": day(65)}),
        ("past", {"leaves_on": day(-3)}),
    ):
        story.act(title, trip_change.draft, hanoi, "postpone", later | wrong, **WHY, by=office)
    first = story.act("draft", trip_change.draft, hanoi, "postpone", later, **WHY, by=office)
    second = story.act("newer", trip_change.draft, hanoi, "postpone", later, **WHY, by=office)
    story.act("the former", trip_change.apply, first, seen=seen(), by=office)
    story.act("old page", trip_change.apply, second, seen="x", by=office)
    contact = ContactFactory(host=hanoi.host, name="Ms. Mai", email="mai@example.vn")
    HostLinkFactory(trip=hanoi, contact=contact)
    going = trip_changes.travelers(fresh(hanoi))
    change = fresh(second)
    new = trip_changes.changed(fresh(hanoi), change)
    story.say("needs", trip_changes.needs(change, new, going))
    story.say("nobody's needs", trip_changes.needs(change, new, []))
    story.act("apply", trip_change.apply, second, seen=seen(), by=office)
    story.act("apply again", trip_change.apply, second, seen=seen(), by=office)
    story.act("discard what was done", trip_change.discard, second, by=office)
    hue = PartnerCityFactory(code="hue", name_en="Hue", name_es="Hue")
    other = HostInstitutionFactory(city=hue, name="Hue House")
    story.act("same host", trip_change.draft, fresh(hanoi), "reroute", {"host": hanoi.host}, **WHY, by=office)
    story.act("taken", trip_change.draft, fresh(hanoi), "reroute", {"host": paris.host}, **WHY, by=office)
    change = story.act("reroute", trip_change.draft, fresh(hanoi), "reroute", {"host": other}, **WHY, by=office)
    story.act("discard", trip_change.discard, change, by=office)
    story.act("discard again", trip_change.discard, change, by=office)
    change = story.act("reroute", trip_change.draft, fresh(hanoi), "reroute", {"host": other}, **WHY, by=office)
    new = trip_changes.changed(fresh(hanoi), fresh(change))
    story.say("unsuited", [seat.application.person.called for seat in trip_changes.unsuited(going, fresh(change), new)])
    story.act("apply", trip_change.apply, change, seen=seen(), by=office)
    story.later(days=66)
    trip_course.depart(hanoi, by=office)
    story.act("has left", trip_change.draft, fresh(hanoi), "postpone", later, **WHY, by=office)
    story.later(days=2)
    short = {"returns_on": day(72)}
    change = story.act("shorten", trip_change.draft, fresh(hanoi), "shorten", short, **WHY, by=office)
    story.act("apply", trip_change.apply, change, seen=seen(), by=office)
    story.later(days=5)
    trip_course.bring_back(hanoi, by=office)
    story.act("is home", trip_change.draft, fresh(hanoi), "shorten", short, **WHY, by=office)
    assert same("decisions", story.text(*ROWS, TripChange))


def test_a_canceled_trip(story, office, hanoi, paris, ana, ben):
    upgrade.ask_upgrade(ana, until=day(20), by=ana.application.student)
    change = story.act("draft", trip_change.draft, hanoi, "cancel", {}, **WHY, by=office)
    new = trip_changes.changed(fresh(hanoi), fresh(change))
    story.say("needs", trip_changes.needs(fresh(change), new, trip_changes.travelers(fresh(hanoi))))
    story.say("nobody's needs", trip_changes.needs(fresh(change), new, []))
    story.act("apply", trip_change.apply, change, seen=trip_changes.fingerprint(fresh(hanoi)), by=office)
    story.act("closed", trip_change.draft, fresh(hanoi), "cancel", {}, **WHY, by=office)
    assert same("canceled", story.text(*ROWS, TripChange))


# --- Seats ------------------------------------------------------------------------------------------


def test_a_wish_for_a_city_ranked_higher(story, office, hanoi, ana, ben):
    person = ana.application.student
    for title, until in (("past", day(-1)), ("the day they leave", day(60))):
        story.act(title, upgrade.ask_upgrade, ana, until=until, by=person)
    story.act("ask", upgrade.ask_upgrade, ana, until=day(59), by=person)
    story.act("ask the same", upgrade.ask_upgrade, ana, until=day(59), by=person)
    story.act("today", upgrade.ask_upgrade, ana, until=timezone.localdate(), by=person)
    story.act("drop", upgrade.drop_upgrade, ana, by=person)
    story.act("drop again", upgrade.drop_upgrade, ana, by=person)
    first = PlacementFactory(trip=hanoi, rank=1, placed_by=office)
    story.act("first choice", upgrade.ask_upgrade, first, until=day(9), by=person)
    row = ben.application
    what = Statement.What.HIGHER
    said = {"heard": "phone", "heard_on": timezone.localdate(), "heard_by": office, "reason": "He called."}
    heard = story.act("by phone", statements.record, row, what, by=office, **said)
    story.say("can be taken back", len(statements.undoable([fresh(heard)])))
    story.act("taken back", statements.undo, heard, by=office)
    story.later(minutes=1)
    heard = story.act("by phone", statements.record, row, what, by=office, **said)
    story.later(minutes=1)
    upgrade.ask_upgrade(ben, until=day(7), by=row.student)
    story.say("can't be taken back", len(statements.undoable([fresh(heard)])))
    story.act("changed since", statements.undo, heard, by=office)
    upgrade.drop_upgrade(ben, by=row.student)
    story.act("dropped since", statements.undo, heard, by=office)
    story.later(minutes=1)
    heard = story.act("by phone", statements.record, row, what, by=office, **said)
    Placement.objects.filter(pk=ben.pk).update(placed_at=timezone.now() + dt.timedelta(minutes=1))
    story.act("moved since", statements.undo, heard, by=office)
    Application.objects.filter(pk=row.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    story.act("withdrawn", upgrade.drop_upgrade, ben, by=office)
    assert same("wish", story.text(Placement, Statement))


def test_a_student_is_moved_and_moved_back(story, office, hanoi, paris, ana, ben):
    why = Reason("A room is free.", "Hay lugar.")
    rows = [ana.application, ben.application]
    story.say("refused", list(moving.refusals(rows, office).values()))
    story.say("others", [(each.trip.city.code, each.rank, each.free) for each in moving.others(ana)])
    story.say("warned", moving.warnings([ana, ben], paris))
    story.say("there", list(moving.problems(moving.seats_of(rows, office), hanoi).values()))
    story.say(
        "cycle",
        list(moving.problems(moving.seats_of(rows, office), TripFactory(city=paris.city, host=paris.host)).values()),
    )
    rome = trip_to(hanoi.cycle, "rome", "Rome", "Roma", seats=1)
    story.say("city", list(moving.problems(moving.seats_of(rows, office), rome).values()))
    many = [ana, ben, *(student(hanoi, paris, f"{name} Diaz", office) for name in ("Eva", "Fay", "Gil", "Hal"))]
    for number in range(len(many) + 1):
        story.say(f"names of {number}", moving.names_of(many[:number]))
    Application.objects.filter(placement__in=many[2:]).update(status="withdrawn", withdrawn_at=timezone.now())
    story.act("why", moves.move, ana, paris, reason=Reason("", "x"), by=office)
    story.act("is there", moves.move, ana, hanoi, reason=why, by=office)
    upgrade.ask_upgrade(ana, until=day(30), by=ana.application.student)
    kept = moves.move(ana, paris, reason=why, by=office)
    story.later(minutes=1)
    story.act("back", moves.move_back, fresh(ana), kept, by=office)
    story.act("back again", moves.move_back, fresh(ana), kept, by=office)
    first = moves.move(fresh(ana), paris, reason=why, by=office)
    story.later(minutes=1)
    moves.move(fresh(ben), paris, reason=why, for_family=Reason("Asked.", "Lo pidió."), tells_student=False, by=office)
    cara = student(hanoi, paris, "Cara Diaz", office)
    story.act("full", moves.move, cara, paris, reason=why, by=office)
    story.later(minutes=1)
    moves.move(fresh(ana), hanoi, reason=why, by=office)
    story.act("moved again", moves.move_back, fresh(ana), first, by=office)
    days(paris, -1, 9)
    story.act("left", moves.move, cara, paris, reason=why, by=office)
    assert same("moved", story.text(Placement, PassportCase))


def test_who_withdraws_leaves_tasks(story, office, hanoi, paris, ana, ben):
    story.act("withdraw", acts.withdraw_for, ana.application, by=office, reason="She called.", why="Her mother is ill.")
    story.later(minutes=5)
    story.act("undo", acts.undo_withdraw_for, fresh(ana.application), by=office)
    story.act("withdraws", acts.withdraw, ben.application, by=ben.application.student)
    assert same("withdrawn", story.text(Placement, PassportCase))


# --- Runs -------------------------------------------------------------------------------------------


def test_a_run_and_its_release(story, office, cycle, hanoi, paris):
    for name in ("Ana Ruiz", "Ben Cruz", "Cara Diaz", "Dan Ek"):
        student(hanoi, paris, name, office)
    Placement.objects.all().delete()
    everyone = list(Application.objects.values_list("pk", flat=True))
    story.say("pairs", sorted(city for _code, city in feasibility.feasible_pairs(everyone)))
    draft = runs.run(cycle, by=office)
    story.say("run", draft.results and [(row["trip"] is not None, row["rank"]) for row in draft.results])
    story.say("the same", runs.run(cycle, by=office).pk == draft.pk)
    story.act("in the past", placement_release.schedule, draft, due_at=timezone.now(), by=office)
    story.act("after it leaves", placement_release.schedule, draft, due_at=timezone.now() + GONE, by=office)
    story.act("release", placement_release.release, draft, by=office)
    story.act("again", placement_release.release, fresh(draft), by=office)
    story.act("forget", runs.forget_inputs)
    assert same("run", story.text(Placement, PassportCase))
