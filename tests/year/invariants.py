"""What must hold after every act of a year, whoever did what before.

Rules of rows look at the database; each yields what it finds wrong, in words. Rules of pages look at what lies open.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from applications.models import Application, Assignment
from applications.states import Status
from exchange.base.home import home_zone
from exchange.models import HomeCity, Message, OfficeTask, User
from exchange.reference import facts
from tests.year.pages import Page, Person
from travel.models import CheckInPerson, ChecklistItem, PassportCase, Placement, RollCallTap
from travel.passport.plan.planning import URGENT_DAYS
from travel.passport.plan.timeline import BY_MAIL
from travel.states import BEFORE_APPLYING

FIRST_HOUR, LAST_HOUR = 8, 21  # within them reminders and texts go out, by the clock of whoever gets them
GONE = (Status.WITHDRAWN, Status.DECLINED)
# Nobody of the portal says these: an installation's first invitations come from its command line, a call is over once
# the student has answered, cities are feasible by their own answers, and a situation opens a task by itself.
NOBODY_OF_THE_PORTAL = {
    "exchange.Invitation.invited_at",
    "exchange.OfficeTask.opened_at",
    "applications.OfferCall.done_at",
    "travel.FeasibleCities.marked_at",
}
SAID_OF_SAFETY = ("safe", "help", "unclear", "seen", "called_safe", "called_help")
RuleOfRows = Callable[[datetime], Iterator[str]]


def no_message_twice(since: datetime) -> Iterator[str]:
    """No one gets the same words twice on one day by the same way."""
    same = Message.objects.filter(is_secret=False, dropped_at__isnull=True, queued_at__gt=since - timedelta(days=1))
    same = same.annotate(day=TruncDate("queued_at", tzinfo=home_zone()))
    same = same.values("address", "template", "subject", "body", "day").annotate(times=Count("pk"))
    same = same.annotate(first=Min("queued_at"), last=Max("queued_at"))
    for each in same.filter(times__gt=1).order_by():
        when = f"{each['first']:%m-%d %H:%M} and {each['last']:%H:%M}"
        yield f"{each['template']} {each['times']} times in the same words to {each['address']}, {when}"


def nobody_is_woken(since: datetime) -> Iterator[str]:
    """Reminders, and texts that nobody has just asked for, go out by day."""
    zone = home_zone()
    told = Message.objects.filter(sent_at__gt=since, is_secret=False, is_urgent=False)
    for message in told.filter(
        Q(template__contains="remind") | Q(channel=Message.Channel.TEXT, send_after__isnull=False)
    ):
        if not FIRST_HOUR <= message.sent_at.astimezone(zone).hour < LAST_HOUR:
            yield f"{message.template} at {message.sent_at.astimezone(zone):%H:%M} to {message.address}"


def who_left_is_left_alone(since: datetime) -> Iterator[str]:
    """Nobody is reminded of what they have withdrawn from or declined."""
    for message in Message.objects.filter(sent_at__gt=since, recipient__isnull=False).exclude(still_due=""):
        theirs = Application.objects.filter(student=message.recipient, is_test=False)
        if theirs.exists() and not theirs.exclude(status__in=GONE).exists():
            yield f"{message.template} ({message.still_due}) to {message.address}, who has left"


def steps_are_due_in_time(since: datetime) -> Iterator[str]:
    """Every step is due before the day of departure, and its last safe day isn't after it.

    What waits for a passport that can only come on that very day comes with it.
    """
    late = ChecklistItem.objects.filter(done_at__isnull=True, closed_at__isnull=True)
    leaves_on = F("placement__trip__leaves_on")
    late = late.filter(Q(do_by__gte=leaves_on) | Q(last_safe_on__gt=leaves_on), step__timing="before_departure")
    for item in late.select_related("step", "placement__trip"):
        leaves = item.placement.trip.leaves_on
        awaited = ChecklistItem.objects.filter(placement=item.placement_id, step__key__in=item.step.waits_for)
        if item.do_by == leaves and awaited.filter(step__timing="in_hand", do_by=leaves).exists():
            continue
        yield f"{item.step.key} is due {item.do_by} and at last {item.last_safe_on}; the trip leaves {leaves}"


def steps_end_with_the_spot(since: datetime) -> Iterator[str]:
    """Nothing stays open for a student who has no spot any longer."""
    left = ChecklistItem.objects.filter(done_at__isnull=True, closed_at__isnull=True)
    for item in left.exclude(placement__application__status=Status.CONFIRMED).select_related("step"):
        yield f"{item.step.key} is still open for a student who {item.placement.application.status}"


def what_is_said_has_a_speaker(since: datetime) -> Iterator[str]:
    """Whatever was decided or confirmed by someone says by whom."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_unsaid()), [since] * len(_unsaid()))
        yield from (f"{field} without a name" for (field,) in cursor)


