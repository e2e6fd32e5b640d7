"""A picture that a student took on the trip, for one of their answers or for their follow-on project."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from applications.models import Upload
from exchange.base.personal import Personal
from exchange.base.roles import Person
from travel.models.checked_file import CheckedFile, path_in
from travel.models.project import FollowOnProject
from travel.models.reflection import Reflection


def photo_path(photo: "Photo", filename: str) -> str:
    return path_in("trip-photos", photo)


class PhotoQuerySet(models.QuerySet["Photo"]):
    def visible_to(self, user: Person) -> Self:
        """As the answer or the project that it belongs to."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(reflection__in=Reflection.objects.visible_to(user))
            | Q(project__in=FollowOnProject.objects.visible_to(user))
        )

    def kept(self) -> Self:
        return self.filter(state=Upload.State.KEPT).exclude(file="")


class Photo(CheckedFile):
    """One photo with its alternative text. Checked, re-encoded and stripped of its location like every file."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"file", "original_name", "alt"}
    PERSONAL = Personal(
        "reflection project alt original_name content_type size uploaded_at state refused_because "
        "checked_at scanned_at path",
        left_out={"file": "its path in this ZIP is in the column beside it"},
        of="reflection__placement__application__student project__placement__application__student",
    )

    reflection = models.OneToOneField(Reflection, on_delete=models.CASCADE, null=True, blank=True, related_name="photo")
    project = models.ForeignKey(FollowOnProject, on_delete=models.CASCADE, null=True, blank=True, related_name="photos")
    file = models.FileField(upload_to=photo_path, max_length=200, blank=True)
    alt = models.CharField(max_length=200, help_text="What it shows, for people who can't see it.")
    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="photo_of_one_thing",
                condition=Q(reflection__isnull=False, project__isnull=True)
                | Q(reflection__isnull=True, project__isnull=False),
            ),
            models.CheckConstraint(name="photo_has_words", condition=~Q(alt="")),
            models.CheckConstraint(
                name="photo_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_because="") | ~Q(state="refused") & Q(refused_because=""),
            ),
        ]

    def __str__(self) -> str:
        return f"photo {self.pk}"
