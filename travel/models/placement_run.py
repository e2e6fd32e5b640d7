"""Models of placement runs, their sealed inputs, and the confirmed students whom a released run left without a seat."""

import base64
import zlib
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import User


class PlacementRunQuerySet(models.QuerySet["PlacementRun"]):
    def visible_to(self, user: Person) -> Self:
        """Every run for a coordinator, none for others; a student sees only their own released placement."""
        return self if roles.is_coordinator(user) else self.none()


class PlacementRun(models.Model):
    """One run of the matching, with its settings and the hash of its inputs; nobody is told until its release.

    `settings`: as `travel.placement.placing.Settings` writes them.
    `results`: [{"application": code, "trip": code or null,
    "rank": 1.., "before": code of the trip that the student had, "why": [{"city", "trip", "rank", "reason"}]}].
    `aside`: {"open": codes of students whose ranking isn't closed, "nowhere": codes of those with no feasible city}.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"results", "aside"}
    PERSONAL = Personal(kept_out="holds everyone of the cycle; your own line is in Placement.explanation")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="placement_runs")
    seed = models.BigIntegerField()
    inputs_hash = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    results = models.JSONField(default=list)
    aside = models.JSONField(default=dict)
    run_at = models.DateTimeField(default=timezone.now)
    run_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # when everyone in it had been told; a job does a long release in parts
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PlacementRunQuerySet.as_manager()

    class Meta:
        ordering = ("-run_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="placementrun_released_at_and_by_together",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
            models.CheckConstraint(
                name="placementrun_finished_is_released",
                condition=Q(finished_at__isnull=True) | Q(released_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="placementrun_one_release_under_way_per_cycle",
                fields=["cycle"],
                condition=Q(released_at__isnull=False, finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:placement-run-detail", kwargs={"code": self.code})


class PlacementInputsQuerySet(models.QuerySet["PlacementInputs"]):
    def visible_to(self, user: Person) -> Self:
        """Every row for a coordinator, who can hand the inputs to an auditor; none for others."""
        return self if roles.is_coordinator(user) else self.none()


class PlacementInputs(models.Model):
    """The exact text of a run's inputs that was hashed; encrypted, and kept until the cycle is closed out.

    It has its own table because it is long and holds students' groups and city rankings.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"packed"}
    PERSONAL = Personal(kept_out="what a run of placements read about everyone; forgotten when its cycle is closed out")

    run = models.OneToOneField(PlacementRun, on_delete=models.CASCADE, related_name="inputs")
    packed = SealedJSONField(help_text="`matching.inputs_text`, compressed and encrypted.")

    objects = PlacementInputsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "placement inputs"

    def __str__(self) -> str:
        return f"inputs of {self.run_id}"

    @classmethod
    def of(cls, run: PlacementRun, text: str) -> "PlacementInputs":
        packed: Any = base64.b64encode(zlib.compress(text.encode())).decode()
        return cls(run=run, packed=packed)

    @property
    def text(self) -> str:
        return zlib.decompress(base64.b64decode(self.packed)).decode()


class UnplacedQuerySet(models.QuerySet["Unplaced"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; own college's for an advisor; all for a coordinator; none for a director."""
        return roles.visible_by_application(self, user)


class Unplaced(models.Model):
    """A confirmed student whom a released run left without a seat, and why. Deleted once they have one."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"explanation"}
    PERSONAL = Personal("application explanation told_at")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="unplaced")
    run = models.ForeignKey(PlacementRun, on_delete=models.PROTECT, related_name="unplaced")
    explanation = models.JSONField(default=list, help_text='[{"city": code, "rank": 1, "reason": "..."}]')
    told_at = models.DateTimeField(default=timezone.now)

    objects = UnplacedQuerySet.as_manager()

    class Meta:
        ordering = ("told_at", "pk")

    def __str__(self) -> str:
        return f"{self.application_id} without a seat"

    def get_absolute_url(self) -> str:
        return reverse("travel:placement-none", kwargs={"code": self.application.code})
