"""Where a student stands, and what may be done there. Pure: the one table that pages, actions and permissions ask.

A standing follows from the application's state, from two clocks (the deadline of a draft, the last day to answer an
offer) and from where the trip is. `ALLOWED` then says which acts are open there; what isn't listed is refused. The
table is printed in docs/standing.md, and tests/applications/test_standing.py compares both, cell by cell, with what the
pages show and the actions do.

`states.MOVES` says which state may follow which; this module says when, and who is asked.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext as _

from applications.states import Status
from exchange.base.errors import RuleViolation


class TripStage(StrEnum):
    """Where the trip is for one student. Only a confirmed student has any but NONE."""

    NONE = "none"  # no trip yet
    AHEAD = "ahead"
    DUE = "due"  # the day of departure has come, and the office hasn't recorded that the group left
    AWAY = "away"
    STAYED = "stayed"  # the group left without this student
    HOME = "home"


class Standing(StrEnum):
    DRAFT = "draft"
    DRAFT_CLOSED = "draft closed"  # the deadline passed before it was submitted
    IN_REVIEW = "in review"
    TO_FIX = "to fix"
    OFFERED = "offered"
    OFFER_LAPSED = "offer lapsed"
    WAITLISTED = "waitlisted"
    NOT_SELECTED = "not selected"
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    PLACED = "placed"
    DUE = "due"
    AWAY = "away"
    STAYED = "stayed"
    HOME = "home"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    # the student's
    EDIT = "edit"  # answers, files, the ranking of cities
    SUBMIT = "submit"
    ASK_TIME = "ask time"
    WITHDRAW = "withdraw"
    INTERVIEW = "interview"  # book a time for it, if invited
    CONFIRM = "confirm"
    DECLINE = "decline"
    PASSPORT = "passport"  # answer the passport questions
    UPGRADE = "upgrade"  # ask for a city ranked higher
    NEEDS = "needs"  # say what one eats and needs
    CHECKLIST = "checklist"  # check a step off, or undo it
    REFLECT = "reflect"
    # the office's
    RETURN = "return"
    GO_ON = "go on"  # without the fix
    GIVE_TIME = "give time"
    CORRECT = "correct"  # a released result
    EXTEND = "extend"
    LAPSE = "lapse"
    PROMOTE = "promote"
    WITHDRAW_FOR = "withdraw for"  # the student, with a reason
    RECORD = "record"  # correct whether the student traveled, with a reason


ALLOWED: Mapping[Standing, frozenset[Act]] = {
    Standing.DRAFT: frozenset({Act.EDIT, Act.SUBMIT, Act.WITHDRAW}),
    Standing.DRAFT_CLOSED: frozenset({Act.ASK_TIME, Act.GIVE_TIME}),  # never sent: nothing to withdraw
    Standing.IN_REVIEW: frozenset({Act.WITHDRAW, Act.INTERVIEW, Act.RETURN, Act.WITHDRAW_FOR}),
    Standing.TO_FIX: frozenset({Act.EDIT, Act.SUBMIT, Act.WITHDRAW, Act.GO_ON, Act.WITHDRAW_FOR}),
    Standing.OFFERED: frozenset(
        {
            *(Act.WITHDRAW, Act.CONFIRM, Act.DECLINE, Act.PASSPORT),
            *(Act.CORRECT, Act.EXTEND, Act.WITHDRAW_FOR),
        }
    ),
    Standing.OFFER_LAPSED: frozenset(
        {Act.WITHDRAW, Act.PASSPORT, Act.CORRECT, Act.EXTEND, Act.LAPSE, Act.WITHDRAW_FOR}
    ),
    Standing.WAITLISTED: frozenset({Act.WITHDRAW, Act.PASSPORT, Act.CORRECT, Act.PROMOTE, Act.WITHDRAW_FOR}),
    # a result that was told stays told: there is nothing to withdraw from
    Standing.NOT_SELECTED: frozenset({Act.CORRECT}),
    Standing.DECLINED: frozenset(),
    Standing.CONFIRMED: frozenset({Act.WITHDRAW, Act.PASSPORT, Act.WITHDRAW_FOR}),
    Standing.PLACED: frozenset(
        {
            *(Act.WITHDRAW, Act.PASSPORT, Act.UPGRADE, Act.NEEDS, Act.CHECKLIST, Act.REFLECT),
            Act.WITHDRAW_FOR,
        }
    ),
    # from here on only the office changes the record, with a reason
    Standing.DUE: frozenset({Act.PASSPORT, Act.NEEDS, Act.CHECKLIST, Act.REFLECT, Act.WITHDRAW_FOR}),
    Standing.AWAY: frozenset({Act.PASSPORT, Act.NEEDS, Act.REFLECT, Act.RECORD}),
    Standing.STAYED: frozenset({Act.PASSPORT, Act.RECORD}),
    # a passport is the student's own, and help with it doesn't end with the trip
    Standing.HOME: frozenset({Act.PASSPORT, Act.REFLECT, Act.RECORD}),
    Standing.WITHDRAWN: frozenset(),
}

_BY_STATUS = {
    Status.SUBMITTED: Standing.IN_REVIEW,
    Status.RETURNED: Standing.TO_FIX,
    Status.WAITLISTED: Standing.WAITLISTED,
    Status.NOT_SELECTED: Standing.NOT_SELECTED,
    Status.DECLINED: Standing.DECLINED,
    Status.WITHDRAWN: Standing.WITHDRAWN,
}
_BY_TRIP = {
    TripStage.NONE: Standing.CONFIRMED,
    TripStage.AHEAD: Standing.PLACED,
    TripStage.DUE: Standing.DUE,
    TripStage.AWAY: Standing.AWAY,
    TripStage.STAYED: Standing.STAYED,
    TripStage.HOME: Standing.HOME,
}
BEGUN = frozenset({Standing.DUE, Standing.AWAY, Standing.STAYED, Standing.HOME})


def standing(
    status: str, *, before_deadline: bool = True, offer_open: bool = False, trip: TripStage = TripStage.NONE
) -> Standing:
    """Each fact counts only in the state it belongs to: the deadline for a draft, the offer for a selected student,
    the trip for a confirmed one."""
    if status == Status.DRAFT:
        return Standing.DRAFT if before_deadline else Standing.DRAFT_CLOSED
    if status == Status.SELECTED:
        return Standing.OFFERED if offer_open else Standing.OFFER_LAPSED
    if status == Status.CONFIRMED:
        return _BY_TRIP[trip]
    return _BY_STATUS[Status(status)]


def statuses_with(act: Act) -> frozenset[Status]:
    """The states in which an act is open wherever the trip is; an act that depends on a clock or the trip has none."""
    found: dict[Status, list[bool]] = {status: [] for status in Status}
    for where in Standing:
        found[status_of(where)].append(may(where, act))
    return frozenset(status for status, open_in in found.items() if all(open_in))


def status_of(where: Standing) -> Status:
    """The state of an application that stands there."""
    if where in (Standing.DRAFT, Standing.DRAFT_CLOSED):
        return Status.DRAFT
    if where in (Standing.OFFERED, Standing.OFFER_LAPSED):
        return Status.SELECTED
    return {each: status for status, each in _BY_STATUS.items()}.get(where, Status.CONFIRMED)


def may(where: Standing, act: Act) -> bool:
    return act in ALLOWED[where]


def check(where: Standing, act: Act) -> None:
    """Raise RuleViolation("trip_begun" or "not_now") unless the act is open there."""
    if may(where, act):
        return
    if act in (Act.WITHDRAW, Act.WITHDRAW_FOR) and where in BEGUN:
        raise RuleViolation(
            "trip_begun",
            _("The trip has started, so the application can’t be withdrawn. The exchange team can correct the record."),
        )
    raise RuleViolation("not_now", _("This can’t be done at this stage. Nothing was changed."))
