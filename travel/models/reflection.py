"""Models of reflections: students' own accounts of the trip, shared as far as each student chooses."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base.merge import FieldState, Version
from applications.models import Cycle
from exchange.base import roles
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import ConsentText, Language
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
    days = models.PositiveSmallIntegerField(help_text="Days before departure, or after return, when it opens.")
    answer_days = models.PositiveSmallIntegerField(
        default=14, help_text="Days from then on until it is due; later answers count as well."
    )
    text_en = models.CharField(max_length=200)
    text_es = models.CharField(max_length=200)
    help_en = models.TextField(blank=True)
    help_es = models.TextField(blank=True)
    what_en = models.CharField(max_length=200, blank=True)
    what_es = models.CharField(max_length=200, blank=True)
    so_what_en = models.CharField(max_length=200, blank=True)
    so_what_es = models.CharField(max_length=200, blank=True)
    now_what_en = models.CharField(max_length=200, blank=True)
    now_what_es = models.CharField(max_length=200, blank=True)
    text = Localized()
    help = Localized()
    what = Localized()
    so_what = Localized()
    now_what = Localized()

    class Meta:
        abstract = True
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return str(self.text)

    @property
    def questions(self) -> dict[str, str]:
        """The questions that an answer is made of, by its column: up to three, or one without words of its own."""
        found = {"text": self.what, "so_what": self.so_what, "now_what": self.now_what}
        return {column: words for column, words in found.items() if words} or {"text": ""}


class StandardPrompt(PromptFields):
    """A prompt that every new cycle begins with."""

    class Meta(PromptFields.Meta):
        constraints = [models.UniqueConstraint(name="standardprompt_key_once", fields=["key"])]

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)


class PromptQuerySet(models.QuerySet["ReflectionPrompt"]):
    def of_trip(self, trip: Trip) -> Self:
        """Those that the students of this trip answer."""
        own = ReflectionPrompt.trips.through.objects.filter(reflectionprompt=OuterRef("pk"))
        return self.filter(Q(~Exists(own)) | Q(Exists(own.filter(trip=trip))), cycle=trip.cycle_id)


class ReflectionPrompt(PromptFields):
    """One short question of a cycle, for the students of all its trips or of some."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="reflection_prompts")
    trips = models.ManyToManyField(Trip, blank=True, related_name="+", help_text="Empty: every trip of the cycle.")

    objects = PromptQuerySet.as_manager()

    class Meta(PromptFields.Meta):
        constraints = [models.UniqueConstraint(name="reflectionprompt_key_once_per_cycle", fields=["cycle", "key"])]

    def opens_on(self, trip: Trip) -> date:
        """The day from which the students of this trip may answer."""
        if self.moment == self.Moment.BEFORE:
            return trip.leaves_on - timedelta(days=self.days)
        return trip.home_on + timedelta(days=self.days)

    def due_on(self, trip: Trip) -> date:
        """The day by which we ask for it; before the trip never later than the last day at home."""
        due = self.opens_on(trip) + timedelta(days=self.answer_days)
        return min(due, trip.leaves_on - timedelta(days=1)) if self.moment == self.Moment.BEFORE else due

    def is_for(self, trip: Trip) -> bool:
        """As `of_trip`, from fetched trips."""
        own = [each.pk for each in self.trips.all()]
        return not own or trip.pk in own


