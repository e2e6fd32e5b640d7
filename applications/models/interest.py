"""People who want to know when applications open, and where they heard of the program (docs/adr/0012)."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from applications.models.cycle import Cycle
from exchange.base import links, roles
from exchange.base.codes import new_code, new_token
from exchange.base.personal import BY_HAND, Personal
from exchange.models import College, Language, User

# no declared private link (docs/adr/0007): it opens nothing, it confirms an address or takes it off the list
PURPOSE = "applications.interest"


class InterestSourceQuerySet(models.QuerySet["InterestSource"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All of them for a coordinator; for an advisor those of the own colleges."""
        if roles.is_coordinator(user):
            return self
        return self.filter(college__in=roles.advisor_college_ids(user)) if user.is_authenticated else self.none()

    def running(self) -> Self:
        return self.filter(ended_at__isnull=True)


class InterestSource(models.Model):
    """Where a QR code hangs or is shown: an event, a wall, a class. Once it has ended, its code still opens the list,
    but no longer counts."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="a QR code for an event; names who of the office made it")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=80, help_text="For the office, such as Club fair, fall.")
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = InterestSourceQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [models.CheckConstraint(name="interestsource_has_a_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("applications:interest-source", args=[self.code])

    @property
    def link(self) -> str:
        """The whole address that the QR code holds."""
        return settings.SITE_URL + reverse("applications:interest-from", args=[self.code])


class InterestQuerySet(models.QuerySet["Interest"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self if roles.is_coordinator(user) else self.none()

    def waiting(self) -> Self:
        """Who gets the message when the next cycle opens."""
        return self.filter(confirmed_at__isnull=False, told_at__isnull=True)


class Interest(models.Model):
    """An email address or a phone number that gets one message when applications open. No name, and no account.

    It gets nothing before its owner has confirmed it. It's deleted some days after the message.
    """

    SIGNED_UNTIL: ClassVar[str] = "expires_at"
    PERSONAL_FIELDS: ClassVar[set[str]] = {"email", "phone"}
    PERSONAL = Personal("email phone language heard asked_at confirmed_at told_at", of=BY_HAND)

    class Heard(models.TextChoices):
        FRIEND = "friend", _("From a friend or someone in my family")
        COLLEGE = "college", _("At my college")
        EVENT = "event", _("At an event")
        ONLINE = "online", _("Online")
        OTHER = "other", _("Somewhere else")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        UNCONFIRMED = "unconfirmed", _("not confirmed")
        TOLD = "told", _("told")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(blank=True)
    language = models.CharField(max_length=2, choices=Language)
    source = models.ForeignKey(InterestSource, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")
    heard = models.CharField(max_length=8, choices=Heard, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the link to confirm was last sent.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    cycle = models.ForeignKey(Cycle, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(help_text="The last moment of its link.")

    objects = InterestQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        indexes = [
            models.Index(fields=["asked_at", "id"], name="interest_by_day"),
            models.Index(fields=["email", "phone", "id"], name="interest_by_address"),
        ]
        constraints = [
            models.CheckConstraint(
                name="interest_has_one_address", condition=(Q(email="") & ~Q(phone="")) | (~Q(email="") & Q(phone=""))
            ),
            models.CheckConstraint(
                name="interest_told_only_once_confirmed",
                condition=Q(told_at__isnull=True) | Q(confirmed_at__isnull=False),
            ),
            models.UniqueConstraint(name="interest_email_once", fields=["email"], condition=~Q(email="")),
            models.UniqueConstraint(name="interest_phone_once", fields=["phone"], condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def state(self) -> State:
        if self.told_at:
            return self.State.TOLD
        return self.State.WAITING if self.confirmed_at else self.State.UNCONFIRMED

    @property
    def address(self) -> str:
        return self.email or str(self.phone)

    @property
    def link(self) -> str:
        """The whole private address: to confirm, and to be removed."""
        return settings.SITE_URL + reverse("applications:interest-link", args=[links.sign(PURPOSE, self.token)])
