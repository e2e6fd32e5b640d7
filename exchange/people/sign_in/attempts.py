"""Attempts to sign in: written down without addresses, searched for patterns of an attack, forgotten after some days.

A place is an IPv4 address or an IPv6 network of 64 bits; students who share the Wi-Fi of a college share a place. It
and the address that was typed are kept as keyed hashes.
"""

from datetime import datetime, timedelta

from allauth.core.internal.ratelimit import get_ip
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import OfficeTask, SignInAlert, SignInAttempt, User
from exchange.reference import facts

PATTERN_LASTS = timedelta(hours=1)
HASH_LENGTH = 32  # hex digits


def hash_of(value: str, kind: str) -> str:
    """Keyed hash of an "address" or a "place": a copy of the database alone can't be searched for one."""
    return salted_hmac(f"exchange.sign_in.{kind}", value.lower(), algorithm="sha256").hexdigest()[:HASH_LENGTH]


def place_of(request: HttpRequest) -> str:
    return hash_of(get_ip(request), "place")


def note(
    request: HttpRequest, kind: str, address: str, user: User | None, *, is_known_device: bool = False
) -> SignInAttempt:
    return SignInAttempt.objects.create(
        kind=kind,
        address=hash_of(address, "address"),
        place=place_of(request),
        user=user,
        is_known_device=is_known_device,
    )


def forget() -> int:
    """Delete attempts after the fact sign_in.keep_days. Returns how many."""
    kept_from = timezone.now() - timedelta(days=int(facts.number("sign_in.keep_days")))
    return SignInAttempt.objects.filter(at__lt=kept_from).delete()[0]


# --- Patterns ---------------------------------------------------------------------------------------


def watch(now: datetime | None = None) -> list[SignInAlert]:
    """Look at the last hour, and tell the office of each pattern that it was not told of in this hour."""
    now = now or timezone.now()
    limits = facts.numbers("sign_in.addresses_per_place", "sign_in.places_per_address")
    lately = SignInAttempt.objects.by_strangers(now - PATTERN_LASTS).filter(at__lte=now).order_by()
    done_here = SignInAttempt.objects.filter(
        kind=SignInAttempt.Kind.DONE, place=OuterRef("place"), address=OuterRef("address"), at__gte=now - PATTERN_LASTS
    ).values("pk")[:1]
    # a class that signs in together shares a place, but gets in
    tried = lately.annotate(got_in=Subquery(done_here)).filter(got_in=None)
    found = [
        *_many(tried, SignInAlert.Kind.MANY_ADDRESSES, "place", "address", int(limits["sign_in.addresses_per_place"])),
        *_many(lately, SignInAlert.Kind.MANY_PLACES, "address", "place", int(limits["sign_in.places_per_address"])),
    ]
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [alert for kind, about, count in found if (alert := _alert(kind, about, count, hour))]


def _many(
    attempts: QuerySet[SignInAttempt], kind: str, of: str, what: str, limit: int
) -> list[tuple[SignInAlert.Kind, str, int]]:
    rows = attempts.values(of).annotate(number=Count(what, distinct=True)).filter(number__gte=limit)
    return [(SignInAlert.Kind(kind), row[of], row["number"]) for row in rows]


@transaction.atomic
def _alert(kind: str, about: str, count: int, hour: datetime) -> SignInAlert | None:
    """Write the alert and the messages about it; None if there is one for this pattern and hour."""
    with_account = SignInAttempt.objects.filter(address=about, user__isnull=False).select_related("user").first()
    user = with_account.user if with_account else None
    alert, is_new = SignInAlert.objects.get_or_create(
        kind=kind, about=about, hour=hour, defaults={"count": count, "user": user}
    )
    if not is_new:
        return None
    audit.record("account.alert", alert, by=None, changes={"kind": kind, "count": count})
    office_tasks.open(
        _key_of_task(alert),
        f"exchange.sign_ins_{kind}",
        due_on=timezone.localdate(),
        about=key_of(alert),
        path=reverse("people-history"),
        person=user,
        params={"count": count},
    )
    for coordinator in roles.coordinators():
        outbox.queue("exchange/sign_in_alert", to=coordinator, context={"alert": alert})
    return alert


def _key_of_task(alert: SignInAlert) -> str:
    return f"sign-in-alert:{alert.code}"


def open_alerts() -> QuerySet[SignInAlert]:
    """Those that nobody in the office has handled, here or on the page of the task."""
    task = OfficeTask.objects.done().filter(key=Concat(Value("sign-in-alert:"), OuterRef("code")))
    return SignInAlert.objects.filter(~Exists(task), handled_at=None)


@transaction.atomic
def handle(alert: SignInAlert, *, by: User) -> None:
    """The office has looked into it, so its task is done. RuleViolation("handled") if somebody already has."""
    if not open_alerts().filter(pk=alert.pk).update(handled_at=timezone.now(), handled_by=by):
        raise RuleViolation("handled", _("Someone on your team already took care of this."))
    audit.record("account.alert_handled", alert, by=by)
    for task in OfficeTask.objects.open().filter(key=_key_of_task(alert)):
        office_tasks.finish(task, by=by)
