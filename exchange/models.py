"""People, places, dated facts, the record of what happened, and what is owed to whom by message."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.codes import new_code
from exchange.localized import Localized


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email=None, phone=None, password=None, **fields):
        user = self.model(email=self.normalize_email(email) or None, phone=phone or None, **fields)
        user.set_unusable_password() if password is None else user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password=password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with a sign-in: by a code sent to the email or phone, never by a password of ours."""

    PERSONAL_FIELDS: ClassVar = {"email", "phone", "full_name", "preferred_name", "language"}

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    # null, not "", where absent: the database keeps each unique and one of them present
    email = models.EmailField(_("email"), unique=True, null=True, blank=True)
    phone = PhoneNumberField(_("phone"), unique=True, null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    preferred_name = models.CharField(_("what we should call you"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.ENGLISH)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin, for rare corrections.")
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_has_email_or_phone",
                condition=Q(email__isnull=False) | Q(phone__isnull=False),
                violation_error_message=_("Give an email address or a phone number."),
            ),
        ]

    def __str__(self):
        return self.full_name or self.preferred_name or self.email or str(self.phone)

    def save(self, *args, **kwargs):
        self.email = self.email.lower() if self.email else None
        self.phone = self.phone or None
        super().save(*args, **kwargs)

    def has_usable_password(self) -> bool:
        """Never: nothing here may ask for one, whatever the column holds."""
        return False

    @property
    def called(self) -> str:
        """What to call the person in a greeting."""
        return self.preferred_name or self.full_name

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in (self.full_name or self.called).split()[:2]).upper()

    @cached_property
    def role_rows(self) -> list["Role"]:
        """The person's roles, read once per request."""
        return list(self.roles.select_related("college"))


class College(models.Model):
    """One of the district's colleges: the students' home college."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100, unique=True)
    short_name = models.CharField(max_length=30)
    mis_code = models.CharField("state MIS code", max_length=3, unique=True)
    place = models.CharField(max_length=60)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Role(models.Model):
    """What a person may do; one person can hold several. Students need no row."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        ADVISOR = "advisor", _("advisor")
        COORDINATOR = "coordinator", _("coordinator")
        DIRECTOR = "director", _("director")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")  # no person, no role
    kind = models.CharField(max_length=12, choices=Kind)
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_only_advisors_have_a_college",
                condition=Q(kind="advisor", college__isnull=False) | (~Q(kind="advisor") & Q(college__isnull=True)),
                violation_error_message=_("An advisor belongs to one college; other roles to none."),
            ),
            models.UniqueConstraint(
                name="role_once_per_person",
                fields=["user", "kind"],
                condition=Q(college__isnull=True),
                violation_error_message=_("This person has that role already."),
            ),
            models.UniqueConstraint(
                name="role_once_per_person_and_college",
                fields=["user", "kind", "college"],
                violation_error_message=_("This person has that role already."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.college or ''}".strip()


class DatedReference(models.Model):
    """A fact of the world that moves: never without its date, its source and the day to look again."""

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
        """Whether a page may state it without sending the reader to the official page."""
        return self.is_confirmed and self.review_on >= timezone.localdate()


class FactQuerySet(models.QuerySet["Fact"]):
    def current(self):
        return self.filter(superseded_by__isnull=True)


class Fact(DatedReference):
    """One dated value, such as a fee, a waiting time or a threshold. Superseded, never deleted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        DOLLARS = "usd", _("dollars")
        COUNT = "count", _("count")
        WORDS = "words", _("words")
        YEARS = "years", _("years")
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
                violation_error_message=_("This fact has a current value; supersede that one."),
            ),
        ]

    def __str__(self):
        return f"{self.key} = {self.value.normalize():f} {self.unit}"

    @property
    def number(self) -> int | Decimal:
        """The value as an int where it is whole."""
        return int(self.value) if self.value == self.value.to_integral_value() else self.value


class PartnerCity(models.Model):
    """A city that hosts students; a sister city or not (several past destinations are not)."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.SlugField(max_length=30, unique=True)
    name_en = models.CharField(max_length=60)
    name_es = models.CharField(max_length=60)
    country_code = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    country_en = models.CharField(max_length=60)
    country_es = models.CharField(max_length=60)
    airport_code = models.CharField(max_length=3, help_text="IATA")
    latitude = models.DecimalField(max_digits=8, decimal_places=5, help_text="degrees north")
    longitude = models.DecimalField(max_digits=8, decimal_places=5, help_text="degrees east")
    languages_en = models.CharField(max_length=100)
    languages_es = models.CharField(max_length=100)
    story_en = models.TextField()
    story_es = models.TextField()
    is_sister_city = models.BooleanField(default=False)
    is_offered = models.BooleanField(default=True, help_text="Off removes the city from every list of choices.")
    name = Localized()
    country = Localized()
    languages = Localized()
    story = Localized()

    class Meta:
        ordering = ("name_en",)
        verbose_name_plural = "partner cities"

    def __str__(self):
        return self.name


class AppendOnly(models.QuerySet):
    """History is added to, never rewritten."""

    def update(self, **values):
        raise TypeError("events are never changed")

    def delete(self):
        raise TypeError("events are never deleted")


class Event(models.Model):
    """What somebody did to which row, when and why. One per action, in the action's own transaction."""

    PERSONAL_FIELDS: ClassVar = {"reason", "changes"}

    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: the portal
    action = models.CharField(max_length=60, help_text="Such as selection.release")
    target_model = models.CharField(max_length=60, help_text="Such as applications.application")
    target_id = models.BigIntegerField()
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["target_model", "target_id", "at"], name="event_by_target")]

    def __str__(self):
        return f"{self.action} {self.target_model}:{self.target_id}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("events are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("events are never deleted")


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self):
        return self.filter(sent_at__isnull=True, failed_at__isnull=True)

    def failed(self):
        """Given up. Codes apart: they are over by now, and whoever wants one asks for a new one."""
        return self.filter(failed_at__isnull=False, is_secret=False)

    def visible_to(self, user):
        """The office sees what could not be sent; everyone else reads the news on their own pages."""
        from exchange import roles  # noqa: PLC0415 -- roles imports models

        return self if roles.is_coordinator(user) else self.none()


class Message(models.Model):
    """What is owed to a person, by email or text: written with the change, sent after, kept as proof."""

    PERSONAL_FIELDS: ClassVar = {"recipient", "address", "subject", "body", "html", "error"}

    class Channel(models.TextChoices):
        EMAIL = "email", _("email")
        TEXT = "text", _("text")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    channel = models.CharField(max_length=5, choices=Channel)
    # the recipient is null for a guest without an account, such as a referee
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="inbox")
    address = models.CharField(max_length=254, help_text="email address or E.164 number")
    language = models.CharField(max_length=2, choices=Language)
    template = models.CharField(max_length=80, help_text="Such as applications/decision_released")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    html = models.TextField(blank=True)
    is_secret = models.BooleanField(default=False, help_text="Holds a code: emptied once sent, outside demo.")
    queued_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-queued_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="message_sent_or_failed_not_both",
                condition=Q(sent_at__isnull=True) | Q(failed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="message_email_has_a_subject",
                condition=~Q(channel="email") | ~Q(subject=""),
            ),
            models.CheckConstraint(
                name="message_sent_after_it_was_queued",
                condition=Q(sent_at__isnull=True) | Q(sent_at__gte=F("queued_at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                name="message_waiting",
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
            ),
            models.Index(fields=["-failed_at"], name="message_failed", condition=Q(failed_at__isnull=False)),
        ]

    def __str__(self):
        return f"{self.template} to {self.address}"
