"""One act on many students at once: those on its list, what became of each, and what its undo needs."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import here
from exchange.base.personal import Personal
from exchange.models import User


class BulkActQuerySet(models.QuerySet["BulkAct"]):
    def visible_to(self, user: roles.Person) -> Self:
        """One's own: a list of chosen students is nobody else's."""
        return self.filter(by=user) if user.is_authenticated else self.none()


class BulkAct(models.Model):
    """A draft until it's confirmed. Then a worker does it, row by row, and may undo it, once."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"query", "said"}
    PERSONAL = Personal(
        kept_out="a list of students that staff did one thing to; what was done is in your other tables"
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, help_text="A key of applications.base.bulk_acts.")
    place = models.CharField(max_length=20, help_text="The list it was begun on.")
    query = models.CharField(max_length=500, blank=True, help_text="Its filters, as in the address of the page.")
    said = models.JSONField(default=dict, blank=True, help_text="What its form was given; empty once it's done.")
    begun_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    undo_at = models.DateTimeField(null=True, blank=True, help_text="When its undo was asked for.")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = BulkActQuerySet.as_manager()

    class Meta:
        ordering = ("-begun_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="bulkact_done_only_when_confirmed",
                condition=Q(done_at__isnull=True) | Q(confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="bulkact_undone_only_when_done",
                condition=Q(undo_at__isnull=True, undone_at__isnull=True)
                | Q(done_at__isnull=False, undo_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} by {self.by_id}"

    def get_absolute_url(self) -> str:
        return reverse("applications:bulk-act", kwargs={"code": self.code})

    @property
    def is_draft(self) -> bool:
        return self.confirmed_at is None

    @property
    def is_working(self) -> bool:
        """A worker has it, or soon will."""
        return (self.confirmed_at is not None and self.done_at is None) or (
            self.undo_at is not None and self.undone_at is None
        )


class BulkRow(models.Model):
    """One student on the list as it was shown, and what became of them.

    Why is kept in both languages. A row from before that has one sentence, in the language of whoever did it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"kept"}
    PERSONAL = Personal(kept_out="that you were on such a list; what was done to you is in your other tables")

    class Outcome(models.TextChoices):
        LEFT_OUT = "left_out", _("left out")
        DONE = "done", _("done")
        UNDONE = "undone", _("undone")
        STAYS = "stays", _("couldn’t be undone")

    act = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="rows")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    refusal = models.CharField(max_length=300, blank=True, help_text="Why it can't be done, as the list showed it.")
    refusal_es = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="Why it was left out, or stays.")
    why_es = models.CharField(max_length=300, blank=True)
    kept = models.JSONField(
        default=dict, blank=True, help_text="What its undo needs: keys of rows, and values that were deleted."
    )

    class Meta:
        ordering = ("application__student__full_name", "pk")
        constraints = [models.UniqueConstraint(name="bulkrow_once", fields=["act", "application"])]

    def __str__(self) -> str:
        return f"{self.act_id}: {self.application_id}"

    @property
    def refusal_here(self) -> str:
        """In the language of whoever reads it."""
        return here(self.refusal, self.refusal_es)

    @property
    def why_here(self) -> str:
        return here(self.why, self.why_es)
