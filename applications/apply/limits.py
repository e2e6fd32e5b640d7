"""Limits on what is stored for people who have no account, and on how often an application is saved.

The numbers and their reasons are in the settings. People who reach one sign in and go on: nothing typed is lost.
"""

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum, TextField
from django.db.models.functions import Cast, Length
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from applications.apply.actions.upload_quota import network_of
from applications.models import Application
from exchange.base.errors import RuleViolation

SALT = "applications.draft_network"
MINUTE = 60  # seconds


def network_mark(address: str) -> str:
    """What is stored of the network that a draft was started from: equal for equal networks, and nothing more."""
    network = network_of(address)
    return salted_hmac(SALT, network, algorithm="sha256").hexdigest()[:32] if network else ""


def require_room_for_draft(mark: str) -> None:
    """Before a visitor's draft is started. RuleViolation: too_many_drafts."""
    drafts = Application.objects.anonymous().filter(merged_into=None)
    if mark and drafts.filter(draft_network=mark).count() >= settings.VISITOR_DRAFTS_PER_NETWORK:
        raise _too_many()
    if drafts.count() >= settings.VISITOR_DRAFTS_MAX:
        raise _too_many()


def _too_many() -> RuleViolation:
    return RuleViolation(
        "too_many_drafts",
        _("A lot of drafts were started without an account, so we can’t take another one. Sign in to start yours."),
    )


def require_room_in_draft(application: Application) -> None:
    """After writing in a visitor's draft, inside the transaction. RuleViolation: draft_full."""
    if application.student_id:
        return
    size = application.draft_fields.aggregate(size=Sum(Length(Cast("versions", TextField()))))["size"] or 0
    if size > settings.VISITOR_DRAFT_SIZE:
        raise RuleViolation(
            "draft_full",
            _("This is more than we can keep without an account. Sign in to continue. It’s still on this phone."),
        )


def count_save(application: Application) -> None:
    """RuleViolation("too_often") if the application was saved very often within this minute."""
    key = f"saves:{application.pk}:{int(timezone.now().timestamp()) // MINUTE}"
    cache.add(key, 0, MINUTE)
    try:
        saves = cache.incr(key)
    except ValueError:  # the key expired since `add`
        return
    if saves > settings.SAVES_A_MINUTE:
        raise RuleViolation(
            "too_often", _("That’s a lot of changes at once. They’re on this phone, and we’ll save them in a minute.")
        )