def tasks_end(since: datetime) -> Iterator[str]:
    """A task about a student who has left is about what remains to undo, and no older than a month."""
    for task in OfficeTask.objects.open().filter(person__isnull=False, due_on__lt=(since - timedelta(days=60)).date()):
        yield f"{task.kind} for {task.person} waits since {task.due_on}"


def nobody_is_safe_unsaid(since: datetime) -> Iterator[str]:
    """Nobody counts as safe unless the last thing that they said, or a named person noted, was that they are; and
    nobody whom a leader misses until somebody named has found them.
    """
    for person in CheckInPerson.objects.filter(state__in=("safe", "seen"), state_at__gt=since):
        said = person.steps.filter(kind__in=SAID_OF_SAFETY, undone_by__isnull=True).order_by("at", "pk").last()
        is_here = RollCallTap.objects.filter(
            placement=person.placement_id, is_here=True, at__gte=person.check_in.started_at
        ).exists()
        missed = RollCallTap.objects.filter(placement=person.placement_id, is_here=False, at__gt=person.state_at)
        if missed.filter(at__lte=person.check_in.closed_at or timezone.now()).exists():
            yield f"{person.name} counts as {person.state} and was missed after that"
        if not is_here and (said is None or said.kind not in ("safe", "seen", "called_safe")):
            yield f"{person.name} counts as {person.state}, and the last word is {said and said.kind}"


def nothing_waits_for_who_is_gone(since: datetime) -> Iterator[str]:
    """No task or reading waits for somebody who has no role any longer."""
    gone = User.objects.filter(roles__isnull=True, is_superuser=False, reader_profile__isnull=True)
    for task in OfficeTask.objects.open().filter(owner__in=gone):
        yield f"{task.kind} waits for {task.owner}"
    for reading in Assignment.objects.unread().filter(reader__in=gone):
        yield f"a reading waits for {reading.reader}"


PLANNED = ("order_certificate_by", "documents_by", "apply_by", "last_safe_on")
JUDGED_BY = time(5)  # the nightly task begins at ten past four


def plans_end_with_their_form(since: datetime) -> Iterator[str]:
    """No date of a plan is later than the form it relies on can be used, and no plan stands on one that has ended."""
    now = timezone.localtime()
    judged = now.date() if now.time() >= JUDGED_BY else now.date() - timedelta(days=1)
    open_cases = PassportCase.objects.filter(form_until__isnull=False, stage__in=BEFORE_APPLYING)
    going = open_cases.filter(application__status=Status.CONFIRMED, application__placement__trip__departed_at=None)
    for case in going.select_related("application"):
        if case.form_until < judged:
            yield f"{case.route} of {case.application} stands on {judged}, and the form ended {case.form_until}"
        late = [name for name in PLANNED if (day := getattr(case, name)) and day > case.form_until]
        if late and case.service in BY_MAIL:
            yield f"{case.route} of {case.application}: {late[0]} is after {case.form_until}, when the form ends"


