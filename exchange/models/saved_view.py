"""A view of a list that somebody of staff keeps under a name of their own."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models.people import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, user: User, place: str) -> Self:
        """This person's on one list: nobody else sees them, because a search may hold a name."""
        return self.filter(owner=user, place=place)


class SavedView(models.Model):
    """The filters and the order of a list, as in the address of its page."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"name", "query"}
    PERSONAL = Personal(kept_out="filters of a list of staff")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    place = models.CharField(max_length=80, help_text="The name of the list's address.")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(name="savedview_name_once", fields=["owner", "place", "name"]),
            models.CheckConstraint(name="savedview_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
