"""All open spots, or the first few, are offered at once: previewed, confirmed, and sent minutes later, for an undo.

Who is next and why is `promotions`, what an offer does is `correcting`: both as for a single spot.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import waitlist
from applications.models import Application, Cycle, Decision, ScheduledRelease
from applications.release import promotions
from applications.release.actions import correcting, releasing, scheduling, unsent
from applications.release.promotions import Proposal
from applications.states import Status
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Message, User

KIND = ScheduledRelease.Kind.SPOTS
# between the button and the first message: until then, one tap undoes all offers
HOLD = timedelta(minutes=5)


@dataclass(frozen=True)
class Filling:
    """What offering every open spot, or the first `most` of them, would do. `free`: how many are open, also where fewer
    students wait. `passed_over`: higher on the waitlist than somebody who gets a reserved spot. `templates`: of each
    message, by the application."""

    free: int
    proposals: tuple[Proposal, ...]
    passed_over: tuple[Decision, ...]
    templates: Mapping[int, str]
    answer_by: datetime
    most: int | None = None

    @property
    def people(self) -> list[Application]:
        return [proposal.application for proposal in self.proposals]

    @property
    def codes(self) -> list[str]:
        return [row.code for row in self.people]

    @cached_property
    def fingerprint(self) -> str:
        """Of what the page says: who, in which order and why, in which language, and until when they can answer."""
        rows = [
            (each.application.code, each.group, each.application.person.language, self.templates[each.application.pk])
            for each in self.proposals
        ]
        text = json.dumps([self.free, self.answer_by.isoformat(), rows])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Scheduled offers, and the names of who'd get them, in their order."""

    scheduled: ScheduledRelease
    people: list[str]


def plan(cycle: Cycle, *, most: int | None = None, answer_by: datetime | None = None) -> Filling:
    """What it would do now. `most`: only so many, the first in line. `answer_by`: as it was promised, else as of the
    time when the messages go."""
    free = waitlist.free_seats(cycle)
    spots = free if most is None else min(free, most)
    proposals, passed_over = promotions.in_line(cycle, spots) if spots else ([], [])
    told = [(each.application, each.decision.released_at) for each in proposals]
    return Filling(
        free,
        tuple(proposals),
        tuple(passed_over),
        unsent.templates_after(told, otherwise=unsent.SEAT_MESSAGE),
        answer_by or releasing.answer_by(cycle, on=timezone.localdate(timezone.now() + HOLD)),
        most,
    )


def first_of(filling: Filling, codes: Collection[str]) -> int:
    """How many spots these students are offered. The waitlist's order holds for them, too. RuleViolation: none,
    passed_over."""
    chosen = [row for row in filling.people if row.code in codes]
    if not chosen:
        raise RuleViolation("none", _("Check at least one student."))
    skipped = [str(row.student) for row in filling.people[: len(chosen)] if row not in chosen]
    if skipped:
        text = _("The waitlist’s order holds. Before the students you checked come: %(names)s. Check them, too.")
        raise RuleViolation("passed_over", text % {"names": ", ".join(skipped)})
    return len(chosen)


def stopped_by(cycle: Cycle, decisions: Collection[Decision]) -> Stopped | None:
    """The offers that wait for their time and that releasing these decisions would stop; None if there are none.

    They change who is next where they are about somebody in line, or put somebody on the waitlist before them.
    """
    waiting = scheduling.waiting_of(cycle, KIND)
    if waiting is None:
        return None
    filling, codes = plan(cycle, most=waiting.details.get("most")), waiting.details["codes"]
    last = max((each.decision.waitlist_position or 0 for each in filling.proposals), default=0)
    has_room = len(filling.proposals) < min(filling.free, filling.most or filling.free)
    takes = any(each.application.code in codes for each in decisions)
    new = [each for each in decisions if each.result == Status.WAITLISTED]
    comes = any(has_room or (each.waitlist_position or last + 1) <= last for each in new)
    if not takes and not comes:
        return None
    people = Application.objects.filter(code__in=codes).select_related("student")
    names = {row.code: str(row.student) for row in people}
    return Stopped(waiting, [names[code] for code in codes if code in names])


def drafts(filling: Filling) -> list[list[Message]]:
    """The messages, in the order of the proposals, as they would be sent; stores nothing."""
    made = []
    for row in filling.people:
        context = releasing.message_context(row, filling.answer_by)
        made.append((row.person, outbox.drafts(filling.templates[row.pk], to=row.person, context=context)))
    return outbox.welcome(made)


@transaction.atomic
def confirm(cycle: Cycle, *, seen: str, most: int | None = None, by: User) -> ScheduledRelease:
    """Offer every open spot, or the first `most`, once `HOLD` is over. A second tap returns the first.

    `seen`: the fingerprint of the page. RuleViolation: changed_since_preview, own_application, no_seat,
    already_scheduled.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    waiting = scheduling.waiting_of(cycle, KIND)
    if waiting and waiting.set_by_id == by.pk and waiting.details.get("fingerprint") == seen:
        return waiting
    scheduling.refuse_while_waiting(cycle, KIND)
    filling = plan(cycle, most=most)
    _check(filling, seen, by)
    details = {"fingerprint": seen, "most": most, "codes": filling.codes, "answer_by": filling.answer_by.isoformat()}
    return scheduling.add(KIND, cycle, due_at=timezone.now() + HOLD, details=details, by=by)


def _check(filling: Filling, seen: str, by: User) -> None:
    if not filling.proposals:
        raise RuleViolation("no_seat", _("There’s no open spot with someone waiting for it, so nothing was sent."))
    if filling.fingerprint != seen:
        raise RuleViolation(
            "changed_since_preview",
            _("The open spots or the waitlist have changed since the preview. Nothing was sent. Please check again."),
        )
    if any(row.student_id == by.pk for row in filling.people):
        raise RuleViolation("own_application", _("Your own application is one of these. Someone else has to do this."))


def carry_out(scheduled: ScheduledRelease) -> None:
    """Make all offers, in the transaction of `scheduling`, which has locked the cycle. RuleViolation as `confirm`."""
    until = datetime.fromisoformat(scheduled.details["answer_by"])
    people = Application.objects.select_for_update(of=("self",)).filter(code__in=scheduled.details["codes"])
    list(people.order_by("pk").only("pk"))  # locked in one order, so that no other act on one comes between
    filling = plan(scheduled.cycle, most=scheduled.details.get("most"), answer_by=until)
    _check(filling, scheduled.details["fingerprint"], scheduled.set_by)
    for proposal in filling.proposals:
        batch = key_of(scheduled)
        correcting.offer_spot(proposal.application, proposal, until=until, by=scheduled.set_by, batch=batch)
