"""What must hold after every act of a year, whoever did what before.

Rules of rows look at the database; each yields what it finds wrong, in words. Rules of pages look at what lies open.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.db.models import Count, F, Model, Q
from django.db.models.functions import TruncDate

from applications.models import Application
from applications.states import Status
from exchange.models import HomeCity, Message, OfficeTask, User
from tests.year.pages import Page, Person
from travel.models import ChecklistItem

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
RuleOfRows = Callable[[datetime], Iterator[str]]


def no_message_twice(since: datetime) -> Iterator[str]:
    """No one gets the same words twice on one day by the same way."""
    same = Message.objects.filter(is_secret=False, dropped_at__isnull=True, queued_at__gt=since - timedelta(days=1))
    same = same.annotate(day=TruncDate("queued_at", tzinfo=ZoneInfo(settings.TIME_ZONE)))
    same = same.values("address", "template", "subject", "body", "day").annotate(times=Count("pk"))
    for each in same.filter(times__gt=1).order_by():
        yield f"{each['template']} {each['times']} times in the same words to {each['address']}"


def nobody_is_woken(since: datetime) -> Iterator[str]:
    """Reminders, and texts that nobody has just asked for, go out by day."""
    zone = ZoneInfo(settings.TIME_ZONE)
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
    """Every step is due before the day of departure, and its last safe day isn't after it."""
    late = ChecklistItem.objects.filter(done_at__isnull=True, closed_at__isnull=True)
    leaves_on = F("placement__trip__leaves_on")
    late = late.filter(Q(do_by__gte=leaves_on) | Q(last_safe_on__gt=leaves_on), step__timing="before_departure")
    for item in late.select_related("step", "placement__trip"):
        leaves = item.placement.trip.leaves_on
        yield f"{item.step.key} is due {item.do_by} and at last {item.last_safe_on}; the trip leaves {leaves}"


def steps_end_with_the_spot(since: datetime) -> Iterator[str]:
    """Nothing stays open for a student who has no spot any longer."""
    left = ChecklistItem.objects.filter(done_at__isnull=True, closed_at__isnull=True)
    for item in left.exclude(placement__application__status=Status.CONFIRMED).select_related("step"):
        yield f"{item.step.key} is still open for a student who {item.placement.application.status}"


def what_is_said_has_a_speaker(since: datetime) -> Iterator[str]:
    """Whatever was decided or confirmed by someone says by whom."""
    for model, at, by in _pairs():
        alone = model._default_manager.filter(**{f"{at}__gt": since, f"{by}__isnull": True})
        if f"{model._meta.label}.{at}" not in NOBODY_OF_THE_PORTAL and alone.exists():
            yield f"{model._meta.label}.{at} without {by}"


def tasks_end(since: datetime) -> Iterator[str]:
    """A task about a student who has left is about what remains to undo, and no older than a month."""
    for task in OfficeTask.objects.open().filter(person__isnull=False, due_on__lt=(since - timedelta(days=60)).date()):
        yield f"{task.kind} for {task.person} waits since {task.due_on}"


RULES: tuple[RuleOfRows, ...] = (
    no_message_twice,
    nobody_is_woken,
    who_left_is_left_alone,
    steps_are_due_in_time,
    steps_end_with_the_spot,
    what_is_said_has_a_speaker,
    tasks_end,
)


@cache
def _pairs() -> list[tuple[type[Model], str, str]]:
    """Fields that say when, beside one that says who: verified_at and verified_by."""
    found = []
    for model in apps.get_models():
        names = {field.name: field for field in model._meta.concrete_fields}
        for name in names:
            who = name.removesuffix("_at") + "_by"
            if name.endswith("_at") and who in names and names[who].null:
                found.append((model, name, who))
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


LOS_ANGELES = r"\bLos [AÁ]ngeles\b|\bLAX\b"
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


RulesOfPages = (others_stay_private, only_this_city_is_named, no_placeholder_shows)
