"""Writes of the calls about a passport: one a day for each student, from a list of what was agreed."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.models import PassportCall
from travel.passport.actions.replan import refuse_ended


@transaction.atomic
def record_call(application: Application, agreed: str, *, by: User) -> PassportCall:
    """Somebody called this student today. The same words again change nothing; other words of the caller mend them.

    RuleViolation("called_today") where a colleague has called, ("withdrawn") for whoever no longer goes.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    refuse_ended(application)
    call = PassportCall.objects.of_today().filter(application=application).select_related("called_by").first()
    if call and call.called_by_id != by.pk:
        raise RuleViolation(
            "called_today",
            _("%(name)s has called this student today: %(agreed)s. Nothing was changed.")
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
    """The call of today was none, or of somebody else: the student can be called again. Twice is once."""
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    call = PassportCall.objects.of_today().filter(application=application).first()
    if call:
        audit.record("passport.undo_call", application, by=by, changes={"agreed": call.agreed})
        call.delete()
