"""Writes the demo's cycles, once: three finished summers, one that travels, one under way.

The day of seeding decides every date, the seed everything else.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from applications.apply import fixes
from applications.base import answers
from applications.models import Cycle
from applications.states import Status
from exchange.models import College, Role, User
from travel.demo import (
    abroad,
    afterward,
    alumni,
    appeals,
    bulk,
    costs,
    counters,
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
)
from travel.demo.accounts import give_phones, name_advisors, open_staff, open_students
from travel.demo.book import Book, at
from travel.demo.cohort import Cohort
from travel.demo.current import Current
from travel.demo.cycle import SetUp, current_plan, set_up_cycle, traveling_plan
from travel.demo.journeys import Seat
from travel.demo.mixed import Mixer
from travel.demo.people import read, read_cast
from travel.demo.remarks import Remarks
from travel.demo.rounds import Round
from travel.demo.scene import DIRECTOR, OFFICE, Scene
from travel.demo.summers import order_stories, read_summers
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
    summers, now = read_summers(texts, today), current_plan(today)
    mixer = Mixer(book.draw, texts, {person.email for person in (*cast.students, *cast.staff)})
    people = cast.current + mixer.applicants(texts["current"]["people"], now.cities)
    staff = open_staff(book, cast.staff, colleges, min(each.plan.opens_at for each in summers) - timedelta(days=40))
    book.flush(User, EmailAddress, Role)
    name_advisors(staff, cast.staff, colleges)
    accounts = open_students(book, people + cast.again)
    give_phones(book, [accounts[person.key] for person in people], PHONES)
    readers = [(staff[each.email], each.college) for each in cast.staff if each.kind == Role.Kind.ADVISOR]
    scene = Scene(book, cast, accounts, staff[OFFICE], colleges, readers, Remarks(book.draw))
    *older, summer = [each.write(scene, mixer, cast.again if each is summers[0] else []) for each in reversed(summers)]
    current = set_up_cycle(now, book.draw, by=scene.office)
    underway = Current(scene, current, people)
    underway.write()
    questions.write(scene, people)
    counters.write(scene)
    samples.write(scene, current)
    partners.write(book, current.cycle, office=scene.office)
    itinerary.write(book, current.cycle, office=scene.office)
    traveling = set_up_cycle(traveling_plan(today), book.draw, by=scene.office)
    seats = _send_abroad(scene, summer, traveling)
    past = [each.to.cycle for each in (*older, summer)]
    order_stories(scene)
    counts = book.save()
    _through_actions(scene, traveling, seats, underway)
    _mark_returned(current.cycle)
    _after_the_trip(scene, past)
    figures.publish_now(by=scene.office)
    costs.write(book)
    now_figures.refresh()
    return Seeded([*past, traveling.cycle, current.cycle], counts)


def _through_actions(scene: Scene, traveling: SetUp, seats: list[Seat], underway: Current) -> None:
    """What the demo writes as people would, once its rows are there."""
    book, today = scene.book, scene.book.today
    invitations.write(scene.colleges, by=scene.office)
    interest.write(scene.colleges, underway.to.cycle, by=scene.office)
    groups = underway.groups
    asked = [scene.accounts[groups[each][0].key] for each in ("third_not_selected", "second_waitlisted")]
    appeals.write(book, *asked, by=scene.office)
    is_today = today == timezone.localdate()
    abroad.after(scene, traveling, seats, timezone.now() if is_today else at(today, 12))
    if is_today:  # an incident can't have happened on a day to come
        away = traveling.trips[abroad.AWAY]
        incidents.write(away, handler=scene.office, named_by=User.objects.get(email=DIRECTOR), now=timezone.now())
    leaving = [seat for seat in seats if seat.trip.leaves_on > today]
    signing.write_all(leaving, since=at(today - timedelta(days=55), 19))
    signing.write(underway.to.cycle, underway.signers, when=at(today - timedelta(days=2), 17), by=scene.office)
    preparing.write(book, underway.to.cycle, when=at(today - timedelta(days=2), 16), by=scene.office)
    if is_today:
        rooms.write(traveling.cycle, [seat.placement for seat in seats], by=scene.office)
        ticketing.write([seat.placement for seat in seats], when=at(today - timedelta(days=2), 16))
    money.write(underway.to.cycle, underway.signers, when=at(today - timedelta(days=2), 16), by=scene.office)
    entry.write(book, underway.signers, by=scene.office)


def _after_the_trip(scene: Scene, past: list[Cycle]) -> None:
    today = scene.book.today
    telling.write(past, when=at(today - timedelta(days=3), 18), by=scene.office)
    surveys.write(SEED, today)
    afterward.write(SEED, past, today)
    alumni.write(SEED, today, by=scene.office)


def _send_abroad(scene: Scene, summer: Cohort, to: SetUp) -> list[Seat]:
    """Most of those whom the summer turned down applied again, and got a spot."""
    again = [candidate.person for candidate in summer.turned_down]
    seat_of = abroad.seats_of(again, to)
    cohort = Cohort(scene, to, Round(scene.book.today, read("paths.toml")["traveling"]), seat_of)
    cohort.write(again, {"declined": 0, "withdrew": 0, "waitlisted": 1})
    abroad.write(scene, to, cohort.seats)
    itinerary.write(scene.book, to.cycle, office=scene.office)
    return cohort.seats


def _mark_returned(cycle: Cycle) -> None:
    """What `application.return_for_fix` keeps of the parts, once the answers are there to be read."""
    for application in cycle.applications.filter(status=Status.RETURNED):
        application.return_marks = fixes.marks(answers.parts_of(application))
        application.save(update_fields=["return_marks"])
