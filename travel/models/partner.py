"""Models of what the office knows about a partner city: its standing, contacts, agreements and sponsors."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from applications.models import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import DatedReference, Language, PartnerCity, User
from travel.models.checked_file import CheckedFile, path_in
from travel.models.placement import HostInstitution, Trip


class OfficeQuerySet[Kept: models.Model](models.QuerySet[Kept]):
    def visible_to(self, user: Person) -> Self:
        """Every row for a coordinator, none for anyone else."""
        return self if roles.is_coordinator(user) else self.none()


class CityStandingQuerySet(models.QuerySet["CityStanding"]):
    def current(self) -> Self:
        return self.filter(superseded_by__isnull=True)


class CityStanding(DatedReference):
    """A dated statement about a city: its travel advisory, or the state of the sister-city relation.

    A row is superseded, never deleted.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        ADVISORY = "advisory", _("travel advisory")
        SISTER = "sister", _("sister-city status")

    class Value(models.TextChoices):
        LEVEL_1 = "level_1", _("Level 1: exercise normal precautions")
        LEVEL_2 = "level_2", _("Level 2: exercise increased caution")
        LEVEL_3 = "level_3", _("Level 3: reconsider travel")
        LEVEL_4 = "level_4", _("Level 4: do not travel")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        ENDED = "ended", _("ended")

    VALUES: ClassVar = {
        Kind.ADVISORY: (Value.LEVEL_1, Value.LEVEL_2, Value.LEVEL_3, Value.LEVEL_4),
        Kind.SISTER: (Value.ACTIVE, Value.PAUSED, Value.ENDED),
    }

    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, related_name="standings")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=8, choices=Value)
    superseded_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )

    objects = CityStandingQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "-as_of", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="citystanding_one_current_per_city_and_kind",
                fields=["city", "kind"],
                condition=Q(superseded_by__isnull=True),
            ),
            models.CheckConstraint(
                name="citystanding_value_of_its_kind",
                condition=Q(kind="advisory", value__startswith="level_")
                | Q(kind="sister", value__in=["active", "paused", "ended"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city}: {self.get_kind_display()}"

    def correction_href(self) -> str:
        """The page where the office records a new value; called by `exchange.reference.references`."""
        return reverse("travel:standing-record", kwargs={"code": self.city.code, "kind": self.kind})

    @property
    def tone(self) -> str:
        good, stop = (self.Value.LEVEL_1, self.Value.ACTIVE), (self.Value.LEVEL_4, self.Value.ENDED)
        return "good" if self.value in good else "stop" if self.value in stop else "wait"


# the fields of a contact that name whom it belongs to
OWNERS = ("host", "consulate", "sponsor", "trip", "candidate_for")


def _one_of(*names: str) -> Q:
    """Exactly one of these fields is set."""
    found = Q()
    for name in names:
        found |= Q(**{f"{other}__isnull": other != name for other in names})
    return found


class Contact(models.Model):
    """A person the office works with, at a host, a consulate or a sponsor, or the leader of a trip.

    `language` is the one we write to them in. `user` is set for a leader who has an account in the portal. Somebody
    who may lead a trip, once the office has seen what it asks of leaders, is a candidate until then.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"name", "email", "phone", "user"}
    PERSONAL = Personal(kept_out="whom the office works with; a trip’s leader is named on the page of the trip")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    host = models.ForeignKey(HostInstitution, on_delete=models.CASCADE, null=True, blank=True, related_name="contacts")
    consulate = models.ForeignKey(
        PartnerCity,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="consulate_contacts",
        help_text="The city whose country's consulate it is.",
    )
    sponsor = models.ForeignKey("Sponsor", on_delete=models.CASCADE, null=True, blank=True, related_name="contacts")
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, null=True, blank=True, related_name="leaders")
    candidate_for = models.ForeignKey(
        Trip, on_delete=models.CASCADE, null=True, blank=True, related_name="leader_candidates"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    duty = models.CharField(max_length=120, blank=True)
    duty_es = models.CharField(max_length=120, blank=True, help_text="Of a leader; families read it.")
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(max_length=30, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.CheckConstraint(name="contact_belongs_to_one", condition=_one_of(*OWNERS)),
            models.CheckConstraint(
                name="contact_with_an_account_leads_a_trip",
                condition=Q(user__isnull=True) | Q(trip__isnull=False) | Q(candidate_for__isnull=False),
            ),
            models.UniqueConstraint(
                name="contact_leads_a_trip_once", fields=["trip", "user"], condition=Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                name="contact_candidate_once", fields=["candidate_for", "user"], condition=Q(user__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def duty_here(self) -> str:
        """In the language of the page, "" if nobody wrote it in that one."""
        return self.duty_es if get_language() == Language.SPANISH else self.duty


def address_of(contact: Contact) -> str:
    """Where we write to them: their own address, or that of their account. Needs the account."""
    return contact.email or (contact.user.email if contact.user else "") or ""


class Agreement(models.Model):
    """A signed agreement with a city or a host: its dates, and what each side gives."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, related_name="agreements")
    host = models.ForeignKey(
        HostInstitution, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements"
    )
    title = models.CharField(max_length=150)
    signed_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="Its last day; empty while it has none.")
    we_give_en = models.TextField()
    we_give_es = models.TextField(blank=True)
    they_give_en = models.TextField()
    they_give_es = models.TextField(blank=True)
    is_over = models.BooleanField(default=False, help_text="Not renewed, or a newer one is in its place.")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="The office was told that it ends.")
    we_give = Localized()
    they_give = Localized()

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("is_over", "ends_on", "pk")
        constraints = [
            models.CheckConstraint(
                name="agreement_ends_after_it_was_signed",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("signed_on")),
                violation_error_message=_("The agreement ends before it was signed."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("travel:agreement-edit", kwargs={"code": self.code})


def agreement_path(file: "AgreementFile", filename: str) -> str:
    return path_in("agreements", file)


class AgreementFile(CheckedFile):
    """A signed document, private. It's checked, scanned and cleaned like students' files before anyone can open it."""

    PERSONAL = Personal(kept_out="a paper of a partner; names who of the office sent it")

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to=agreement_path, max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [
            models.UniqueConstraint(name="agreementfile_once_per_agreement", fields=["agreement", "digest"]),
            models.CheckConstraint(
                name="agreementfile_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_because="") | ~Q(state="refused") & Q(refused_because=""),
            ),
        ]

    def __str__(self) -> str:
        return self.original_name


class Sponsor(models.Model):
    """An organization that supports the exchange: a consulate, an airline, a foundation."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    name = models.CharField(
        max_length=150, unique=True, error_messages={"unique": _("There’s already a sponsor with this name.")}
    )
    website = models.URLField(max_length=300, blank=True)
    note = models.TextField(blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("travel:sponsor-detail", kwargs={"code": self.code})


class Contribution(models.Model):
    """One contribution of a sponsor to one trip or one cycle. For one in kind, `amount` is its estimated value."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        MONEY = "money", _("money")
        IN_KIND = "in_kind", _("in kind")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    sponsor = models.ForeignKey(Sponsor, on_delete=models.PROTECT, related_name="contributions")
    kind = models.CharField(max_length=8, choices=Kind)
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True, help_text="dollars")
    what = models.CharField(max_length=200, blank=True)
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, null=True, blank=True, related_name="contributions")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, null=True, blank=True, related_name="contributions")
    received_on = models.DateField(null=True, blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="contribution_towards_a_trip_or_a_cycle",
                condition=Q(trip__isnull=False, cycle__isnull=True) | Q(trip__isnull=True, cycle__isnull=False),
            ),
            models.CheckConstraint(
                name="contribution_says_how_much_or_what",
                condition=Q(kind="money", amount__gt=0) | (Q(kind="in_kind") & ~Q(what="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor}: {self.amount or self.what}"
