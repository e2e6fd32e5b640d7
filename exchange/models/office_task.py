"""A task of the office: what a decision, or a message that nobody could match, left for a person to do."""

from datetime import date
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models.people import Role, User


class OfficeTaskQuerySet(models.QuerySet["OfficeTask"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """All for a coordinator but those about themselves, which may quote a note; none for anyone else."""
        is_of_office = isinstance(user, User) and user.has_role(Role.Kind.COORDINATOR)
        return self.exclude(person=user) if is_of_office else self.none()

    def open(self) -> Self:
        return self.filter(done_at__isnull=True, dropped_at__isnull=True)

    def done(self) -> Self:
        return self.filter(done_at__isnull=False)

    def addressed_to(self, user: "User") -> Self:
        """The person's own, and those that belong to nobody in particular."""
        return self.filter(Q(owner=user) | Q(owner__isnull=True))


class OfficeTask(models.Model):
    """One thing to do. `kind` names its words (`exchange.base.office_tasks.register`), worded when they are shown.

    `key` makes opening it idempotent. `about` is the row whose page lists it, such as travel.trip:BCDFGHJK, `path` the
    page where it is done, `source` the decision that opened it. A dropped task isn't needed any longer.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"params", "note"}
    PERSONAL = Personal(kept_out="what the office has to do; names who does it. What was decided about you is in Event")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict, blank=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about = models.CharField(max_length=60, blank=True)
    path = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="office_tasks")
    due_on = models.DateField()
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, help_text="What was done, in the words of the person who did it.")
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = OfficeTaskQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "pk")
        constraints = [
            models.CheckConstraint(
                name="officetask_done_at_and_by_together",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            ),
            models.CheckConstraint(
                name="officetask_done_or_dropped_not_both",
                condition=Q(done_at__isnull=True) | Q(dropped_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="officetask_open",
                condition=Q(done_at__isnull=True, dropped_at__isnull=True),
            ),
            models.Index(fields=["about"], name="officetask_about"),
            models.Index(fields=["source"], name="officetask_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    def is_late(self, today: date) -> bool:
        return self.is_open and self.due_on < today
