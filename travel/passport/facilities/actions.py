"""Actions for acceptance facilities: staff keep the list, a student chooses one, and the plan uses its wait."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Application
from exchange.background import dispatch
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import College, User
from travel.base.actions import differing
from travel.models import AcceptanceFacility, PassportCase
from travel.passport.case.replan import locked, open_case, recompute
from travel.states import BEFORE_APPLYING

SHOWN = (
    *("name", "address", "phone", "link", "needs_appointment", "takes_photos"),
    *("hours_en", "hours_es", "payment_en", "payment_es"),
)


@transaction.atomic
def add(*, colleges: Sequence[College], wait_days: int, by: User, **values: Any) -> AcceptanceFacility:
    """Add a facility. RuleViolation: there_already (the same form sent twice), no_college."""
    _check_colleges(colleges)
    there = AcceptanceFacility.objects.open().filter(name=values["name"], address=values["address"])
    if there.exists():
        raise RuleViolation("there_already", _("This place is already on the list."))
    facility = AcceptanceFacility.objects.create(wait_days=wait_days, wait_as_of=timezone.localdate(), **values)
    facility.colleges.set(colleges)
    audit.record("facility.add", facility, by=by)
    return facility


@transaction.atomic
def change(
    facility: AcceptanceFacility, *, colleges: Sequence[College], by: User, seen: str = "", **values: Any
) -> AcceptanceFacility:
    """Change everything but the wait. RuleViolation: retired, there_already, no_college, changed_meanwhile."""
    facility = _locked(facility)
    if differing(facility, values) or set(facility.colleges.all()) != set(colleges):
        edit_lock.check(seen, seen_of(facility))
    _check_colleges(colleges)
    same = AcceptanceFacility.objects.open().filter(name=values["name"], address=values["address"])
    if same.exclude(pk=facility.pk).exists():
        raise RuleViolation("there_already", _("This place is already on the list."))
    changed = differing(facility, values)
    for name in changed:
        setattr(facility, name, values[name])
    if changed:
        facility.save(update_fields=changed)
    if changed or set(facility.colleges.all()) != set(colleges):
        facility.colleges.set(colleges)
        audit.record("facility.change", facility, by=by, changes={"fields": changed})
    return facility


def seen_of(facility: AcceptanceFacility) -> str:
    """Fingerprint of what the form shows of it (edit lock)."""
    near = sorted(college.code for college in facility.colleges.all())
    return edit_lock.fingerprint(facility, SHOWN, near)


@transaction.atomic
def set_wait(facility: AcceptanceFacility, *, days: int, by: User) -> AcceptanceFacility:
    """Record the wait that staff heard of today. If it changed, a task replans the students who chose the facility.

    RuleViolation: retired.
    """
    facility = _locked(facility)
    today = timezone.localdate()
    if (facility.wait_days, facility.wait_as_of) == (days, today):
        return facility
    before = facility.wait_days
    facility.wait_days, facility.wait_as_of = days, today
    facility.save(update_fields=["wait_days", "wait_as_of"])
    audit.record("facility.set_wait", facility, by=by, changes={"days": [before, days]})
    if before != days:
        dispatch.keep_and_send("travel.recompute_at_facility", facility_id=facility.pk)
    return facility


def recompute_at(facility_id: int, *, by: User | None = None) -> int:
    """Replan students who chose this facility and haven't applied. Tells them; returns how many plans changed."""
    cases = PassportCase.objects.filter(facility=facility_id, stage__in=BEFORE_APPLYING).still_helped()
    return sum(recompute(case, by=by, tell=True) for case in cases.order_by("pk"))


@transaction.atomic
def retire(facility: AcceptanceFacility, *, by: User) -> AcceptanceFacility:
    """Mark a facility as no longer taking applications. Students who chose it get the usual wait again.

    Retiring it twice is the same as once.
    """
    facility = AcceptanceFacility.objects.select_for_update(of=("self",)).get(pk=facility.pk)
    if facility.retired_at:
        return facility
    facility.retired_at = timezone.now()
    facility.save(update_fields=["retired_at"])
    audit.record("facility.retire", facility, by=by)
    dispatch.keep_and_send("travel.recompute_at_facility", facility_id=facility.pk)
    return facility


@transaction.atomic
def choose(application: Application, facility: AcceptanceFacility | None, *, by: User) -> PassportCase:
    """Set the facility where the student will apply, or None for not known yet, and replan. Safe to repeat.

    RuleViolation: retired, applied_already, withdrawn, not_helped.
    """
    if facility is not None and facility.retired_at:
        raise RuleViolation("retired", _("This place no longer takes passport applications. Choose another one."))
    case = locked(open_case(application, by=by))
    if case.facility_id == (facility.pk if facility else None):
        return case
    if case.stage not in BEFORE_APPLYING:
        raise RuleViolation("applied_already", _("You’ve already applied, so you don’t need to choose a place."))
    case.facility = facility
    case.save(update_fields=["facility"])
    audit.record("facility.choose", application, by=by)
    recompute(case, by=by)
    case.refresh_from_db()
    return case


def _check_colleges(colleges: Sequence[College]) -> None:
    if not colleges:
        raise RuleViolation("no_college", _("Select the colleges it’s near."))


def _locked(facility: AcceptanceFacility) -> AcceptanceFacility:
    facility = AcceptanceFacility.objects.select_for_update(of=("self",)).get(pk=facility.pk)
    if facility.retired_at:
        raise RuleViolation("retired", _("This place was removed from the list."))
    return facility
