"""The stamps on a student's ticket: what is reached, what is going on now, what may come. Pure.

A stamp is set only for what has really happened, in order: none is set before an earlier one. What may come is shown
only while it can come, so a student on the waitlist or not selected has no stamps of a trip, and after withdrawing only
what was reached stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from applications.standing import Standing


@dataclass(frozen=True, slots=True)
class Stamp:
    label: str
    mark: str  # reached, now or later
    text: str


# What is going on is over: only what was reached is shown.
ENDED = frozenset(
    {
        *(Standing.DRAFT_CLOSED, Standing.OFFER_LAPSED, Standing.NOT_SELECTED),
        *(Standing.DECLINED, Standing.STAYED, Standing.WITHDRAWN),
    }
)


def stamps(where: Standing, reached: int) -> list[Stamp]:
    """`reached`: how many of applied, selected, placed, passport, travel, reflect have happened, counted from the
    first."""
    if where == Standing.WAITLISTED:
        return [_reached(_("Applied")), _now(_("Waitlist"))]
    if where == Standing.NOT_SELECTED:
        return [_reached(_("Applied")), _reached(_("Reviewed"))]
    done = [_("Applied"), _("Selected"), _("Placed"), _("Passport"), _("Travel"), _("Reflect")]
    set_ = [_reached(label) for label in done[:reached]]
    if where in ENDED or reached >= len(done):
        return set_
    return [*set_, _now(_going_on(where, done[reached])), *_later(done[reached + 1 :])]


def _going_on(where: Standing, label: str) -> str:
    """What the student or the office is doing now, where that isn't the name of the stamp."""
    return {
        Standing.DRAFT: _("Apply"),
        Standing.IN_REVIEW: _("In review"),
        Standing.TO_FIX: _("To fix"),
        Standing.OFFERED: _("Confirm"),
        Standing.CONFIRMED: _("City match"),
    }.get(where, label)


def _reached(label: str) -> Stamp:
    return Stamp(label, "reached", _("done"))


def _now(label: str) -> Stamp:
    return Stamp(label, "now", _("now"))


def _later(labels: Sequence[str]) -> list[Stamp]:
    return [Stamp(label, "later", _("later")) for label in labels]
