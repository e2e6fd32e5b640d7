"""Writes the demo's cycles, once: three finished summers, one that travels, one under way.

The day of seeding decides every date, the seed everything else.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from applications.models import Cycle
from exchange.models import College, DataRequest, Role, User
from travel.demo import (
    abroad,
    afterward,
    alumni,
    appeals,
    bulk,
    costs,
    entry,
    incidents,
    interest,
    invitations,
    itinerary,
    money,
    partners,
    preparing,
    questions,
    rooms,
    samples,
    signing,
    surveys,
    telling,
    ticketing,
    tickets,
)
from travel.demo.accounts import give_phones, name_advisors, open_staff, open_students
from travel.demo.book import Book, at
from travel.demo.cohort import Cohort
from travel.demo.counters import Counters
from travel.demo.current import AMARA, Current
from travel.demo.cycle import SetUp, plan_of, set_up_cycle
from travel.demo.journeys import Seat
from travel.demo.mixed import Mixer
from travel.demo.past import past
from travel.demo.people import Cast, Person, read, read_cast
from travel.demo.remarks import Remarks
from travel.demo.rounds import Round
from travel.demo.scene import DIRECTOR, OFFICE, Scene
from travel.demo.summers import order_stories, read_summers
from travel.office.own_data import requests as data_request
from travel.outcomes import actions as figures
from travel.outcomes import now as now_figures

SEED = "ambassadors"
PHONES = 60


class ReferenceMissing(Exception):
    """The colleges and cities are not there yet."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """`counts` by kind of row; empty when the demo was there already."""

    cycles: list[Cycle]
    counts: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def seed(today: date) -> Seeded:
    """Write the demo unless it is there, whatever the day it was written for. All of it or nothing."""
    if User.objects.filter(email=OFFICE).exists():
        return Seeded(list(Cycle.objects.exclude(code__startswith=bulk.PREFIX).order_by("opens_at")))
    colleges = {college.code: college for college in College.objects.all()}
    cast, book, texts = read_cast(), Book(SEED, today), read("summers.toml")
    if missing := {person.college for person in cast.students} - colleges.keys():
        raise ReferenceMissing(f"No colleges {', '.join(sorted(missing))}. Run `manage.py load_reference` first.")
    summers, now = read_summers(texts, today), plan_of("current", today)
    mixer = Mixer(book.draw, texts, {person.email for person in (*cast.students, *cast.staff)})
    people = cast.current + mixer.applicants(texts["current"]["people"], now.cities)
    scene = _open(book, cast, people, colleges, min(each.plan.opens_at for each in summers) - timedelta(days=40))
    *older, summer = [each.write(scene, mixer, cast.again if each is summers[0] else []) for each in reversed(summers)]
    current = set_up_cycle(now, book.draw, by=scene.office)
    underway = Current(scene, current, people)
    underway.write()
    counters = Counters(scene)
    counters.write()
    samples.write(scene, current)
    partners.write(book, current.cycle, office=scene.office)
    itinerary.write(book, current.cycle, office=scene.office)
    traveling = set_up_cycle(plan_of("traveling", today), book.draw, by=scene.office)
    seats = _send_abroad(scene, summer, traveling)
    finished = [each.to.cycle for each in (*older, summer)]
    order_stories(scene)
    counts = book.save()
    underway.act()
    counters.hand_out_vouchers()
    _through_actions(scene, traveling, seats, underway)
    _after_the_trip(scene, finished)
    figures.publish_now(by=scene.office)
    costs.write(book)
    now_figures.refresh()
    return Seeded([*finished, traveling.cycle, current.cycle], counts)


def _open(book: Book, cast: Cast, people: list[Person], colleges: dict[str, College], when: datetime) -> Scene:
    """Accounts of the staff, who work here since then, and of students."""
    staff = open_staff(book, cast.staff, colleges, when)
    book.flush(User, EmailAddress, Role)
    name_advisors(staff, cast.staff, colleges)
    accounts = open_students(book, people + cast.again)
    give_phones(book, [accounts[person.key] for person in people], PHONES)
    readers = [(staff[each.email], each.college) for each in cast.staff if each.kind == Role.Kind.ADVISOR]
    return Scene(book, cast, accounts, staff[OFFICE], colleges, readers, Remarks(book.draw))


def _through_actions(scene: Scene, traveling: SetUp, seats: list[Seat], underway: Current) -> None:
    """What the demo does as people would, once its rows are there."""
    book, office, cycle, groups = scene.book, scene.office, underway.to.cycle, underway.groups
    today, placed = book.today, [seat.placement for seat in seats]
    now = timezone.now() if today == timezone.localdate() else at(today, 12)
    lately = at(today - timedelta(days=2), 16)
    invitations.write(scene.colleges, by=office)
    interest.write(scene.colleges, cycle, by=office)
    questions.write(scene, cycle)
    asked = [scene.accounts[groups[each][0].key] for each in ("third_not_selected", "second_waitlisted")]
    appeals.write(book, cycle, *asked, by=office)
    with past(at(book.day(-3), 19), book.draw):
        kind = DataRequest.Kind.CORRECTION
        student = scene.accounts[AMARA]
        data_request.ask(student, kind=kind, text=scene.remarks.texts["data_request"][str(student.language)])
    abroad.after(scene, seats, now)
    away = traveling.trips[abroad.AWAY]
    incidents.write(book.draw, away, handler=office, named_by=User.objects.get(email=DIRECTOR), now=now)
    with signing.before_departure(traveling.cycle):
        signing.write(book, traveling.cycle, placed, all_of=len(placed), when=at(book.day(-55), 19), by=office)
    paid = {"when": at(book.day(-60), 10), "paid_at": at(book.day(-15), 10)}
    money.write_paid(book, traveling.cycle, placed, **paid, by=office)
    signing.write_as_leaders(book, traveling.cycle, when=at(book.day(-55), 19))
    signing.write(book, cycle, underway.signers, when=lately, by=office)
    preparing.write(book, cycle, when=lately, by=office)
    rooms.write(book, traveling.cycle, placed, when=lately, by=office)
    ticketing.write(book, placed, when=lately)
    money.write(book, cycle, underway.signers, when=lately, by=office)
    entry.write(book, underway.signers, by=office)
    tickets.write(book, [seat.placement for seat in underway.seats], advisor=scene.readers[0][0], by=office)


def _after_the_trip(scene: Scene, past_cycles: list[Cycle]) -> None:
    today = scene.book.today
    telling.write(scene.book, past_cycles, when=at(today - timedelta(days=3), 18), by=scene.office)
    surveys.write(SEED, today)
    afterward.write(SEED, past_cycles, today)
    alumni.write(scene.book, SEED, by=scene.office)


def _send_abroad(scene: Scene, summer: Cohort, to: SetUp) -> list[Seat]:
    """Most of those whom the summer turned down applied again, and got a spot."""
    again = [candidate.person for candidate in summer.turned_down]
    seat_of = abroad.seats_of(again, to)
    cohort = Cohort(scene, to, Round(scene.book.today, read("paths.toml")["traveling"]), seat_of)
    cohort.write(again, {"declined": 0, "withdrew": 0, "waitlisted": 1})
    abroad.write(scene, to, cohort.seats)
    itinerary.write(scene.book, to.cycle, office=scene.office)
    return cohort.seats
