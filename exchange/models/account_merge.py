"""Two accounts of one student become one, by two people of the office (docs/adr/0087)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from exchange.base.codes import new_code
from exchange.models.people import User


def _both(name: str) -> Q:
    at, by = f"{name}_at__isnull", f"{name}_by__isnull"
    return Q(**{at: True, by: True}) | Q(**{at: False, by: False})


class AccountMerge(models.Model):
    """One coordinator asks, another confirms. `kept` stays; what `closed` had moves there, and it's closed.

    `moved`: keys of the rows that moved, by part (`exchange.people.merging`), and what the closed account was called;
    an undo takes these rows back.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"kept", "closed", "reason", "moved"}

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    kept = models.ForeignKey(User, on_delete=models.CASCADE, related_name="merges")
    closed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="merged_into")
    reason = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    moved = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(name="accountmerge_of_two_accounts", condition=~Q(kept=F("closed"))),
            models.CheckConstraint(
                name="accountmerge_confirmed_by_another",
                condition=_both("confirmed") & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by"))),
            ),
            models.CheckConstraint(name="accountmerge_cancelled_by_someone", condition=_both("cancelled")),
            models.CheckConstraint(
                name="accountmerge_confirmed_or_cancelled_not_both",
                condition=Q(confirmed_at__isnull=True) | Q(cancelled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accountmerge_undone_after_confirmed",
                condition=_both("undone") & (Q(undone_at__isnull=True) | Q(confirmed_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="accountmerge_one_open_per_account",
                fields=["closed"],
                condition=Q(confirmed_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.closed} into {self.kept}"

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.cancelled_at is None and self.expires_at > timezone.now()

    @property
    def can_be_undone(self) -> bool:
        return self.confirmed_at is not None and self.undone_at is None