class ReflectionQuerySet(models.QuerySet["Reflection"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; shared ones for coordinators, and of their college for advisors; public for directors."""
        if not user.is_authenticated:
            return self.none()
        shared = Q(is_draft=False, privacy__in=[Reflection.Privacy.PROGRAM, Reflection.Privacy.PUBLIC])
        reach = Q(placement__application__student=user)
        if roles.is_coordinator(user):
            reach |= shared
        if roles.is_director(user):
            reach |= Q(is_draft=False, privacy=Reflection.Privacy.PUBLIC)
        if colleges := roles.advisor_college_ids(user):
            reach |= shared & Q(placement__application__college__in=colleges)
        return self.filter(reach)

    def finished(self) -> Self:
        """Without those that students are still writing."""
        return self.filter(is_draft=False)

    def published(self) -> Self:
        """Those that may be quoted to anyone today: the one question that every page, report and export asks."""
        quoting = ReflectionConsent.objects.in_force().filter(
            reflection=OuterRef("pk"), kind=ReflectionConsent.Kind.QUOTE
        )
        return self.filter(Exists(quoting), is_draft=False, privacy=Reflection.Privacy.PUBLIC)


class Reflection(models.Model):
    """What one student wrote to one prompt, and who may read it. A draft is read by nobody else.

    `text` answers the prompt's first question, or the prompt itself.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text", "so_what", "now_what", "quote"}
    PERSONAL = Personal(
        "placement prompt text so_what now_what language is_draft quote privacy written_at",
        erased="a published sentence stays, without a name",
    )
    ANSWERS: ClassVar = ("text", "so_what", "now_what")

    class Privacy(models.TextChoices):
        PRIVATE = "private", _("only me")
        PROGRAM = "program", _("program staff")
        PUBLIC = "public", _("anyone")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="reflections")
    prompt = models.ForeignKey(ReflectionPrompt, on_delete=models.PROTECT, related_name="reflections")
    text = models.TextField(blank=True)
    so_what = models.TextField(blank=True)
    now_what = models.TextField(blank=True)
    language = models.CharField(max_length=2, choices=Language, blank=True)
    is_draft = models.BooleanField(default=False, help_text="Until the student has said who may read it.")
    quote = models.CharField(max_length=240, blank=True, help_text="A sentence that may stand alone.")
    privacy = models.CharField(max_length=7, choices=Privacy, default=Privacy.PRIVATE)
    written_at = models.DateTimeField(default=timezone.now)

    objects = ReflectionQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")
        constraints = [
            models.UniqueConstraint(name="reflection_one_per_prompt", fields=["placement", "prompt"]),
            models.CheckConstraint(
                name="reflection_has_words",
                condition=Q(is_draft=True) | ~Q(text="") | ~Q(so_what="") | ~Q(now_what=""),
            ),
            models.CheckConstraint(
                name="reflection_draft_is_private", condition=Q(is_draft=False) | Q(privacy="private")
            ),
            models.CheckConstraint(
                name="reflection_quote_only_when_public", condition=Q(quote="") | Q(privacy="public")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt.key} of {self.placement_id}"

    @property
    def is_signed(self) -> bool:
        """Whether it shows its author's name. Shared with the program it does; public only if the student agreed."""
        return self.privacy == self.Privacy.PROGRAM or ReflectionConsent.Kind.NAME in self.agreed

    @property
    def agreed(self) -> set[str]:
        """The kinds of consent in force. Fetch `consents` with the reflection."""
        return {each.kind for each in self.consents.all() if each.withdrawn_at is None}

    @property
    def has_words(self) -> bool:
        return any(getattr(self, column).strip() for column in self.ANSWERS)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """(question, answer) of what was written, in the prompt's order. Fetch the prompt with it."""
        questions = self.prompt.questions
        return [(questions.get(name, ""), words) for name in self.ANSWERS if (words := getattr(self, name))]


class ReflectionField(models.Model):
    """What the student's devices wrote to one part of a reflection, as `DraftField` keeps it of an application."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"versions"}
    PERSONAL = Personal("reflection key versions")

    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="fields")
    key = models.SlugField(max_length=20)
    versions = models.JSONField(default=list)
    seen = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(name="reflectionfield_one_per_key", fields=["reflection", "key"])]

    def __str__(self) -> str:
        return f"{self.reflection_id}/{self.key}"

    @property
    def state(self) -> FieldState:
        return FieldState(tuple(Version(**version) for version in self.versions), self.seen)

    @state.setter
    def state(self, state: FieldState) -> None:
        self.versions = [asdict(version) for version in state.versions]
        self.seen = dict(state.seen)


class ConsentQuerySet(models.QuerySet["ReflectionConsent"]):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class ReflectionConsent(models.Model):
    """A dated record that a student agreed to one use of an answer, with the words they saw, and when it ended.

    `text` is empty for a sentence that was given to be quoted before such words were kept.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(
        "reflection kind language given_at withdrawn_at version=text.version text=text.title",
        erased="a published sentence keeps its consent; the others are withdrawn",
    )

    class Kind(models.TextChoices):
        QUOTE = "quote", _("quote me")
        PICTURE = "picture", _("show my picture")
        NAME = "name", _("say my first name")

    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=7, choices=Kind)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=2, choices=Language)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ("given_at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="reflectionconsent_one_in_force",
                fields=["reflection", "kind"],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.reflection_id}"


class ReflectionInvitation(models.Model):
    """A record that a student was invited to one prompt; the unique constraint ensures that it happens once."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("placement prompt invited_at")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="reflection_invitations")
    prompt = models.ForeignKey(ReflectionPrompt, on_delete=models.CASCADE, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reflectioninvitation_once", fields=["placement", "prompt"]),
        ]

    def __str__(self) -> str:
        return f"{self.prompt_id} to {self.placement_id}"