RULES: tuple[RuleOfRows, ...] = (
    no_message_twice,
    nobody_is_woken,
    who_left_is_left_alone,
    steps_are_due_in_time,
    steps_end_with_the_spot,
    what_is_said_has_a_speaker,
    tasks_end,
    nobody_is_safe_unsaid,
    nothing_waits_for_who_is_gone,
    plans_end_with_their_form,
)


@cache
def _unsaid() -> list[str]:
    """For each field that says when, beside one that says who (verified_at and verified_by): where who is missing."""
    found = []
    for model in apps.get_models():
        names = {field.name: field for field in model._meta.concrete_fields}
        for at in names:
            by, table = names.get(at.removesuffix("_at") + "_by"), model._meta.db_table
            name = f"{model._meta.label}.{at}"
            if at.endswith("_at") and by is not None and by.null and name not in NOBODY_OF_THE_PORTAL:
                rows = f"FROM {table} WHERE {at} > %s AND {by.column} IS NULL"
                found.append(f"(SELECT '{name}' {rows} LIMIT 1)")  # noqa: S608 -- names of our own models
    return found


# --- Pages ------------------------------------------------------------------------------------------------------------


def others_stay_private(person: Person, page: Page) -> Iterator[str]:
    """A student or guest reads no other student's address, phone or student number."""
    if person.role not in ("student", "referee", "visitor"):
        return
    text = page.document.text_content()
    for address in (
        User.objects.exclude(email=person.address).filter(roles__isnull=True).values_list("email", flat=True)
    ):
        if address and re.search(rf"(?<![\w.]){re.escape(address)}", text) and address != person.about:
            yield f"{person.role} reads {address}"


LOS_ANGELES = r"(?<!America/)\bLos [AÁ]ngeles\b|\bLAX\b"  # the name of a time zone to choose is no sentence
# Whose names are out of place in which city.
FOREIGN = {"Long Beach": re.compile(LOS_ANGELES), "Toledo": re.compile(rf"{LOS_ANGELES}|\bCalifornia\b")}


def only_this_city_is_named(person: Person, page: Page) -> Iterator[str]:
    """No sentence names a city or state that isn't this portal's."""
    home = HomeCity.objects.first()
    foreign = FOREIGN.get(home.city_en) if home else None
    if foreign and (found := foreign.search(page.text)):
        start = max(found.start() - 60, 0)
        yield f"“…{page.text[start : found.end() + 40]}…”"


def no_placeholder_shows(person: Person, page: Page) -> Iterator[str]:
    """No value is missing from a sentence."""
    if found := re.search(r"(?<=[a-z:,] )None\b(?=[.,;)])|%\(\w+\)s|\{\{|\bnan\b|lorem ipsum|&amp;amp;", page.text):
        start = max(found.start() - 60, 0)
        yield f"“…{page.text[start : found.end() + 40]}…”"


OF_THE_TRIP = """
    FROM travel_placement JOIN applications_application a ON a.id = application_id JOIN travel_trip t ON t.id = trip_id
    LEFT JOIN travel_passportcase c ON c.application_id = a.id WHERE t.code = %s AND a.status = 'confirmed' AND """
IN_THE_CYCLE = """
    FROM applications_application a JOIN applications_cycle y ON y.id = cycle_id
    LEFT JOIN applications_endorsement e ON e.application_id = a.id
    WHERE NOT a.is_test AND y.opens_at = (SELECT max(opens_at) FROM applications_cycle WHERE opens_at <= %s) AND """
