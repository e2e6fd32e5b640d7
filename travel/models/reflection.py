"""Models of reflections: students' own accounts of the trip, shared as far as each student chooses."""

from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle
from exchange.base import roles
from exchange.base.localized import Localized
from exchange.base.roles import Person
from travel.models.placement import Placement, Trip


class PromptFields(models.Model):
    """One short question before the trip or after it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Moment(models.TextChoices):
        BEFORE = "before", _("before the trip")
        AFTER = "after", _("after the trip")

    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    moment = models.CharField(max_length=6, choices=Moment)
    days = models.PositiveSmallIntegerField(help_text="Days before departure, or after return, when it is due.")
    text_en = models.CharField(max_length=200)
    text_es = models.CharField(max_length=200)
    help_en = models.TextField(blank=True)
    help_es = models.TextField(blank=True)
    text = Localized()
    help = Localized()

    class Meta:
        abstract = True
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return str(self.text)


class StandardPrompt(PromptFields):
    """A prompt that every new cycle begins with."""

    class Meta(PromptFields.Meta):
        constraints = [models.UniqueConstraint(name="standardprompt_key_once", fields=["key"])]

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)


class ReflectionPrompt(PromptFields):
    """One short question of a cycle."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="reflection_prompts")

    class Meta(PromptFields.Meta):
        constraints = [models.UniqueConstraint(name="reflectionprompt_key_once_per_cycle", fields=["cycle", "key"])]

    def opens_on(self, trip: Trip) -> date:
        """The day from which the students of this trip may answer."""
        if self.moment == self.Moment.BEFORE:
            return trip.leaves_on - timedelta(days=self.days)
        return trip.home_on + timedelta(days=self.days)


class ReflectionQuerySet(models.QuerySet["Reflection"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; shared ones for coordinators, and of their college for advisors; public for directors."""
        if not user.is_authenticated:
            return self.none()
        shared = Q(privacy__in=[Reflection.Privacy.PROGRAM, Reflection.Privacy.PUBLIC])
        reach = Q(placement__application__student=user)
        if roles.is_coordinator(user):
            reach |= shared
        if roles.is_director(user):
            reach |= Q(privacy=Reflection.Privacy.PUBLIC)
        if colleges := roles.advisor_college_ids(user):
            reach |= shared & Q(placement__application__college__in=colleges)
        return self.filter(reach)

    def published(self) -> Self:
        return self.filter(privacy=Reflection.Privacy.PUBLIC)


class Reflection(models.Model):
    """What one student wrote to one prompt, and who may read it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text", "quote"}

    class Privacy(models.TextChoices):
        PRIVATE = "private", _("only me")
        PROGRAM = "program", _("program staff")
        PUBLIC = "public", _("anyone, without my name")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="reflections")
    prompt = models.ForeignKey(ReflectionPrompt, on_delete=models.PROTECT, related_name="reflections")
    text = models.TextField()
    quote = models.CharField(max_length=240, blank=True, help_text="A sentence that may stand alone.")
    privacy = models.CharField(max_length=7, choices=Privacy, default=Privacy.PRIVATE)
    written_at = models.DateTimeField(default=timezone.now)

    objects = ReflectionQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")
        constraints = [
            models.UniqueConstraint(name="reflection_one_per_prompt", fields=["placement", "prompt"]),
            models.CheckConstraint(name="reflection_has_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="reflection_quote_only_when_public", condition=Q(quote="") | Q(privacy="public")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt.key} of {self.placement_id}"

    @property
    def is_signed(self) -> bool:
        """Whether it shows its author's name: shared with the program it does, public it doesn't."""
        return self.privacy == self.Privacy.PROGRAM


class ReflectionInvitation(models.Model):
    """A record that a student was invited to one prompt; the unique constraint ensures that it happens once."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="reflection_invitations")
    prompt = models.ForeignKey(ReflectionPrompt, on_delete=models.CASCADE, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reflectioninvitation_once", fields=["placement", "prompt"]),
        ]

    def __str__(self) -> str:
        return f"{self.prompt_id} to {self.placement_id}"
