"""The word of the home college on its own students: one at a time, or several."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Endorsement
from applications.states import Status
from exchange import audit
from exchange.errors import RuleViolation
from exchange.models import User


@transaction.atomic
def endorse(
    application: Application, *, result: str, is_enrolled: bool, units: int, note: str, by: User
) -> Endorsement:
    """Record or correct what the home college says. The same words again change nothing.

    RuleViolation: not_to_endorse (withdrawn, back with the student, or its result is out).
    """
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.status != Status.SUBMITTED:
        raise RuleViolation("not_to_endorse", _why_not_to_endorse(locked))
    said = {"result": result, "is_enrolled": is_enrolled, "units": units, "note": note}
    endorsement = Endorsement.objects.filter(application=locked).first()
    if endorsement and all(getattr(endorsement, field) == value for field, value in said.items()):
        return endorsement
    before = endorsement.result if endorsement else ""
    endorsement = endorsement or Endorsement(application=locked)
    for field, value in said.items():
        setattr(endorsement, field, value)
    endorsement.endorsed_by, endorsement.endorsed_at = by, timezone.now()
    endorsement.save()
    audit.record("review.endorse", locked, by=by, changes={"before": before, "result": result, "units": units})
    return endorsement


def _why_not_to_endorse(application: Application) -> str:
    if application.status == Status.RETURNED:
        return _("The student is fixing this application. You can give your word when it comes back.")
    if application.status == Status.WITHDRAWN:
        return _("The student took this application back. Nothing is owed.")
    return _("The result is out, so the word of the college stays as it is.")
