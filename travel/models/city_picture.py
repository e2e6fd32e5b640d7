"""The picture of a partner city, or of the city whose portal this is, with what it shows; and that city's logo."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import Upload
from exchange.base import roles
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import PartnerCity, User
from travel.models.checked_file import CheckedFile, path_in


def picture_path(picture: "CityPicture", filename: str) -> str:
    return path_in("city-pictures", picture)


def width_path(width: "CityPictureWidth", filename: str) -> str:
    kind = "png" if width.picture.kind == CityPicture.Kind.LOGO else "webp"
    return f"city-pictures/{width.picture.code[:2]}/{width.picture.code}-{width.width}.{kind}"


class CityPictureQuerySet(models.QuerySet["CityPicture"]):
    def visible_to(self, user: Person) -> Self:
        """Every row for a coordinator; anyone sees the one that a city shows, by its widths."""
        return self if roles.is_coordinator(user) else self.none()

    def of(self, city: PartnerCity | None, kind: str = "picture") -> Self:
        return self.filter(city=city, kind=kind)

    def current(self) -> Self:
        """Those that pages show: checked, drawn and not replaced."""
        return self.filter(state=Upload.State.KEPT, shown_at__isnull=False, ended_at=None)


class CityPicture(CheckedFile):
    """One picture, checked and re-encoded like every file. Without a city: of the city whose portal this is, which may
    also have a logo; what that is called is the city's name.

    `shown_at`: since when pages show it, once a task has drawn its widths. `ended_at`: replaced or removed; it can be
    brought back until it's deleted.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {*CheckedFile.PERSONAL_FIELDS, "uploaded_by"}
    PERSONAL = Personal(kept_out="a picture of a city, for everyone; names who of the office sent it")

    class Kind(models.TextChoices):
        PICTURE = "picture", _("picture")
        LOGO = "logo", _("logo")

    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PICTURE)
    city = models.ForeignKey(PartnerCity, on_delete=models.CASCADE, null=True, blank=True, related_name="pictures")
    file = models.FileField(upload_to=picture_path, max_length=200, blank=True)
    alt_en = models.CharField(max_length=200, blank=True, help_text="What it shows, for people who can't see it.")
    alt_es = models.CharField(max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    shown_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    alt = Localized()

    objects = CityPictureQuerySet.as_manager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="citypicture_has_words_or_is_a_logo",
                condition=Q(kind="logo") | ~Q(alt_en="") & ~Q(alt_es=""),
            ),
            models.CheckConstraint(
                name="citypicture_logo_is_of_the_own_city", condition=Q(kind="picture") | Q(kind="logo", city=None)
            ),
            models.CheckConstraint(
                name="citypicture_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_because="") | ~Q(state="refused") & Q(refused_because=""),
            ),
            models.CheckConstraint(
                name="citypicture_shows_what_was_kept", condition=Q(shown_at__isnull=True) | Q(state="kept")
            ),
            models.UniqueConstraint(
                name="citypicture_one_shown_per_city",
                fields=["city"],
                condition=Q(shown_at__isnull=False, ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="citypicture_one_shown_of_the_own_city_per_kind",
                fields=["kind"],
                condition=Q(city__isnull=True, shown_at__isnull=False, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"picture {self.pk}"


class CityPictureWidth(models.Model):
    """One width of a picture, as a light file that anyone may see while its picture is shown."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    picture = models.ForeignKey(CityPicture, on_delete=models.CASCADE, related_name="widths")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    file = models.FileField(upload_to=width_path, max_length=200)

    class Meta:
        ordering = ("picture", "width")
        constraints = [
            models.UniqueConstraint(name="citypicturewidth_each_once", fields=["picture", "width"]),
            models.CheckConstraint(name="citypicturewidth_has_a_size", condition=Q(width__gt=0, height__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.width} px"
