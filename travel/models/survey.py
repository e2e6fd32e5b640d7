"""Models of the survey after the trip: the program's own items, each rated twice ("before the trip", "now")."""

from dataclasses import asdict
from typing import Any, ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from applications.base.merge import FieldState, Version
from applications.models import Cycle
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from travel.models.placement import Placement

LOWEST, HIGHEST = 1, 5


class SurveyItemFields(models.Model):
    """One sentence that a traveler agrees with more or less. Rows with one key and one version have the same words."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    key = models.SlugField(max_length=32)
    version = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    order = models.PositiveSmallIntegerField()
    text_en = models.CharField(max_length=200)
    text_es = models.CharField(max_length=200)
    source_name = models.CharField(max_length=200, help_text="Who wrote the words, or where they come from.")
    text = Localized()

    class Meta:
        abstract = True
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return str(self.text)


class StandardSurveyItem(SurveyItemFields):
    """An item that every new cycle begins with."""

    class Meta(SurveyItemFields.Meta):
        constraints = [models.UniqueConstraint(name="standardsurveyitem_key_once", fields=["key"])]

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)


class SurveyItem(SurveyItemFields):
    """An item of a cycle's survey."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="survey_items")

    class Meta(SurveyItemFields.Meta):
        constraints = [models.UniqueConstraint(name="surveyitem_key_once_per_cycle", fields=["cycle", "key"])]

    @property
    def name(self) -> str:
        """Of this item in these words, the same in every year that asks it so."""
        return f"{self.key}.{self.version}"


class SurveyResponseQuerySet(models.QuerySet["SurveyResponse"]):
    def visible_to(self, user: Person) -> Self:
        """The traveler's own, and nobody else's: staff see published counts only."""
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class SurveyResponse(models.Model):
    """One traveler's survey. `states`: what their devices wrote to each rating, as `DraftField` keeps it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"states"}
    PERSONAL = Personal("placement invited_at reminded_at changed_at states", erased={"states": {}})

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="survey")
    invited_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    states = models.JSONField(default=dict)

    objects = SurveyResponseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"survey of {self.placement_id}"

    def states_of(self) -> dict[str, FieldState]:
        return {key: _state(row) for key, row in self.states.items()}

    def keep(self, states: dict[str, FieldState]) -> None:
        self.states |= {
            key: {"versions": [asdict(each) for each in state.versions], "seen": dict(state.seen)}
            for key, state in states.items()
        }


def _state(row: dict[str, Any]) -> FieldState:
    return FieldState(tuple(Version(**version) for version in row["versions"]), row["seen"])


class SurveyAnswer(models.Model):
    """One item's two ratings; one of them alone isn't counted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"before", "now"}
    PERSONAL = Personal(
        "response item=item.text before now answered_at",
        of="response__placement__application__student",
        erased="two numbers, counted; who typed them when goes",
    )

    response = models.ForeignKey(SurveyResponse, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(SurveyItem, on_delete=models.PROTECT, related_name="answers")
    before = models.PositiveSmallIntegerField(null=True, blank=True)
    now = models.PositiveSmallIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="surveyanswer_one_per_item", fields=["response", "item"]),
            models.CheckConstraint(
                name="surveyanswer_on_the_scale",
                condition=(Q(before__isnull=True) | Q(before__range=(LOWEST, HIGHEST)))
                & (Q(now__isnull=True) | Q(now__range=(LOWEST, HIGHEST))),
            ),
            models.CheckConstraint(
                name="surveyanswer_has_a_rating", condition=Q(before__isnull=False) | Q(now__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} of {self.response_id}"
