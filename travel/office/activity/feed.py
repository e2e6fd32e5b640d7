"""What happened with one student, and in one cycle, newest first: worded events of the audit log. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from applications.apply.views.application_office import HISTORY, OWN_REASONS
from applications.models import Application, Cycle, Lottery, Offer, Recommendation, ScheduledRelease, Thread
from exchange.base import audit
from exchange.models import Event, Message, User
from travel.models import ChecklistItem, PassportCase, Placement, PlacementRun, Trip
from travel.office.own_data.export_tables import targets_of
from travel.placement import moving

OF_STUDENTS = {
    **HISTORY,
    "thread.ask": _("asked a question"),
    "thread.write": _("wrote more in a conversation"),
    "thread.answer": _("got an answer"),
    "thread.begin": _("got a message from us"),
    "thread.pass_on": _("question passed on"),
    "thread.attach_text": _("a text from an unknown number was added to their questions"),
    "thread.detach_text": _("a text that someone else wrote was taken out of their questions"),
    "placement.place": _("placed in a city"),
    "placement.move": _("moved to a city higher on their list"),
    "placement.move_by_hand": _("moved to another trip"),
    "placement.move_back": _("moved back to the trip before"),
    "placement.ask_upgrade": _("asked for a city higher on their list"),
    "placement.drop_upgrade": _("keeps the city they have"),
    "needs.say": _("told us who to call and what they need"),
    "orientation.attend": _("came to an orientation session"),
    "orientation.undo_attend": _("orientation check-in undone"),
    "ticket.write": _("name on the ticket entered"),
    "checklist.move_stage": _("passport status changed"),
    "checklist.check_passport": _("passport checked by staff"),
    "signed_form.sign": _("form signed"),
    "signed_form.withdraw": _("signature withdrawn"),
    "receipt.send": _("receipt sent"),
}
# about what the student told the office, which stands on their file
SAID = (
    *("statement.record", "statement.undo", "statement.object"),
    *("application.withdraw_for", "application.undo_withdraw_for"),
)
# too many for the feed of a cycle
OF_STEPS = {
    "checklist.mark_done": _("checklist step marked as done"),
    "checklist.fulfil": _("checklist step done on its own page"),
    "checklist.undo_done": _("checklist step open again"),
    "checklist.unfulfil": _("checklist step open again"),
    "checklist.verify_item": _("checklist step checked by staff"),
    "checklist.undo_verify": _("check of a checklist step undone"),
    "checklist.send_file": _("file sent for a checklist step"),
    "checklist.remove_file": _("file of a checklist step removed"),
    "checklist.return_file": _("file of a checklist step returned"),
}
OF_TRIPS = {
    "trip.add": _("trip added"),
    "trip.change": _("trip changed"),
    "trip.apply_change": _("change of the trip carried out and announced"),
    "trip.delay": _("return postponed"),
    "trip.ask_go": _("asked whether the trip goes"),
    "trip.decide_go": _("decided whether the trip goes"),
    "placement.depart": _("group left"),
    "placement.return": _("group back home"),
    "placement.close_trip": _("trip canceled"),
    "placement.reopen_trip": _("trip no longer canceled"),
}
OF_CYCLE = {
    "setup.create_cycle": _("cycle created"),
    "setup.copy_cycle": _("cycle copied from an earlier one"),
    "setup.publish_cycle": _("cycle published"),
    "setup.save_basics": _("cycle’s settings changed"),
    "setup.save_dates": _("cycle’s dates changed"),
    "setup.publish_version": _("application form published"),
    "norming.publish": _("sample applications shown to readers"),
    "review.assign_readers": _("readers drawn"),
    "review.release_readers": _("applications assigned to readers"),
    "review.move_unread": _("unread applications given to other readers"),
    "selection.release": _("results released"),
    "scores.publish": _("scores published"),
    "lottery.announce": _("lottery announced"),
    "lottery.commit": _("fingerprint of a lottery published"),
    "lottery.draw": _("lottery drawn"),
    "lottery.correct": _("lottery’s result corrected"),
    "lottery.publish": _("result of the lottery published"),
    "lottery.call_off": _("lottery canceled"),
    "release.schedule": _("release scheduled"),
    "release.cancel": _("scheduled release canceled"),
    "release.start": _("scheduled release started"),
    "release.refuse": _("scheduled release stopped, because something had changed"),
    "placement.release": _("placements released"),
}
# "selection.release" is of a cycle and of a student
LABELS: Mapping[str, Promise] = {**OF_CYCLE, **OF_TRIPS, **OF_STEPS, **OF_STUDENTS}
BESIDE: tuple[type[Model], ...] = (Placement, PassportCase, Thread, Offer, Recommendation)  # belong to an application
OWNED: tuple[type[Model], ...] = (Lottery, ScheduledRelease, PlacementRun)  # belong to a cycle
# Of the whole log that one page of a cycle looks at: there's no index by cycle, and a page must stay as fast with a
# full log. The next page goes on where this one ends, so a page may have few lines or none.
AT_ONCE = 5000
LINES = 50
MESSAGES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """`about`: the student or the trip, on the page of a cycle; the step, on a student's. `href`: its page; on a
    student's, of the conversation, or of what was recorded.
    """

    event: Event
    label: Promise | str
    reason: str
    about: str = ""
    href: str = ""


def of_student(student: User) -> QuerySet[Event]:
    return _worded(Event.objects.filter(targets_of(student)), {**OF_STUDENTS, **OF_STEPS})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log, newest first. `older`: where the part before it begins, None if the log ends here."""

    events: list[Event]
    older: int | None


