"""Actions on what a cycle promises its travelers, and on what each was promised."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import actions as rows
from travel.base import reference_files
from travel.models import MoneyPromise, MoneyRule, Placement, Trip
from travel.models.placement import PlacementQuerySet
from travel.prepare import going
from travel.prepare.money import promise as money
from travel.prepare.money import steps as money_steps
from travel.prepare.money.promise import NotPossible
from travel.prepare.money.rows import is_of, sums_now

STANDARD = "money.toml"
PAGE = "travel:cycle-preparation"
Why = MoneyPromise.Why
CARRIED = (
    *("key", "order", "kind", "title_en", "title_es", "cents", "fund", "source_name", "as_of", "fee", "timing", "days"),
    *("how_en", "how_es", "is_for_everyone"),
)
REASON_MAX = 500


# --- Rules ------------------------------------------------------------------------------------------


@transaction.atomic
def create_rules(cycle: Cycle, by: User) -> list[MoneyRule]:
    """Give the cycle drafts of the standard rules, unless it has some. Amounts come only from the city's own file."""
    return _fill(cycle, reference_files.ours().rows(STANDARD, "rule", by=["key"]), "money.create_rules", by=by)


@transaction.atomic
def copy_rules(source: Cycle, cycle: Cycle, by: User) -> list[MoneyRule]:
    """Copy last year's rules as drafts, so that the office looks at each amount again. Else the standard ones."""
    theirs = [{name: getattr(rule, name) for name in CARRIED} for rule in source.money_rules.in_use()]
    return _fill(cycle, theirs, "money.copy_rules", by=by) if theirs else create_rules(cycle, by)


def _fill(cycle: Cycle, given: list[dict[str, Any]], action: str, *, by: User) -> list[MoneyRule]:
    cycle = rows.lock(cycle)
    if there := list(cycle.money_rules.all()):
        return there
    made = MoneyRule.objects.bulk_create(MoneyRule(cycle=cycle, **values) for values in given)
    audit.record(action, cycle, by=by, changes={"rules": [rule.key for rule in made]})
    return made


def needs_of(cycle: Cycle) -> Iterator[Need]:
    """What is missing of the cycle's money. Nothing that keeps it from opening."""
    if not cycle.money_rules.exists():
        yield Need("money", _("Say what students get paid or paid back for the trip."), PAGE, stops=False)


@transaction.atomic
def add_rule(cycle: Cycle, values: Mapping[str, Any], *, by: User, trips: Collection[Trip] = ()) -> MoneyRule:
    """A new rule, as a draft. RuleViolation: not_possible."""
    rule = rows.add(MoneyRule, {**values, "cycle": cycle}, under=cycle, by=by)
    rule.trips.set(trips)
    return rule


@transaction.atomic
def change_rule(
    rule: MoneyRule, values: Mapping[str, Any], *, seen: str, by: User, trips: Collection[Trip] = ()
) -> MoneyRule:
    """Change a draft. RuleViolation: published, changed_meanwhile, not_possible."""
    _draft(rule)
    rule = rows.change(rule, values, seen=seen, by=by)
    rule.trips.set(trips)
    return rule


@transaction.atomic
def change_words(rule: MoneyRule, values: Mapping[str, Any], *, seen: str, by: User) -> MoneyRule:
    """Say in other words how a published rule is paid. RuleViolation: changed_meanwhile."""
    words = {name: values[name] for name in ("how_en", "how_es")}
    return rows.change(rule, words, seen=seen, by=by)


@transaction.atomic
def remove_rule(rule: MoneyRule, *, by: User) -> None:
    """Remove a draft. A published rule is promised to nobody else; what was promised stays."""
    there = MoneyRule.objects.select_for_update(of=("self",)).filter(pk=rule.pk).first()
    if there is None or there.retired_at:
        return
    if there.published_at is None:
        rows.remove(there, by=by)
        return
    there.retired_at = timezone.now()
    there.save(update_fields=["retired_at"])
    audit.record("money.retire_rule", there, by=by)


@transaction.atomic
def publish_rule(rule: MoneyRule, *, by: User) -> int:
    """Promise it to everyone who goes, now and later. Returns to how many now. Safe to repeat.

    RuleViolation("no_amount"): nobody has said how much, or where that's written.
    """
    rule = rows.lock(rule)
    if rule.published_at:
        return 0
    if rule.cents is None:
        raise RuleViolation("no_amount", _("Enter the amount, who pays it and where that’s written first."))
    rule.published_at = timezone.now()
    rule.save(update_fields=["published_at"])
    audit.record("money.publish_rule", rule, by=by, changes={"cents": rule.cents})
    return _promise_all([rule], by=by)


# --- Promises ---------------------------------------------------------------------------------------


def promise_due() -> int:
    """Promise what's published to everyone placed since. For the nightly task; returns how many promises."""
    rules = MoneyRule.objects.in_use().promised().filter(cycle__closed_out_at__isnull=True)
    return _promise_all(list(rules.prefetch_related("trips")), by=None)


@transaction.atomic
def _promise_all(rules: Iterable[MoneyRule], *, by: User | None) -> int:
    made: list[MoneyPromise] = []
    for rule in rules:
        if rule.is_voucher or not rule.is_for_everyone:
            continue
        seats = _going(rule.cycle_id).exclude(promises__rule=rule)
        if only := [trip.pk for trip in rule.trips.all()]:
            seats = seats.filter(trip__in=only)
        made += _promise(rule, seats, by=by)
    return len(made)


def _going(cycle_id: int) -> PlacementQuerySet:
    return Placement.objects.active().filter(trip__cycle=cycle_id, trip__returned_at__isnull=True).order_by("pk")


