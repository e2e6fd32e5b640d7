"""Asks students, once, whether their college may tell how their studies went, and travelers whether they stay in touch.

Everybody with a result is asked, also who stayed: both are compared. What was asked is in the audit log, which is also
what keeps anybody from being asked twice.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from applications.models import Application
from exchange.base import audit
from exchange.messages import outbox
from exchange.models import ConsentText, Event
from exchange.reference import facts
from travel.models import FollowUpConsent
from travel.outcomes import counting
from travel.outcomes.following.counting import closes_on
from travel.outcomes.following.matching import ASKED_IN

ASKED, AFTER = "follow_up.ask", "followup.ask_days"
DUE_NAME = "travel.follow_up"
FOR_DAYS = 30  # of a portal that starts late: nobody is asked about a trip of years ago


def ask_all() -> int:
    """Ask everybody of the cycles that came home so many days ago. Returns how many were asked."""
    if not ConsentText.objects.filter(key=FollowUpConsent.TEXT, is_current=True).exists():
        return 0
    after, today, count = int(facts.number(AFTER)), timezone.localdate(), 0
    for cycle in counting.ready():
        home = closes_on(cycle, 0, after)
        if home is not None and home <= today <= home + timedelta(days=FOR_DAYS):
            waiting = Application.objects.real().filter(_not_asked(), cycle=cycle, student__isnull=False)
            for number in list(waiting.values_list("pk", flat=True)):
                count += _ask(number)
    return count


def _not_asked() -> Q:
    asked = Event.objects.filter(action=ASKED, target_model=Application._meta.label_lower, target_id=OuterRef("pk"))
    answered = FollowUpConsent.objects.filter(application=OuterRef("pk"))
    return Q(~Exists(asked), ~Exists(answered), status__in=ASKED_IN, college__isnull=False)


@transaction.atomic
def _ask(number: int) -> bool:
    """Whoever locks the row first asks; a second worker finds it asked."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("student", "college", "cycle")
    rows = rows.filter(_not_asked(), pk=number)
    application = rows.first()
    if application is None:
        return False
    audit.record(ASKED, application, by=None)
    placement = getattr(application, "placement", None)
    went = placement if placement is not None and placement.returned_at else None
    context = {"application": application, "placement": went}
    outbox.queue(
        "travel/follow_up_asked", to=application.person, context=context, still_due=f"{DUE_NAME}:{application.pk}"
    )
    return True


def is_still_due(key: str) -> bool:
    """Whether the student hasn't answered yet."""
    return Application.objects.filter(pk=key, follow_up_consents=None, status__in=ASKED_IN).exists()
