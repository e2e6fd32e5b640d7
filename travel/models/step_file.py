"""Files that show that a step of the checklist is done."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import Upload
from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User
from travel.models.checked_file import CheckedFile, path_in
from travel.models.checklist import ChecklistItem
from travel.models.placement import Placement


def step_file_path(file: "StepFile", filename: str) -> str:
    return path_in("checklists", file)


class StepFileQuerySet(models.QuerySet["StepFile"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own and all for the office; for an advisor, of their college's students where the step says
        so, and of steps that are the advisor's own. `permissions.can_read_text` for one step.
        """
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        own = Q(item__placement__application__student=user)
        for_advisors = Q(item__step__advisor_sees=True) | Q(item__step__owner="advisor")
        return self.filter(own | (for_advisors & Q(item__placement__in=Placement.objects.visible_to(user))))

    def that_count(self) -> Self:
        """Without those that the check refused or that staff returned."""
        return self.exclude(state=Upload.State.REFUSED).filter(returned_at__isnull=True)

    def dropped(self) -> Self:
        """Those that don't count: they go once another one is sent."""
        return self.filter(Q(state=Upload.State.REFUSED) | Q(returned_at__isnull=False))


class StepFile(CheckedFile):
    """A photo or PDF for a step that asks for one. The step is done once a file has been checked and kept.

    Staff who look at it can return it with a reason, which opens the step again.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {*CheckedFile.PERSONAL_FIELDS, "returned_because"}
    PERSONAL = Personal(
        "placement=item.placement step=item.step original_name content_type size uploaded_at uploaded_by "
        "state refused_because checked_at scanned_at returned_at returned_because file",
        of="item__placement__application__student",
    )

    item = models.ForeignKey(ChecklistItem, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to=step_file_path, max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_because = models.TextField(blank=True, help_text="The student reads it.")

    objects = StepFileQuerySet.as_manager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [
            models.UniqueConstraint(name="stepfile_once_per_item", fields=["item", "digest"]),
            models.CheckConstraint(
                name="stepfile_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_because="") | ~Q(state="refused") & Q(refused_because=""),
            ),
            models.CheckConstraint(
                name="stepfile_returned_says_who_and_why",
                condition=Q(returned_at__isnull=True, returned_by__isnull=True, returned_because="")
                | Q(returned_at__isnull=False, returned_by__isnull=False) & ~Q(returned_because=""),
                violation_error_message=_("Say why you return it."),
            ),
        ]

    @property
    def counts(self) -> bool:
        """The same condition as the queryset's `that_count`, for one row."""
        return self.state != Upload.State.REFUSED and self.returned_at is None