def _promise(rule: MoneyRule, seats: Iterable[Placement], *, by: User | None) -> list[MoneyPromise]:
    new = [MoneyPromise(placement=seat, rule=rule, cents=rule.cents or 0, promised_by=by) for seat in seats]
    before = set(rule.promises.values_list("placement", flat=True))
    MoneyPromise.objects.bulk_create(new, ignore_conflicts=True)  # another worker may have been faster
    made = list(rule.promises.exclude(placement__in=before).filter(placement__in=[each.placement for each in new]))
    audit.record_many("money.promise", ((each, {"cents": each.cents}) for each in made), by=by)
    money_steps.follow([each.placement_id for each in made], by=by)
    return made


@transaction.atomic
def give(placement: Placement, rule: MoneyRule, *, by: User) -> MoneyPromise:
    """Promise one traveler what isn't for everyone. Safe to repeat. RuleViolation: not_published, own, withdrawn."""
    rule = rows.lock(rule)
    placement = going.locked(placement)
    if rule.published_at is None or rule.retired_at or rule.is_voucher or not is_of(rule, placement.trip_id):
        raise RuleViolation("not_published", _("This isn’t offered to students now. Nothing was changed."))
    refuse_own(placement, by)
    if there := MoneyPromise.objects.filter(placement=placement, rule=rule).first():
        return there
    return _promise(rule, [placement], by=by)[0]


@transaction.atomic
def cancel(promise: MoneyPromise, *, reason: str, by: User) -> MoneyPromise:
    """Cancel what's open and on no list. The student reads the reason. RuleViolation: own, no_reason, nothing_open."""
    promise = locked(promise)
    refuse_own(promise.placement, by)
    return cancel_open(promise, Why.OTHER, reason=checked_reason(reason), by=by)


def cancel_open(promise: MoneyPromise, why: str, *, by: User, reason: str = "", keep: int = 0) -> MoneyPromise:
    """Cancel the open part of a locked row, but for `keep` cents. RuleViolation("nothing_open")."""
    try:
        after, cents = money.cancel(sums_now(promise), keep)
    except NotPossible as problem:
        text = _("Nothing of this is open, or it’s on a payment list. Nothing was changed.")
        raise RuleViolation(problem.code, text) from problem
    promise.canceled_cents, promise.canceled_why, promise.canceled_reason = after.canceled, why, reason
    promise.canceled_at, promise.canceled_by = timezone.now(), by
    promise.save(update_fields=CANCELED)
    audit.record("money.cancel", promise, by=by, reason=reason, changes={"cents": cents, "why": str(why)})
    money_steps.follow([promise.placement_id], by=by)
    return promise


UNDONE = ("canceled_cents", "canceled_at")  # what an undo takes back
CANCELED = ["canceled_cents", "canceled_why", "canceled_reason", "canceled_at", "canceled_by"]


@transaction.atomic
def restore(promise: MoneyPromise, *, by: User, seen: str = "") -> MoneyPromise:
    """Open again what was canceled. Safe to repeat. RuleViolation: own, changed_meanwhile."""
    promise = locked(promise)
    refuse_own(promise.placement, by)
    if promise.canceled_cents:
        rows.check_shown(promise, UNDONE, seen)
    return restore_canceled(promise, by=by)


def restore_canceled(promise: MoneyPromise, *, by: User) -> MoneyPromise:
    if promise.canceled_cents:
        cents = promise.canceled_cents
        promise.canceled_cents, promise.canceled_why, promise.canceled_reason = 0, "", ""
        promise.canceled_at = promise.canceled_by = None
        promise.save(update_fields=CANCELED)
        audit.record("money.restore", promise, by=by, changes={"cents": cents})
        money_steps.follow([promise.placement_id], by=by)
    return promise


@transaction.atomic
def cancel_trip(trip: Trip, *, reason: str, by: User) -> int:
    """For a trip that was called off: cancel everything open and on no list. Returns how many promises.

    RuleViolation: not_closed, no_reason.
    """
    if not rows.lock(trip).closed_at:
        raise RuleViolation("not_closed", _("This trip takes place, so cancel one student’s money at a time."))
    reason = checked_reason(reason)
    count = 0
    theirs = MoneyPromise.objects.select_for_update(of=("self",)).filter(placement__trip=trip)
    for promise in theirs.exclude(placement__application__student=by).order_by("pk"):
        if sums_now(promise).free > 0:
            cancel_open(promise, Why.OTHER, reason=reason, by=by)
            count += 1
    return count


# --- Checks -----------------------------------------------------------------------------------------


def locked(promise: MoneyPromise) -> MoneyPromise:
    """The row itself, locked until the end of the transaction, with its people."""
    return MoneyPromise.objects.select_for_update(of=("self",)).with_people().get(pk=promise.pk)


def refuse_own(placement: Placement, by: User) -> None:
    if placement.application.student_id == by.pk:
        raise RuleViolation("own", _("This is your own money. Someone else has to do this."))


def checked_reason(text: str) -> str:
    """What the student will read. RuleViolation: no_reason, too_long."""
    text = text.replace("\0", "").strip()
    if not text:
        raise RuleViolation("no_reason", _("Say why. The student reads it."))
    if len(text) > REASON_MAX:
        limit = _("That’s too long. Keep it under %(count)s characters. Nothing was changed.")
        raise RuleViolation("too_long", limit % {"count": REASON_MAX})
    return text


def _draft(rule: MoneyRule) -> None:
    if MoneyRule.objects.select_for_update(of=("self",)).get(pk=rule.pk).published_at:
        text = _("This was promised, so it can’t change. Stop it and add a new one instead.")
        raise RuleViolation("published", text)
