"""Proposals: results by the committee's rule for many applications at once, private, and undone in one step."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle, Decision
from applications.scores import comparing
from applications.selection import committee
from applications.selection.actions import selection
from applications.selection.reserves import TooHardError
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import Event, User
from exchange.reference import facts
from exchange.templatetags.ui import day_year

ACTION, UNDO = "committee.draft", "committee.undo_draft"


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """The newest proposal, without the decisions that were changed since: what an undo would take back."""

    event: Event
    decisions: list[int]


def rule_in_words(cycle: Cycle, asked: committee.CommitteeRule) -> str:
    """The beginning of the reason of every result in a proposal. `asked`: the rule as applied
    (`committee.counted_by`)."""
    scores = _("adjusted scores") if asked.basis == committee.Basis.ADJUSTED else _("average scores")
    words = [_("Draft on %(day)s by %(scores)s") % {"day": day_year(timezone.now()), "scores": scores}]
    if asked.minimum is not None:
        words.append(_("at least %(minimum)s points") % {"minimum": f"{asked.minimum.normalize():f}"})
    if any(asked.floors.values()):
        names = committee.Names(cycle)
        kept = "; ".join(f"{names[group]} {seats}" for group, seats in asked.floors.items() if seats)
        words.append(_("reserved spots: %(kept)s") % {"kept": kept})
    return ", ".join(words) + "."


@transaction.atomic
def draft(
    cycle: Cycle,
    asked: committee.CommitteeRule,
    *,
    waitlist: int,
    fingerprint: str,
    by: User,
    partly_read: bool = False,
) -> int:
    """Record private results for all to whom the rule gives a seat, and for the next ones (`waitlist`: how many) on the
    waiting list.

    Returns how many. `partly_read`: the person agreed to go ahead although not all readings of the candidates are in.
    RuleViolation: scores_not_current, changed_since_preview,
    too_hard, nothing_to_draft, reading_open, own_application, partly_read.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    if committee.hidden_count(cycle, by):
        raise RuleViolation("reading_open", _("Lock your own readings in this cycle first. A draft shows the scores."))
    compared = comparing.compare(cycle, facts.numbers(*comparing.FACTS), at_once=True)
    counted = committee.counted_by(asked, compared)
    try:
        room = committee.what_if(cycle, asked, compared)
    except TooHardError as error:
        raise RuleViolation(
            "too_hard",
            _("There are too many groups with reserved spots to calculate at once. Reserve spots for fewer groups."),
        ) from error
    _check(room, waitlist=waitlist, fingerprint=fingerprint, partly_read=partly_read)
    cycle.scores_by = asked.basis
    cycle.save(update_fields=["scores_by"])
    made = _select(cycle, counted, room, by) + _wait(cycle, counted, room, waitlist, by)
    audit.record(ACTION, cycle, by=by, reason=rule_in_words(cycle, counted), changes={"decisions": made})
    return len(made)


def _check(room: committee.Room, *, waitlist: int, fingerprint: str, partly_read: bool) -> None:
    if room.fingerprint() != fingerprint:
        raise RuleViolation(
            "changed_since_preview",
            _("Something changed while this page was open. Nothing was saved. Please check again."),
        )
    if not room.outcome.chosen and not (waitlist and room.outcome.waiting):
        raise RuleViolation("nothing_to_draft", _("There’s no one to save a result for."))
    if room.partly_read and not partly_read:
        raise RuleViolation(
            "partly_read", _("Some candidates aren’t fully read yet. Check the box to go ahead without their readings.")
        )


def _select(cycle: Cycle, asked: committee.CommitteeRule, room: committee.Room, by: User) -> list[int]:
    names, rule = committee.Names(cycle), rule_in_words(cycle, asked)
    because: defaultdict[str, list[Application]] = defaultdict(list)
    brought_in = {entry.code: entry.groups for entry in room.outcome.enters}
    for code in room.outcome.chosen:
        groups = ", ".join(names[group] for group in brought_in.get(code, ()))
        why = _("Reserved spot for: %(groups)s.") % {"groups": groups} if groups else _("Among the highest scores.")
        because[f"{rule} {why}"].append(room.applications[code])
    made = []
    for reason, applications in because.items():
        made += selection.decide_many(applications, result=Status.SELECTED, reason=reason, by=by)
    return [decision.pk for decision in made]


def _wait(cycle: Cycle, asked: committee.CommitteeRule, room: committee.Room, number: int, by: User) -> list[int]:
    reason = f"{rule_in_words(cycle, asked)} {_('Next by score.')}"
    return [
        selection.decide(room.applications[code], result=Status.WAITLISTED, reason=reason, by=by).pk
        for code in room.outcome.waiting[:number]
    ]


def newest_of(cycle: Cycle) -> OpenProposal | None:
    """The newest proposal that an undo would take back; None if there is none, or nothing of it is left."""
    newest = (
        Event.objects.filter(action__in=(ACTION, UNDO), target_model="applications.cycle", target_id=cycle.pk)
        .order_by("-pk")
        .first()
    )
    if newest is None or newest.action == UNDO:
        return None
    left = (
        Decision.objects.unreleased()
        .filter(pk__in=newest.changes["decisions"], reason__startswith=newest.reason)
        .values_list("pk", flat=True)
    )
    return OpenProposal(newest, list(left)) if left else None


@transaction.atomic
def undo_draft(cycle: Cycle, *, by: User) -> int:
    """Undo the newest proposal. Results that were changed since or released stay. RuleViolation: no_draft."""
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    found = newest_of(cycle)
    if found is None:
        raise RuleViolation("no_draft", _("There’s no draft to undo."))
    decisions = list(Decision.objects.filter(pk__in=found.decisions).select_related("application"))
    audit.record_many("selection.undo", ((each.application, {"before": each.result}) for each in decisions), by=by)
    Decision.objects.filter(pk__in=found.decisions).delete()
    audit.record(UNDO, cycle, by=by, changes={"count": len(decisions)})
    return len(decisions)
