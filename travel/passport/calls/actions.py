"""Actions that record staff's calls about a passport: one per student and day, with a result from a list."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.models import PassportCall
from travel.passport.case.replan import refuse_ended


@transaction.atomic
def record_call(application: Application, agreed: str, *, by: User) -> PassportCall:
    """Record today's call to this student. The same result again changes nothing; another by the caller corrects it.

    RuleViolation("called_today") where a colleague has called, ("withdrawn") for a student who no longer goes.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    refuse_ended(application)
    call = PassportCall.objects.of_today().filter(application=application).select_related("called_by").first()
    if call and call.called_by_id != by.pk:
        raise RuleViolation(
            "called_today",
            _("%(name)s has already called this student today: %(agreed)s. Nothing was changed.")
            % {"name": call.called_by, "agreed": call.get_agreed_display()},
        )
    if call and call.agreed == agreed:
        return call
    call = call or PassportCall(application=application, called_by=by)
    call.agreed, call.called_at = agreed, timezone.now()
    call.save()
    audit.record("passport.call", application, by=by, changes={"agreed": agreed})
    return call


@transaction.atomic
def undo_call(application: Application, *, by: User) -> None:
    """Delete today's call, which was recorded by mistake, so that the student can be called again. Safe to repeat."""
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    call = PassportCall.objects.of_today().filter(application=application).first()
    if call:
        audit.record("passport.undo_call", application, by=by, changes={"agreed": call.agreed})
        call.delete()
