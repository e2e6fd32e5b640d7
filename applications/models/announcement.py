"""An announcement of the office on people's home pages, until a day."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.models import User


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All for the office, which writes them; for anyone else, what their home page shows now."""
        return self if roles.is_coordinator(user) else self.shown_to(user)

    def current(self) -> Self:
        return self.filter(ended_at__isnull=True, until__gte=timezone.localdate())

    def shown_to(self, user: roles.Person) -> Self:
        """What this person's home page shows now. A visitor's shows what is for everyone."""
        kinds = [Announcement.Audience.EVERYONE]
        if roles.is_student(user):
            kinds.append(Announcement.Audience.STUDENTS)
        if roles.is_advisor(user):
            kinds.append(Announcement.Audience.ADVISORS)
        if roles.is_coordinator(user):
            kinds.append(Announcement.Audience.OFFICE)
        if roles.is_director(user):
            kinds.append(Announcement.Audience.DIRECTORS)
        return self.current().filter(audience__in=kinds)


class Announcement(models.Model):
    """A few sentences in both languages. It ends by itself after `until`, or when the office ends it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="words for many; names who of the office wrote and ended them")

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("everyone, including visitors to the front page")
        STUDENTS = "students", _("students")
        ADVISORS = "advisors", _("advisors")
        OFFICE = "office", _("the office")
        DIRECTORS = "director", _("the mayor’s office")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    audience = models.CharField(max_length=8, choices=Audience)
    text_en = models.TextField()
    text_es = models.TextField()
    text = Localized()
    until = models.DateField(help_text="The last day on which it is shown.")
    created_at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(name="announcement_in_both_languages", condition=~Q(text_en="") & ~Q(text_es="")),
            models.CheckConstraint(
                name="announcement_ended_at_and_by_together",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text_en[:40]