def of_cycle(cycle: Cycle, user: User, before: int | None = None) -> Stretch:
    """The next entries before this one (primary key), or the newest, without those of `user`'s own application.

    Two queries along the primary key.
    """
    log = Event.objects.order_by("-pk")
    log = log.filter(pk__lt=before) if before else log
    ends = list(log.values_list("pk", flat=True)[AT_ONCE - 1 : AT_ONCE + 1])
    looked_at = log.filter(pk__gte=ends[0]) if ends else log
    found = _of(cycle, user, looked_at).order_by("-pk")
    events = list(found[: LINES + 1])
    if len(events) > LINES:
        return Stretch(_newest_first(events[:LINES]), events[LINES - 1].pk)
    return Stretch(_newest_first(events), ends[0] if len(ends) > 1 else None)


def _newest_first(events: list[Event]) -> list[Event]:
    """By the time that is shown, which is almost that of their keys: what is taken in later keeps its own time."""
    return sorted(events, key=lambda event: (event.at, event.pk), reverse=True)


def _of(cycle: Cycle, user: User, log: QuerySet[Event]) -> QuerySet[Event]:
    students = cycle.applications.real().exclude(student=user).values("pk")
    about = _is(Application, students)
    for model in BESIDE:
        about |= _is(model, model._default_manager.filter(application__in=students).values("pk"))
    about &= Q(action__in=OF_STUDENTS)
    about |= _is(Trip, cycle.trips.values("pk")) & Q(action__in=OF_TRIPS)
    about |= _is(Cycle, [cycle.pk]) & Q(action__in=OF_CYCLE)
    for model in OWNED:
        about |= _is(model, model._default_manager.filter(cycle=cycle).values("pk")) & Q(action__in=OF_CYCLE)
    return _worded(log.filter(about), LABELS)


def _is(model: type[Model], keys: Any) -> Q:
    return Q(target_model=model._meta.label_lower, target_id__in=keys)


def begins_at(last: Sequence[Event]) -> datetime | None:
    """When the log begins, of which these are the last entries: retention has removed what was before. One query."""
    first = Event.objects.order_by("pk").values_list("at", flat=True).first()
    return min([*([first] if first else []), *(event.at for event in last)], default=None)


