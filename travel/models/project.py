"""What a student does at home with what the trip taught them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from travel.models.placement import Placement


class ProjectQuerySet(models.QuerySet["FollowOnProject"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, own college's for an advisor, all for a coordinator."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        own = Q(placement__application__student=user)
        return self.filter(own | Q(placement__application__college__in=roles.advisor_college_ids(user)))


class FollowOnProject(models.Model):
    """A traveler's project after the return. One row for each seat; `people_reached` is the student's own count."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"title", "what"}
    PERSONAL = Personal(
        "placement title what starts_on ends_on people_reached state created_at changed_at",
        erased={"title": "—", "what": "—"},
    )

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        UNDER_WAY = "under_way", _("under way")
        DONE = "done", _("done")
        GIVEN_UP = "given_up", _("dropped")

    TONES: ClassVar = {"planned": "wait", "under_way": "wait", "done": "good", "given_up": "neutral"}

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="project")
    title = models.CharField(max_length=120)
    what = models.TextField(help_text="What happens, where and with whom.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    people_reached = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.PLANNED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ("-changed_at", "-pk")
        constraints = [
            models.CheckConstraint(name="followonproject_has_words", condition=~Q(title="") & ~Q(what="")),
            models.CheckConstraint(
                name="followonproject_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day can’t be before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"project {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:project-detail", kwargs={"code": self.placement.code})

    @property
    def tone(self) -> str:
        return str(self.TONES[self.state])
