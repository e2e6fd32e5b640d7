"""The traveler says how they can be reached while they are away."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import consent
from exchange.messages.consent import How
from exchange.models import User
from travel.models import Placement, Reachability
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence

Way = Reachability.Way
PAGE = "reachability"  # key of the step of a checklist that asks for it


@transaction.atomic
def say(placement: Placement, *, way: str, phone: str, by: User) -> Reachability:
    """Keep the answer; a number that they want us to text is a yes to texts. RuleViolation: number_missing, no_number.

    A number that said STOP stays stopped: only a START from that phone takes it back.
    """
    number = phone if way == Way.LOCAL_NUMBER else ""
    if way == Way.LOCAL_NUMBER and not number:
        raise RuleViolation("number_missing", _("Enter your local number, or choose another way until you have it."))
    if way == Way.SAME_NUMBER:
        number = by.phone.as_e164 if by.phone and by.phone_verified_at else ""
        if not number:
            raise RuleViolation(
                "no_number",
                _("You haven’t confirmed a phone number yet. Add it to your account, or choose another way."),
            )
    fields = {"way": way, "phone": phone if way == Way.LOCAL_NUMBER else "", "said_at": timezone.now()}
    row, _is_new = Reachability.objects.update_or_create(placement=placement, defaults=fields)
    if number and not consent.is_stopped(number):
        consent.agree(number, how=How.PAGE, by=by, user=by)
    audit.record("reachability.say", placement, by=by, changes={"way": way})
    checklist.fulfil(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    return row


def is_said(placement: Placement) -> bool:
    """Whether the traveler has told us."""
    return Reachability.objects.filter(placement=placement).exists()
