"""Break-glass: needs and emergency contacts opened by somebody who normally can't, with a reason. docs/adr/0021."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import User
from exchange.models.takes_two import TakesTwo, by_another_or_later
from travel.models.placement import Placement


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator, who reviews them; the person's own for anyone else. The student: `cards.looks_at`."""
        if roles.is_coordinator(user):
            return self
        return self.filter(by=user) if user.is_authenticated else self.none()

    def with_people(self) -> Self:
        return self.select_related(
            *("by", "reviewed_by", "placement__application__student", "placement__application__college"),
            "placement__trip__city",
        )

    def waiting(self) -> Self:
        return self.filter(reviewed_at__isnull=True)


class BreakGlass(TakesTwo):
    """One use: who opened whose card, why, and until when. Reviewed by another person.

    Stopped: somebody objected to reviewing it alone, so it waits for another person without end.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said", "review_said", "stop_reason"}
    PERSONAL = Personal(
        "placement opened_at until by review reviewed_at reviewed_by alone_after stopped_at stopped_by reason",
        left_out={
            "said": "the reason is in the column beside it",
            "review_said": "the office’s word about its own people",
            "stop_reason": "the office’s word about its own people",
        },
    )

    class Review(models.TextChoices):
        FITTING = "fitting", _("it was needed")
        NOT_FITTING = "not", _("it wasn’t needed")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="broken_glass")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said = SealedJSONField(help_text='{"reason"}, encrypted. The student reads it.')
    opened_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    review = models.CharField(max_length=7, choices=Review, blank=True)
    review_said = SealedJSONField(null=True, blank=True, help_text='{"text"}, encrypted.')
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-pk")
        verbose_name_plural = "break-glass uses"
        constraints = [
            models.CheckConstraint(name="breakglass_ends_after_it_began", condition=Q(until__gt=F("opened_at"))),
            models.CheckConstraint(
                name="breakglass_reviewed_at_by_and_how_together",
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, review="")
                | (Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(review="")),
            ),
            models.CheckConstraint(
                name="breakglass_reviewed_by_another_or_later",
                condition=by_another_or_later(by="reviewed_by", asker="by", at="reviewed_at"),
            ),
            models.CheckConstraint(
                name="breakglass_stopped_by_someone",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"break-glass of {self.placement_id}"

    def get_absolute_url(self) -> str:
        return reverse("travel:break-glass-use", kwargs={"code": self.code})

    @property
    def asker(self) -> User:
        return self.by

    @property
    def whose(self) -> list[User]:
        student = self.placement.application.student
        return [student] if student else []

    @property
    def what(self) -> str:
        return gettext("Review an emergency opening of a traveler’s card")

    @property
    def began_at(self) -> datetime:
        return self.opened_at

    @property
    def stopped_on(self) -> datetime | None:
        return self.stopped_at

    @property
    def is_done(self) -> bool:
        return self.reviewed_at is not None

    @property
    def is_over(self) -> bool:
        return self.is_done

    @property
    def reason(self) -> str:
        return str(self.said["reason"])

    @property
    def review_text(self) -> str:
        return str((self.review_said or {}).get("text", ""))

    def is_open(self, now: datetime | None = None) -> bool:
        return (now or timezone.now()) < self.until
