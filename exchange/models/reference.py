"""Dated facts, such as fees and waiting times, and the cities that host students."""

from decimal import Decimal
from typing import ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.localized import Localized
from exchange.base.paragraphs import Block, blocks
from exchange.base.pictures import ShownPicture, shown


class DatedReference(models.Model):
    """Something outside the portal that changes: always with its date, its source and the day to check it again."""

    as_of = models.DateField(help_text="The day on which the source said so.")
    source_name = models.CharField(max_length=200)
    source_url = models.URLField(max_length=300, blank=True)
    is_confirmed = models.BooleanField(default=True, help_text="If not, students are told to check the official page.")
    review_on = models.DateField(help_text="After this day students are told to check the official page.")
    checked_by = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True

    @property
    def is_reliable(self) -> bool:
        """Whether a page may state it without telling readers to check the official page."""
        return self.is_confirmed and self.review_on >= timezone.localdate()


class FactQuerySet(models.QuerySet["Fact"]):
    def current(self) -> Self:
        return self.filter(superseded_by__isnull=True)


def whole(value: Decimal) -> int | Decimal:
    """The value as an int if it is a whole number."""
    return int(value) if value == value.to_integral_value() else value


class Fact(DatedReference):
    """One dated value, such as a fee, a waiting time or a threshold. Superseded, never deleted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        DOLLARS = "usd", _("dollars")
        COUNT = "count", _("count")
        WORDS = "words", _("words")
        MONTHS = "months", _("months")
        YEARS = "years", _("years")
        KILOBYTES = "kb", _("kilobytes")
        MEGABYTES = "mb", _("megabytes")
        PERCENT = "percent", _("percent")
        MILLIMETERS = "mm", _("millimeters")
        PIXELS = "px", _("pixels")

    key = models.CharField(max_length=80, help_text="Such as passport.days.routine")
    label_en = models.CharField(max_length=200)
    label_es = models.CharField(max_length=200)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    unit = models.CharField(max_length=10, choices=Unit)
    superseded_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    label = Localized()

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ("key", "-as_of")
        constraints = [
            models.UniqueConstraint(
                name="fact_one_current_value_per_key",
                fields=["key"],
                condition=Q(superseded_by__isnull=True),
                violation_error_message=_("This fact already has a current value. Replace that one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value.normalize():f} {self.unit}"

    @property
    def number(self) -> int | Decimal:
        return whole(self.value)


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def current(self) -> Self:
        return self.filter(is_current=True)


class ConsentText(DatedReference):
    """What a person signs, word for word. A version is never changed: other words are a new version, signed anew.

    `recipients` and the rest may contain {college} and {cycle}.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    COLLEGE_RECORDS = "college_records"

    key = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    is_current = models.BooleanField(default=True)
    title_en = models.CharField(max_length=200)
    title_es = models.CharField(max_length=200)
    records_en = models.TextField(help_text="One record a line.")
    records_es = models.TextField(help_text="One record a line.")
    purpose_en = models.TextField()
    purpose_es = models.TextField()
    recipients_en = models.TextField()
    recipients_es = models.TextField()
    ending_en = models.TextField(help_text="How to take it back, and what happens then.")
    ending_es = models.TextField(help_text="How to take it back, and what happens then.")
    title = Localized()
    records = Localized()
    purpose = Localized()
    recipients = Localized()
    ending = Localized()

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        ordering = ("key", "-version")
        constraints = [
            models.UniqueConstraint(name="consenttext_version_once", fields=["key", "version"]),
            models.UniqueConstraint(
                name="consenttext_one_current_version", fields=["key"], condition=Q(is_current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class NoticeSection(DatedReference):
    """One part of a page that says how the portal works: the privacy notice, the accessibility statement.

    `body`: paragraphs, with an empty line between them; lines that begin with "- " are a list.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Page(models.TextChoices):
        PRIVACY = "privacy", _("privacy notice")
        ACCESSIBILITY = "accessibility", _("accessibility statement")

    page = models.CharField(max_length=20, choices=Page)
    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    title_en = models.CharField(max_length=120)
    title_es = models.CharField(max_length=120)
    body_en = models.TextField()
    body_es = models.TextField()
    title = Localized()
    body = Localized()

    class Meta:
        ordering = ("page", "order")
        constraints = [models.UniqueConstraint(name="noticesection_key_once_per_page", fields=["page", "key"])]

    def __str__(self) -> str:
        return f"{self.page}: {self.title}"

    @property
    def blocks(self) -> list[Block]:
        """(whether it's a list, its lines), for each paragraph or list of the body."""
        return blocks(self.body)


class RetentionRule(DatedReference):
    """How long one kind of data is kept, counted from what, and why. The number of days is a Fact."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    key = models.SlugField(max_length=40, unique=True)
    order = models.PositiveSmallIntegerField()
    fact_key = models.CharField(max_length=80, blank=True, help_text="The fact with the days; empty: kept for good.")
    what_en = models.CharField(max_length=200)
    what_es = models.CharField(max_length=200)
    starts_en = models.CharField(max_length=120, blank=True, help_text="What the days are counted from: after …")
    starts_es = models.CharField(max_length=120, blank=True)
    reason_en = models.CharField(max_length=300)
    reason_es = models.CharField(max_length=300)
    what = Localized()
    starts = Localized()
    reason = Localized()

    class Meta:
        ordering = ("order", "key")

    def __str__(self) -> str:
        return self.what


def check_time_zone(name: str) -> None:
    """ValidationError unless it's a name of the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” isn’t a time zone. Choose one from the list."), params={"name": name})


class PartnerCity(models.Model):
    """A city that hosts students. Not always a sister city: several past destinations are not."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.SlugField(max_length=30, unique=True)
    name_en = models.CharField(max_length=60)
    name_es = models.CharField(max_length=60)
    country_code = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    country_en = models.CharField(max_length=60)
    country_es = models.CharField(max_length=60)
    airport_code = models.CharField(max_length=3, help_text="IATA")
    time_zone = models.CharField(
        max_length=40, blank=True, validators=[check_time_zone], help_text="IANA. Empty: unknown."
    )
    latitude = models.DecimalField(max_digits=8, decimal_places=5, help_text="degrees north")
    longitude = models.DecimalField(max_digits=8, decimal_places=5, help_text="degrees east")
    languages_en = models.CharField(max_length=100)
    languages_es = models.CharField(max_length=100)
    story_en = models.TextField()
    story_es = models.TextField()
    day_en = models.TextField(blank=True, help_text="What a day there is like.")
    day_es = models.TextField(blank=True)
    links = models.JSONField(default=list, blank=True, help_text='[{"url", "title_en", "title_es"}]')
    is_sister_city = models.BooleanField(default=False)
    is_offered = models.BooleanField(default=True, help_text="Off removes the city from every list of choices.")
    picture_data = models.JSONField(null=True, blank=True, editable=False, help_text="What `picture` shows.")
    name = Localized()
    country = Localized()
    languages = Localized()
    story = Localized()
    day = Localized()

    class Meta:
        ordering = ("name_en",)
        verbose_name_plural = "partner cities"

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, ...]:
        return (self.code,)

    @property
    def picture(self) -> ShownPicture | None:
        """In the reader's language. Written by the actions of the office, with the rows that hold its files."""
        return shown(self.picture_data)

    @property
    def zone(self) -> ZoneInfo | None:
        """The city's clock. None while the office hasn't said it: then no page may state a local time."""
        return ZoneInfo(self.time_zone) if self.time_zone else None
