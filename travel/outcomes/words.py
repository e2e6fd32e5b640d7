"""Published ranges in words."""

import math
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from exchange.figures.counts import ENDLESS, Range
from travel.outcomes.population import Mark, Stage, Step

# Simple parts of a whole, the largest first.
PARTS = ((9, 10), (4, 5), (3, 4), (2, 3), (1, 2), (1, 3), (1, 4), (1, 5), (1, 10))
HALF = (1, 2)


@dataclass(frozen=True, slots=True)
class ShareWords:
    """`figure`: a percentage or a part; `opening`: what comes before the sentence, such as "or more"."""

    figure: str
    opening: str = ""


def payer_text(fund: str) -> str:
    """Who pays a line of a budget; a line without a sponsor is the program's."""
    return fund or _("The program")


def count_text(count: Range | None) -> str:
    if count is None:
        return _("not shown")
    if count.is_exact:
        return str(count.low)
    if count.high >= ENDLESS:
        return _("%(number)s or more") % {"number": count.low}
    return _("%(low)s to %(high)s") % {"low": count.low, "high": count.high}


def share_words(count: Range, of: int) -> ShareWords:
    """A share of `of` persons (not zero): whole percent, halves up; for a range, the nearest simple part."""
    if count.is_exact:
        return ShareWords(_("%(percent)s%%") % {"percent": math.floor(count.low * 100 / of + 0.5)})
    for part, whole in PARTS:
        if count.low * whole >= part * of:
            return ShareWords(_part(part, whole), _("or more"))
    for part, whole in reversed(PARTS):
        if count.high * whole <= part * of:
            return ShareWords(_part(part, whole), _("or fewer"))
    return ShareWords(_("%(low)s to %(high)s") % {"low": count.low, "high": count.high})


def _part(part: int, whole: int) -> str:
    if (part, whole) == HALF:
        return _("Half")
    return _("%(part)s in %(whole)s") % {"part": part, "whole": whole}


def stage_name(stage: Stage) -> str:
    return {
        Stage.STARTED: pgettext("students who got this far", "Started"),
        Stage.SUBMITTED: pgettext("students who got this far", "Submitted"),
        Stage.ENDORSED: pgettext("students who got this far", "Endorsed"),
        Stage.READ: pgettext("students who got this far", "Read"),
        Stage.SELECTED: pgettext("students who got this far", "Selected"),
        Stage.CONFIRMED: pgettext("students who got this far", "Confirmed"),
        Stage.PASSPORT: pgettext("students who got this far", "Passport in hand"),
        Stage.TRAVELED: pgettext("students who got this far", "Traveled"),
    }[stage]


def step_name(step: Step) -> str:
    return {
        Step.DECISION: _("From application to decision"),
        Step.ANSWER: _("From decision to the student’s answer"),
        Step.PASSPORT: _("From the answer to a passport we’ve seen"),
    }[step]


def within_text(weeks: int) -> str:
    return ngettext("within %(count)s week", "within %(count)s weeks", weeks) % {"count": weeks}


def mark_name(mark: Mark) -> str:
    return {
        Mark.ABROAD: _("Never abroad"),
        Mark.FLIGHT: _("First flight"),
        Mark.PASSPORT: _("First passport"),
        Mark.GENERATION: _("First generation"),
        Mark.CHOICE: _("First choice"),
    }[mark]