HANDED_IN = "a.status IN ('submitted', 'returned') AND "
# Each figure that leads to no list, counted once more. What is told of waiting is as of the last count.
COUNTS = {
    "abroad": OF_THE_TRIP + "travelled_at IS NOT NULL",
    "in danger": OF_THE_TRIP + "c.stage NOT IN ('in_hand', 'checked', 'name_matched') AND c.last_safe_on <= %s",
    "waits STARTED": IN_THE_CYCLE + "a.status = 'draft' AND closes_at > %s",
    "waits SUBMITTED": IN_THE_CYCLE + HANDED_IN + "e.id IS NULL",
    "waits ENDORSED": IN_THE_CYCLE + HANDED_IN + "e.result = 'endorsed' AND reads_locked < reads_each",
    "waits READ": IN_THE_CYCLE + HANDED_IN + "e.result = 'endorsed' AND reads_locked >= reads_each",
    "waits SELECTED": IN_THE_CYCLE + "a.status = 'selected'",
    "placed": OF_THE_TRIP + "t.closed_at IS NULL",
    "passport day": """
    FROM travel_passportbooking b JOIN travel_passportday d ON d.id = b.day_id
    WHERE d.code = %s AND b.slot_id IS NOT NULL AND b.cancelled_at IS NULL""",
}
# the same on each page that says it, which tests/travel/figures.py looks for while nothing happens
NOT_BY_SQL = {"open spots", "steps", "steps done"}


def figures_are_counted(person: Person, page: Page) -> Iterator[str]:
    """A figure that leads to no list, or that several pages say, is what a count by SQL of its own finds."""
    for each in page.document.xpath("//*[@data-figure]"):
        measures, low, high = (each.get(f"data-{name}") for name in ("figure", "from", "to"))
        if measures.rsplit(" ", 1)[0] in NOT_BY_SQL:
            continue
        counted, says = _counted(measures), " ".join(each.text_content().split())
        if not int(low) <= counted <= int(high) or (low == high and not re.search(rf"\b{low}\b", says)):
            yield f"{measures}: {low} to {high} in the markup, “{says}” on the page, {counted} by SQL"


def _counted(measures: str) -> int:
    if measures in COUNTS:
        given = [timezone.now()] * COUNTS[measures].count("%s")
        what = measures
    else:
        what, trip = measures.rsplit(" ", 1)
        near = timezone.localdate() + timedelta(days=int(facts.number(URGENT_DAYS)))
        given = [trip, near][: COUNTS[what].count("%s")]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {COUNTS[what]}", given)
        return cursor.fetchone()[0]


# Where a student's own way into the portal leads.
HOMES = ("home", "travel:journey", "travel:own-card")


def home_is_the_card_abroad(person: Person, page: Page) -> Iterator[str]:
    """While a student is away with their group, their home has their leaders and the office to call."""
    if person.role != "student" or page.view not in HOMES:
        return
    seats = Placement.objects.active().filter(application__student__email=person.address, trip__closed_at=None)
    seat = seats.filter(travelled_at__isnull=False, returned_at=None, trip__returned_at=None).first()
    if seat is None:
        return
    called = set(page.document.xpath("//a[starts-with(@href, 'tel:')]/@href"))
    phones = [leader.phone for leader in seat.trip.leaders.all() if leader.phone]
    if page.view != "travel:own-card":
        yield f"{person.name} is abroad, and home is {page.view}"
    elif missing := [phone for phone in phones if not any(tel.endswith(_digits(phone)) for tel in called)]:
        yield f"{person.name} is abroad, and home has no {missing[0]}"


def _digits(phone: object) -> str:
    return re.sub(r"\D", "", str(phone))[-10:]


def who_gave_up_a_spot_reads_of_it(person: Person, page: Page) -> Iterator[str]:
    """A student who gave up a spot reads on their first page what they withdrew from, whatever came before it."""
    if person.role != "student" or page.view != "travel:journey":
        return
    theirs = Application.objects.filter(student__email=person.address).order_by("-cycle__opens_at")
    newest = theirs.select_related("cycle").first()
    if newest is None or newest.status != Status.WITHDRAWN or not hasattr(newest, "placement"):
        return
    if newest.cycle.name_en not in page.text and newest.cycle.name_es not in page.text:
        yield f"{person.name} gave up a spot of {newest.cycle}, and reads “{page.text[:80]}”"


RulesOfPages = (
    home_is_the_card_abroad,
    who_gave_up_a_spot_reads_of_it,
    figures_are_counted,
    others_stay_private,
    only_this_city_is_named,
    no_placeholder_shows,
)
