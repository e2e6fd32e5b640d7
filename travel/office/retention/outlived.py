"""What has outlived its retention rule. Reads only; `travel.office.retention.purge` removes it.

Nothing under a legal hold is due, and nothing whose rule or fact is missing.
"""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

from applications.models import Application, LegalHold
from applications.models.hold import is_held
from applications.states import Status
from exchange.models import AccountMerge, IncomingText, Message, OfficeTask, User
from exchange.reference import retention
from travel.models import AlumniConsent, FamilyLink, Placement, SigningLink
from travel.models.placement import home_day

DRAFTS, APPLICATIONS, ACCOUNTS, MESSAGES, TASKS = "drafts", "applications", "accounts", "messages", "office_tasks"
GUARDIANS = "guardians"


def applications_due(key: str, days: int) -> QuerySet[Application]:
    """Drafts that were never submitted, so many days after the cycle closed; everything else so many days after the
    cycle's decisions, and after the trip."""
    now = timezone.now()
    rows = Application.objects.real().filter(~is_held(), erased_at__isnull=True).order_by("pk")
    if key == DRAFTS:
        still_open = Q(reopened_until__gte=now)
        return rows.filter(~still_open, status=Status.DRAFT, cycle__closes_at__lt=now - timedelta(days=days))
    before = timezone.localdate() - timedelta(days=days)
    away = Placement.objects.filter(application=OuterRef("pk"), trip__leaves_on__gte=before)
    return rows.filter(~Q(status=Status.DRAFT), ~Exists(away), cycle__decisions_on__lt=before)


def accounts_due(days: int) -> QuerySet[User]:
    """Students who haven't signed in for so many days and of whom no application is kept. Never staff, and nobody who
    agreed to hear from us. An account that was merged into another goes with that one."""
    before = timezone.now() - timedelta(days=days)
    kept = Application.objects.filter(student=OuterRef("pk"), erased_at__isnull=True)
    held = LegalHold.objects.active().filter(student=OuterRef("pk"))
    agreed = AlumniConsent.objects.in_force().filter(person=OuterRef("pk"))
    merged = AccountMerge.objects.in_force().filter(closed=OuterRef("pk"))
    unused = Q(last_login__lt=before) | Q(last_login__isnull=True, joined_at__lt=before)
    return User.objects.filter(
        ~Exists(kept),
        ~Exists(held),
        ~Exists(agreed),
        ~Exists(merged),
        unused,
        roles__isnull=True,
        reader_profile__isnull=True,
        is_staff=False,
        is_superuser=False,
    ).exclude(email__endswith="@example.invalid")


def messages_due(days: int) -> QuerySet[Message]:
    before = timezone.now() - timedelta(days=days)
    return Message.objects.filter(*_not_held("recipient"), queued_at__lt=before)


def tasks_due(days: int) -> QuerySet[OfficeTask]:
    """Closed ones: an open task is never removed."""
    before = timezone.now() - timedelta(days=days)
    return OfficeTask.objects.filter(*_not_held("person"), Q(done_at__lt=before) | Q(dropped_at__lt=before))


def _not_held(person: str) -> tuple[Combinable | Q, ...]:
    """That no legal hold is on the student in this column, nor on a cycle the student applied to."""
    held = LegalHold.objects.active()
    of_student = held.filter(student=OuterRef(person))
    of_cycle = Application.objects.filter(student=OuterRef(person), cycle__in=held.values("cycle"))
    return ~Exists(of_student), ~Exists(of_cycle)


def guardians_due(days: int) -> tuple[QuerySet[SigningLink], QuerySet[FamilyLink]]:
    """Links of guardians and for family so many days after the return."""
    before = timezone.localdate() - timedelta(days=days)
    held = Application.objects.filter(is_held(), pk=OuterRef("placement__application"))
    due = (~Exists(held), Q(home__lt=before))
    home = home_day("placement__trip__")
    signing, family = SigningLink.objects.alias(home=home), FamilyLink.objects.alias(home=home)
    return signing.filter(*due), family.filter(*due)


def incoming_due(days: int) -> QuerySet[IncomingText]:
    """Texts that came in; what a student wrote is in their thread, and a text that waits for the office stays."""
    before = timezone.now() - timedelta(days=days)
    return IncomingText.objects.filter(~Q(went_to="office") | Q(handled_at__isnull=False), received_at__lt=before)


def days_by_key() -> dict[str, int]:
    return {each.rule.key: each.days for each in retention.kept() if each.days is not None}