def _worded(events: QuerySet[Event], labels: Mapping[str, Promise]) -> QuerySet[Event]:
    """Without what is private between a student and an advisor, and without what no page has words for."""
    known = events.filter(action__in=labels.keys()).exclude(action__in=audit.PRIVATE)
    return known.select_related("by").order_by("-at", "-pk")


def lines_of_student(events: Sequence[Event]) -> list[Line]:
    """Each with the checklist step that it is about, or a link to what was said. Three queries."""
    steps = ChecklistItem.objects.select_related("step").in_bulk(_keys(events, ChecklistItem))
    threads = Thread.objects.in_bulk(_keys(events, Thread))
    files = Application.objects.in_bulk({event.target_id for event in events if event.action in SAID})
    lines = []
    for event in events:
        line = _line(event, steps.get(event.target_id) if _is_of(event, ChecklistItem) else None)
        if _is_of(event, Thread) and event.target_id in threads:
            line = replace(line, href=threads[event.target_id].get_absolute_url())
        elif event.action in SAID and event.target_id in files:
            line = replace(line, href=f"{files[event.target_id].get_absolute_url()}#said")
        lines.append(line)
    return lines


@dataclass(frozen=True, slots=True)
class Sent:
    """`what`: its subject; a text has that of the email beside it."""

    message: Message
    what: str


def sent_to(student: User, reader: User) -> list[Sent]:
    """The newest emails and texts to the student that this person may see, without sign-in codes. One query."""
    rows = Message.objects.visible_to(reader).filter(recipient=student, is_secret=False)
    messages = list(rows.defer("body", "html")[:MESSAGES])
    subjects = {(each.template, each.queued_at): each.subject for each in messages if each.subject}
    return [
        Sent(each, each.subject or subjects.get((each.template, each.queued_at)) or str(_("Text message")))
        for each in messages
    ]


def lines_of_cycle(events: Sequence[Event]) -> list[Line]:
    """Each with the student or the trip that it is about. Three queries."""
    whose: dict[tuple[str, int], int] = {}
    beside = [
        model._default_manager.filter(pk__in=_keys(events, model))
        .order_by()
        .values_list(Value(model._meta.label_lower), "pk", "application")
        for model in BESIDE
    ]
    for model, key, application in beside[0].union(*beside[1:]).order_by():
        whose[model, key] = application
    people = Application.objects.with_people().in_bulk({*_keys(events, Application), *whose.values()} - {None})
    trips = Trip.objects.select_related("city").in_bulk(_keys(events, Trip))
    lines = []
    for event in events:
        if _is_of(event, Trip):
            about: Application | Trip | None = trips.get(event.target_id)
        else:
            own = event.target_id if _is_of(event, Application) else None
            about = people.get(own or whose.get((event.target_model, event.target_id), 0))
        lines.append(_line(event, about))
    return lines


def _line(event: Event, about: Application | Trip | ChecklistItem | None) -> Line:
    of_cycle = event.target_model in (Cycle._meta.label_lower, *(model._meta.label_lower for model in OWNED))
    label = OF_CYCLE.get(event.action) if of_cycle else None
    line = Line(event, label or LABELS[event.action], _reason_of(event))
    match about:
        case Application():
            return replace(line, about=str(about.student), href=about.get_absolute_url())
        case Trip():
            return replace(line, about=str(about), href=about.get_absolute_url())
        case ChecklistItem():
            return replace(line, about=str(about.step.title))
    return line


def _keys(events: Sequence[Event], model: type[Model]) -> set[int]:
    return {event.target_id for event in events if _is_of(event, model)}


def _is_of(event: Event, model: type[Model]) -> bool:
    return event.target_model == model._meta.label_lower


def _reason_of(event: Event) -> str:
    """In the reader's language, where the log has it; a reason that speaks to the student is said of them."""
    if event.action in OWN_REASONS:
        return ""
    if event.changes.get("is_asked"):
        return str(moving.ASKED)
    is_spanish = (get_language() or "").startswith("es")
    return (event.changes.get("reason_es") if is_spanish else "") or event.reason
