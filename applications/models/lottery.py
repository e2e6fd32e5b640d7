"""Model of the lottery among applicants who are too close to call: announced, list fixed, drawn, published."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base.lottery import Draw, terms_of
from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import User


class LotteryQuerySet(models.QuerySet["Lottery"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All for a coordinator; for everybody else, signed in or not, those whose fingerprint is public.

        Who may see the codes of the entries is decided by `permissions.can_open_entries`.
        """
        return self if roles.is_coordinator(user) else self.filter(committed_at__isnull=False)

    def open(self) -> Self:
        """Not drawn yet and not called off; a cycle has at most one."""
        return self.filter(drawn_at__isnull=True, called_off_at__isnull=True)

    def drawn(self) -> Self:
        return self.filter(drawn_at__isnull=False)


class Lottery(models.Model):
    """A draw that anyone can repeat.

    The hash of the entries is public, with the name and day of a public draw, before that draw takes place. Its result
    gives the order.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"entries", "order", "reason", "called_off_reason"}
    PERSONAL = Personal(
        kept_out="holds everyone of the tie; once it is published, its page shows your place to anybody"
    )

    class Kind(models.TextChoices):
        CLOSE = "close", _("candidates too close to call")
        MEAN = "mean", _("a range of average scores")

    class Stage(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        COMMITTED = "committed", _("waiting for the public draw")
        DRAWN = "drawn", _("drawn")
        PUBLISHED = "published", _("published")
        CALLED_OFF = "called_off", _("canceled")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="lotteries")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.MEAN)
    # kind MEAN: the range of Application.score_mean, both ends included
    score_from = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    score_to = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    zone = models.CharField(
        max_length=200, blank=True, help_text="The rule, as hashed: `lottery.zone_of_means` and others."
    )
    seats = models.PositiveSmallIntegerField(help_text="How many of the entries can get a seat.")
    reason = models.TextField(help_text="Why these scores are a tie. Public.")
    entries = models.TextField(help_text="Codes of applications, sorted, one to a line.")
    entries_hash = models.CharField(max_length=64)
    announced_at = models.DateTimeField(default=timezone.now)
    announced_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField(null=True, blank=True)
    committed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    public_draw = models.CharField(max_length=200, blank=True, help_text="Its name, hashed with its day.")
    public_draw_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=200, blank=True, help_text="Its numbers: `lottery.numbers_of`.")
    former_results = models.TextField(
        blank=True, help_text="What was typed before a correction, one to a line. Public."
    )
    order = models.TextField(blank=True, help_text="The codes as drawn, one to a line.")
    drawn_at = models.DateTimeField(null=True, blank=True)
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    called_off_reason = models.TextField(blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = LotteryQuerySet.as_manager()

    class Meta:
        ordering = ("-announced_at", "-pk")
        verbose_name_plural = "lotteries"
        constraints = [
            models.UniqueConstraint(
                name="lottery_one_open_per_cycle",
                fields=["cycle"],
                condition=Q(drawn_at__isnull=True, called_off_at__isnull=True),
            ),
            models.CheckConstraint(name="lottery_zone_from_low_to_high", condition=Q(score_from__lte=F("score_to"))),
            models.CheckConstraint(
                name="lottery_zone_is_of_its_kind",
                condition=Q(kind="mean", score_from__isnull=False, score_to__isnull=False)
                | Q(kind="close", score_from__isnull=True, score_to__isnull=True) & ~Q(zone=""),
            ),
            models.CheckConstraint(name="lottery_has_a_seat", condition=Q(seats__gte=1)),
            models.CheckConstraint(name="lottery_has_entries", condition=~Q(entries="") & ~Q(entries_hash="")),
            models.CheckConstraint(
                name="lottery_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why these scores are a tie."),
            ),
            models.CheckConstraint(
                name="lottery_commitment_is_whole",
                condition=Q(committed_at__isnull=True, committed_by__isnull=True)
                | Q(committed_at__isnull=False, committed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="lottery_public_draw_is_whole",
                condition=Q(public_draw="", public_draw_on__isnull=True)
                | (Q(committed_at__isnull=False, public_draw_on__isnull=False) & ~Q(public_draw="")),
            ),
            models.CheckConstraint(
                name="lottery_draw_is_whole",
                condition=Q(drawn_at__isnull=True, drawn_by__isnull=True, result="", former_results="", order="")
                | (
                    Q(public_draw_on__isnull=False, drawn_at__isnull=False, drawn_by__isnull=False)
                    & ~Q(order="")
                    & ~Q(result="")
                ),
            ),
            models.CheckConstraint(
                name="lottery_published_after_the_draw",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(drawn_at__isnull=False, published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="lottery_called_off_before_the_draw_with_a_reason",
                condition=Q(called_off_at__isnull=True, called_off_by__isnull=True, called_off_reason="")
                | (
                    Q(drawn_at__isnull=True, called_off_at__isnull=False, called_off_by__isnull=False)
                    & ~Q(called_off_reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"lottery {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("applications:selection-lottery-detail", kwargs={"code": self.code})

    @property
    def stage(self) -> Stage:
        if self.called_off_at:
            return self.Stage.CALLED_OFF
        if self.published_at:
            return self.Stage.PUBLISHED
        if self.drawn_at:
            return self.Stage.DRAWN
        return self.Stage.COMMITTED if self.committed_at else self.Stage.ANNOUNCED

    @property
    def has_reached_draw_day(self) -> bool:
        """Whether the public draw may have taken place."""
        return self.public_draw_on is not None and timezone.localdate() >= self.public_draw_on

    @property
    def terms(self) -> dict[str, str]:
        """The terms of the zone as they were frozen, by keyword."""
        return terms_of(self.zone)

    @property
    def draw(self) -> Draw:
        """The row as `applications.base.lottery` hashes and verifies it."""
        return Draw(
            code=self.code,
            zone=self.zone,
            entries=self.entries,
            public_draw=self.public_draw,
            public_draw_on=self.public_draw_on,
            result=self.result,
            order=tuple(self.order.split()),
        )
