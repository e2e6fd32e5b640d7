"""States of passport cases and fee vouchers: their names, the moves allowed between them, and their colors."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from applications.standing import Act, statuses_with
from exchange.base.errors import RuleViolation

# Students who get help with a passport. It begins with the decision, because a passport can take longer than the time
# from placement to departure.
HELPED = statuses_with(Act.PASSPORT)


class PassportStage(models.TextChoices):
    NOT_STARTED = "not_started", _("not started")
    GATHERING = "gathering", _("gathering documents")
    READY = "ready", _("documents ready")
    BOOKED = "booked", _("appointment booked")
    APPLIED = "applied", _("applied")
    LETTER = "letter", _("needs to answer a letter")
    ISSUED = "issued", _("issued, on its way")
    IN_HAND = "in_hand", _("in hand")
    CHECKED = "checked", _("checked by an advisor")
    NAME_MATCHED = "name_matched", _("checked, and the name matches the ticket")


MOVES: dict[PassportStage, frozenset[PassportStage]] = {
    PassportStage.NOT_STARTED: frozenset(
        {PassportStage.GATHERING, PassportStage.READY, PassportStage.BOOKED, PassportStage.IN_HAND}
    ),
    PassportStage.GATHERING: frozenset(
        {PassportStage.READY, PassportStage.BOOKED, PassportStage.APPLIED, PassportStage.IN_HAND}
    ),
    PassportStage.READY: frozenset(
        {PassportStage.GATHERING, PassportStage.BOOKED, PassportStage.APPLIED, PassportStage.IN_HAND}
    ),
    PassportStage.BOOKED: frozenset({PassportStage.GATHERING, PassportStage.READY, PassportStage.APPLIED}),
    # back to gathering: marked by mistake, or the form was sent back
    PassportStage.APPLIED: frozenset(
        {PassportStage.GATHERING, PassportStage.LETTER, PassportStage.ISSUED, PassportStage.IN_HAND}
    ),
    PassportStage.LETTER: frozenset({PassportStage.APPLIED, PassportStage.ISSUED, PassportStage.IN_HAND}),
    PassportStage.ISSUED: frozenset({PassportStage.IN_HAND}),
    PassportStage.IN_HAND: frozenset({PassportStage.CHECKED, PassportStage.GATHERING}),
    PassportStage.CHECKED: frozenset({PassportStage.NAME_MATCHED, PassportStage.IN_HAND}),
    # the ticket or the passport changed, so it must be checked again
    PassportStage.NAME_MATCHED: frozenset({PassportStage.CHECKED, PassportStage.IN_HAND}),
}

# Nothing has been sent to the government yet, so the student may still choose another route.
BEFORE_APPLYING = frozenset(
    {PassportStage.NOT_STARTED, PassportStage.GATHERING, PassportStage.READY, PassportStage.BOOKED}
)
# The documents aren't complete. BOOKED isn't here: an appointment says nothing about the documents.
NO_PAPERS = frozenset({PassportStage.NOT_STARTED, PassportStage.GATHERING})
# Staff have seen the passport itself, so the student is done.
SEEN = frozenset({PassportStage.CHECKED, PassportStage.NAME_MATCHED})
HAS_PASSPORT = SEEN | {PassportStage.IN_HAND}
# The application is with the government and the student has nothing to do.
WAITING = frozenset({PassportStage.APPLIED, PassportStage.ISSUED})


def check_move(source: str, target: str) -> None:
    """Raise RuleViolation("move_not_allowed") unless MOVES lists it."""
    if PassportStage(target) not in MOVES[PassportStage(source)]:
        raise RuleViolation(
            "move_not_allowed",
            _("This passport is “%(source)s”, so it can’t become “%(target)s”. Nothing was changed.")
            % {"source": PassportStage(source).label, "target": PassportStage(target).label},
        )


class VoucherState(models.TextChoices):
    """Where a fee voucher is."""

    OFFICE = "office", _("at the office")
    GIVEN = "given", _("with the student")
    USED = "used", _("used")
    LOST = "lost", _("lost")


# A lost voucher may be found again; a used one is final.
VOUCHER_MOVES: dict[VoucherState, frozenset[VoucherState]] = {
    VoucherState.OFFICE: frozenset({VoucherState.GIVEN, VoucherState.LOST}),
    VoucherState.GIVEN: frozenset({VoucherState.USED, VoucherState.OFFICE, VoucherState.LOST}),
    VoucherState.LOST: frozenset({VoucherState.OFFICE}),
    VoucherState.USED: frozenset(),
}
VOUCHER_TONES: dict[VoucherState, str] = {
    VoucherState.OFFICE: "neutral",
    VoucherState.GIVEN: "now",
    VoucherState.USED: "good",
    VoucherState.LOST: "stop",
}


class Urgency(models.TextChoices):
    """How a passport plan compares with its dates; the values are those of `travel.passport.plan.timeline`."""

    ON_TIME = "on_time", _("on time")
    SOON = "soon", _("soon")
    LATE = "late", _("behind schedule")
    URGENT_COUNTER = "urgent_counter", _("urgent appointment")
    NOT_FEASIBLE = "not_feasible", _("advisor to decide")


# The first plan no longer works, so staff should call.
BEHIND = frozenset({Urgency.LATE, Urgency.URGENT_COUNTER, Urgency.NOT_FEASIBLE})
URGENCY_TONES: dict[Urgency, str] = {
    Urgency.ON_TIME: "good",
    Urgency.SOON: "wait",
    Urgency.LATE: "wait",  # not red, because a faster service is still in time
    Urgency.URGENT_COUNTER: "stop",
    Urgency.NOT_FEASIBLE: "stop",
}
STAGE_TONES: dict[PassportStage, str] = {
    PassportStage.NOT_STARTED: "neutral",
    PassportStage.GATHERING: "now",
    PassportStage.READY: "now",
    PassportStage.BOOKED: "now",
    PassportStage.APPLIED: "wait",
    PassportStage.LETTER: "wait",
    PassportStage.ISSUED: "wait",
    PassportStage.IN_HAND: "good",
    PassportStage.CHECKED: "good",
    PassportStage.NAME_MATCHED: "good",
}
