"""Readers of one application write to each other, once their own scores are final."""

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Application, Assignment, ReaderRemark
from applications.reading import digests, talk
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User


@transaction.atomic
def say(assignment: Assignment, *, text: str, by: User) -> ReaderRemark:
    """Write to the other readers, who are told; nobody can change it afterward. The same again at once adds nothing.

    RuleViolation: not_open (the cycle doesn't have it, or their own scores aren't final), over.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle")
    application = rows.get(pk=assignment.application_id)  # so that two taps wait for each other
    current = Assignment.objects.filter(pk=assignment.pk).select_related("review").first()
    if current is not None:
        current.application = application
    if current is None or not talk.is_open_to(by, current):
        raise RuleViolation("not_open", _("You can write to the other readers once your own scores are final."))
    if not talk.can_still_write(application):
        raise RuleViolation("over", _("This application is no longer being read, so nothing more can be written."))
    last = application.reader_remarks.last()
    if last and last.by_id == by.pk and last.text == text:
        return last
    remark = ReaderRemark.objects.create(application=application, by=by, text=text)
    audit.record("review.say", assignment, by=by)
    digests.tell_of_remark(application, by=by)
    return remark
