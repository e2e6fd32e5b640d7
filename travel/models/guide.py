"""The first-flight guide: dated tips for someone who has never flown, for every trip or for one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.paragraphs import Block, blocks
from exchange.models import DatedReference
from travel.models.partner import OfficeQuerySet
from travel.models.placement import Trip


class GuideTip(DatedReference):
    """One tip of a step of the way. A tip of a trip is shown below those of every trip."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Step(models.TextChoices):
        """In the order of the way."""

        BAG = "bag", _("Pack your bag")
        LIQUIDS = "liquids", _("Liquids")
        CHECK_IN = "check_in", _("Check in at the airport")
        SECURITY = "security", _("Security")
        GATE = "gate", _("Find your gate")
        BOARDING = "boarding", _("Board the plane")
        CONNECTION = "connection", _("Change planes")
        BORDER = "border", _("Cross the border")
        CUSTOMS = "customs", _("Get your bag and go through customs")
        PHONE = "phone", _("Your phone")
        MONEY = "money", _("Money")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    # set for the tips that ship with the portal; those that the office writes have none
    key = models.SlugField(max_length=60, blank=True)
    trip = models.ForeignKey(
        Trip, on_delete=models.CASCADE, null=True, blank=True, related_name="guide_tips", help_text="Empty: every trip."
    )
    step = models.CharField(max_length=10, choices=Step)
    order = models.PositiveSmallIntegerField(default=100)
    title_en = models.CharField(max_length=120)
    title_es = models.CharField(max_length=120)
    text_en = models.TextField(help_text="A line that begins with a dash is an item of a list.")
    text_es = models.TextField()
    title = Localized()
    text = Localized()

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("order", "pk")
        constraints = [
            models.UniqueConstraint(name="guidetip_key_once", fields=["key"], condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return self.title_en

    @property
    def blocks(self) -> list[Block]:
        return blocks(str(self.text))

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)

    def correction_href(self) -> str:
        return reverse("travel:guide-tip-edit", kwargs={"code": self.code})
