"""Stories: answers that the office chose to show, in words their students approved, and where they were printed."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import Language, User
from travel.models.reflection import Reflection

QUOTE_MAX, TEXT_MAX = 240, 1500


class StoryQuerySet(models.QuerySet["Story"]):
    def visible_to(self, user: Person) -> Self:
        """Every story for coordinators, their own for students."""
        if roles.is_coordinator(user):
            return self
        return self.filter(reflection__placement__application__student=user) if user.is_authenticated else self.none()

    def published(self) -> Self:
        """Chosen, still consented to, and with words that the student approved. Whatever shows a story asks this."""
        approved = StoryText.objects.filter(story=OuterRef("pk"), approved_at__isnull=False)
        agreed = Reflection.objects.published().filter(pk=OuterRef("reflection"))
        return self.filter(Exists(approved), Exists(agreed), state=Story.State.CHOSEN)


class Story(models.Model):
    """An answer on the office's list. `order` counts among the chosen ones."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("reflection state added_at", erased="stays with its reflection, whose published sentence stays")

    class State(models.TextChoices):
        SHORTLISTED = "shortlisted", _("on the shortlist")
        CHOSEN = "chosen", _("chosen")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    reflection = models.OneToOneField(Reflection, on_delete=models.CASCADE, related_name="story")
    state = models.CharField(max_length=11, choices=State, default=State.SHORTLISTED)
    order = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = StoryQuerySet.as_manager()

    class Meta:
        ordering = ("order", "pk")
        verbose_name_plural = "stories"

    def __str__(self) -> str:
        return f"story {self.code}"


class StoryText(models.Model):
    """A story's words in one language. The office proposes them; nothing is shown before the student approves."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"quote", "text"}
    PERSONAL = Personal(
        "story language quote text proposed_at approved_at refused_at",
        of="story__reflection__placement__application__student",
        erased="the approved sentence stays with its reflection; the text goes",
    )

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=Language)
    quote = models.CharField(max_length=QUOTE_MAX, help_text="A sentence or two that may stand alone.")
    text = models.TextField(blank=True, help_text="The story around it, for reports.")
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("language",)
        constraints = [
            models.UniqueConstraint(name="storytext_one_per_language", fields=["story", "language"]),
            models.CheckConstraint(name="storytext_has_a_quote", condition=~Q(quote="")),
            models.CheckConstraint(
                name="storytext_approved_or_refused",
                condition=Q(approved_at__isnull=True) | Q(refused_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} of {self.story_id}"

    @property
    def waits(self) -> bool:
        return self.approved_at is None and self.refused_at is None


class StoryUse(models.Model):
    """That a story went out in something that can't be called back, such as a report: for the day it's taken back."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="which reports printed a story; names who of the office made them")

    story = models.ForeignKey(Story, on_delete=models.SET_NULL, null=True, related_name="uses")
    where = models.CharField(max_length=120, help_text="What it was printed in, such as outcomes-all.pdf")
    language = models.CharField(max_length=2, choices=Language)
    used_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-used_at", "-pk")
        indexes = [models.Index(fields=["story", "where"], name="storyuse_where")]

    def __str__(self) -> str:
        return f"{self.story_id} in {self.where}"
