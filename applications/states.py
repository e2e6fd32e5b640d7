"""The states of an application and the allowed moves between them; a status changes only by a move listed here.

When a move is open, and to whom, is in `applications.standing`.
"""

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from exchange.base.errors import RuleViolation


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for a fix")
    SELECTED = "selected", _("selected")
    WAITLISTED = "waitlisted", _("waitlisted")
    NOT_SELECTED = "not_selected", _("not selected")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")

    @property
    def plural(self) -> str:
        """The label beside a number of applications: Spanish needs the plural."""
        return str(PLURALS[self])


PLURALS = {
    Status.DRAFT: pgettext_lazy("how many", "drafts"),
    Status.SUBMITTED: pgettext_lazy("how many", "submitted"),
    Status.RETURNED: pgettext_lazy("how many", "returned for a fix"),
    Status.SELECTED: pgettext_lazy("how many", "selected"),
    Status.WAITLISTED: pgettext_lazy("how many", "waitlisted"),
    Status.NOT_SELECTED: pgettext_lazy("how many", "not selected"),
    Status.CONFIRMED: pgettext_lazy("how many", "confirmed"),
    Status.DECLINED: pgettext_lazy("how many", "declined"),
    Status.WITHDRAWN: pgettext_lazy("how many", "withdrawn"),
}

MOVES: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.WITHDRAWN}),
    Status.SUBMITTED: frozenset(
        {Status.RETURNED, Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED, Status.WITHDRAWN}
    ),
    Status.RETURNED: frozenset({Status.SUBMITTED, Status.WITHDRAWN}),
    Status.SELECTED: frozenset({Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN}),
    Status.WAITLISTED: frozenset({Status.SELECTED, Status.NOT_SELECTED, Status.WITHDRAWN}),
    Status.NOT_SELECTED: frozenset(),
    Status.CONFIRMED: frozenset({Status.WITHDRAWN}),  # until the trip begins: `standing.ALLOWED`
    Status.DECLINED: frozenset(),
    Status.WITHDRAWN: frozenset(),
}

# Results that may replace a wrong, released one: only by a correction, which has a reason.
# A confirmed seat is not listed: the office talks to the student first, who then withdraws.
CORRECTIONS: dict[Status, frozenset[Status]] = {
    Status.SELECTED: frozenset({Status.WAITLISTED, Status.NOT_SELECTED}),
    Status.WAITLISTED: frozenset({Status.SELECTED, Status.NOT_SELECTED}),
    Status.NOT_SELECTED: frozenset({Status.SELECTED, Status.WAITLISTED}),
}

# What the office may undo within a day, because it had recorded it for the student: `application.undo_withdraw_for`.
UNDONE: dict[Status, frozenset[Status]] = {
    Status.WITHDRAWN: frozenset(
        {Status.SUBMITTED, Status.RETURNED, Status.SELECTED, Status.WAITLISTED, Status.CONFIRMED}
    ),
    Status.CONFIRMED: frozenset({Status.SELECTED}),
    Status.DECLINED: frozenset({Status.SELECTED}),
}

# States in which the student may still change answers.
OPEN_FOR_EDITING = frozenset({Status.DRAFT, Status.RETURNED})
# States of applications that were submitted and not withdrawn.
IN_THE_CYCLE = frozenset(Status) - {Status.DRAFT, Status.WITHDRAWN}
RESULTS = (Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED)
# Offered a seat, whatever the student answered.
WAS_SELECTED = frozenset({Status.SELECTED, Status.CONFIRMED, Status.DECLINED})


class Reached(models.TextChoices):
    """Filters by how far an application has come; each combines several states."""

    SENT = "sent", _("submitted, with or without a decision")
    ENDORSED = "endorsed", _("endorsed, with or without a decision")
    CHOSEN = "chosen", _("selected, confirmed or declined")


def check_move(source: str, target: str) -> None:
    """Raise RuleViolation("move_not_allowed") unless MOVES lists it."""
    if Status(target) not in MOVES[Status(source)]:
        raise RuleViolation(
            "move_not_allowed",
            _("This application is %(source)s, so it can’t become %(target)s. Nothing was changed.")
            % {"source": Status(source).label, "target": Status(target).label},
        )


def check_undo(source: str, target: str) -> None:
    """Raise RuleViolation("move_not_allowed") unless UNDONE lists it."""
    if Status(target) not in UNDONE.get(Status(source), frozenset()):
        raise RuleViolation("move_not_allowed", gettext("This can’t be undone. Nothing was changed."))


def check_correction(source: str, target: str) -> None:
    """Raise RuleViolation("correction_not_allowed") unless CORRECTIONS lists it."""
    if Status(target) in CORRECTIONS.get(Status(source), frozenset()):
        return
    if Status(source) == Status.CONFIRMED:
        message = gettext("The student has confirmed their spot. Talk with them first. They can give it up themselves.")
    else:
        message = gettext("This application is %(source)s, so the decision can’t be corrected to %(target)s.") % {
            "source": Status(source).label,
            "target": Status(target).label,
        }
    raise RuleViolation("correction_not_allowed", message)


# The visual tone of each state's badge, by value so that it does not depend on the wording.
TONES: dict[Status, str] = {
    Status.DRAFT: "neutral",
    Status.SUBMITTED: "now",
    Status.RETURNED: "wait",
    Status.SELECTED: "good",
    Status.WAITLISTED: "wait",
    Status.NOT_SELECTED: "neutral",
    Status.CONFIRMED: "good",
    Status.DECLINED: "neutral",
    Status.WITHDRAWN: "neutral",
}
