"""Every write to where a passport stands. No number, no scan, no reason: route, stage, dates and who looked."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange import audit
from exchange.errors import RuleViolation
from exchange.models import User
from exchange.templatetags.ui import day_year
from travel import planning
from travel.actions.replan import follow_stage, locked, recompute
from travel.models import PassportCase
from travel.passport_route import Answers, Result, route
from travel.planning import BEFORE_APPLYING, Rules
from travel.states import HAS_PASSPORT, PassportStage

Route = PassportCase.Route


@transaction.atomic
def answer_route(case: PassportCase, answers: Answers, *, by: User) -> PassportCase:
    """Find the way to a passport, keep the way and forget the answers; plans the dates again.

    RuleViolation("already_applied") once the form is with the government, ("already_checked") once it was seen.
    """
    case = locked(case)
    if case.stage not in BEFORE_APPLYING | HAS_PASSPORT:
        raise RuleViolation(
            "already_applied", _("You have applied for your passport already. Ask your advisor to change the way.")
        )
    if case.stage == PassportStage.CHECKED:
        raise RuleViolation("already_checked", _("Your advisor has seen your passport. Nothing was changed."))
    rules = Rules.load([case.placement.trip])
    trip = case.placement.trip
    result = route(answers, planning.validity(trip, rules.entry_rule(trip)))
    case.route = Route(result.route)
    case.is_first_passport = result.is_first_passport
    case.needs_certificate = result.needs_certificate
    case.expires_on = result.expires_on
    _start(case, result)
    case.save()
    follow_stage(case, by=by)
    recompute(case, by=by, rules=rules)
    audit.record("checklist.answer_route", case.placement, by=by)  # not which way: that is the student's
    case.refresh_from_db()
    return case


def _start(case: PassportCase, result: Result) -> None:
    """Move the stage to where this way begins."""
    if result.route == Route.VALID:
        if case.stage == PassportStage.BOOKED:
            _move(case, PassportStage.GATHERING)
        if case.stage != PassportStage.IN_HAND:
            _move(case, PassportStage.IN_HAND)
    elif case.stage == PassportStage.IN_HAND or (
        result.route != Route.TALK and case.stage == PassportStage.NOT_STARTED
    ):
        _move(case, PassportStage.GATHERING)


def _move(case: PassportCase, stage: str) -> None:
    case.move_to(stage)
    case.stage_changed_at = timezone.now()
    if stage != PassportStage.CHECKED:
        case.checked_at = case.checked_by = None
    if stage != PassportStage.BOOKED:
        case.appointment_on = None


@transaction.atomic
def move_stage(case: PassportCase, stage: str, *, by: User, appointment_on: date | None = None) -> PassportCase:
    """Move a passport to its next stage, or back; plans the dates again. The same stage twice changes nothing.

    RuleViolation: ("move_not_allowed"), ("appointment_needed") without the day of a booked visit, or
    ("seen_by_staff_only") for the stage that only `check` may set.
    """
    case = locked(case)
    if stage == PassportStage.CHECKED:
        raise RuleViolation("seen_by_staff_only", _("Only an advisor who saw the passport can say so."))
    if case.stage == stage and case.appointment_on == appointment_on:
        return case
    if stage == PassportStage.BOOKED and appointment_on is None:
        raise RuleViolation("appointment_needed", _("Write the day of your appointment."))
    before = case.stage
    if case.stage != stage:
        _move(case, stage)
    case.appointment_on = appointment_on if stage == PassportStage.BOOKED else None
    if stage not in BEFORE_APPLYING and case.needs_certificate:
        case.needs_certificate = False  # it went to the counter with the form
    case.save()
    audit.record("checklist.move_stage", case.placement, by=by, changes={"stage": [before, str(stage)]})
    follow_stage(case, by=by)
    recompute(case, by=by)
    case.refresh_from_db()
    return case


@transaction.atomic
def check(case: PassportCase, *, expires_on: date, by: User) -> PassportCase:
    """An advisor or coordinator has held the signed passport and read its last day. Repeating it is harmless.

    RuleViolation: ("move_not_allowed") unless it is in hand, or ("expires_too_soon") for this trip.
    """
    case = locked(case)
    trip = case.placement.trip
    needed = planning.validity(trip, Rules.load([trip]).entry_rule(trip)).needed_until
    if expires_on < needed:
        raise RuleViolation(
            "expires_too_soon",
            _(
                "For this trip a passport must be valid until %(day)s."
                " Ask the student to answer the passport questions again."
            )
            % {"day": day_year(needed)},
        )
    if case.stage == PassportStage.CHECKED and case.expires_on == expires_on:
        return case
    if case.stage != PassportStage.CHECKED:
        _move(case, PassportStage.CHECKED)
    case.expires_on, case.checked_at, case.checked_by = expires_on, timezone.now(), by
    case.save()
    audit.record("checklist.check_passport", case.placement, by=by)
    follow_stage(case, by=by)
    recompute(case, by=by)
    case.refresh_from_db()
    return case


@transaction.atomic
def set_certificate(case: PassportCase, *, is_needed: bool, by: User) -> PassportCase:
    """The student has no birth certificate (or has it now, or has ordered it); plans the dates again.

    RuleViolation("already_applied") once the form is with the government: it needs none any more.
    """
    case = locked(case)
    if bool(case.needs_certificate) == is_needed:
        return case
    if case.stage not in BEFORE_APPLYING:
        raise RuleViolation("already_applied", _("You have applied already, so you need no certificate now."))
    case.needs_certificate = is_needed
    case.save(update_fields=["needs_certificate"])
    audit.record("checklist.set_certificate", case.placement, by=by)
    recompute(case, by=by)
    case.refresh_from_db()
    return case
