"""The student's consent that the home college may tell the city about their enrollment (34 CFR 99.30), and what of an
application left the portal."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.review import Endorsement
from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.sealed import SealedJSONField
from exchange.models import College, ConsentText, Language, User


class RecordsConsentQuerySet(models.QuerySet["RecordsConsent"]):
    def visible_to(self, user: roles.Person) -> Self:
        return roles.visible_by_application(self, user)

    def in_force(self) -> Self:
        """Neither withdrawn nor replaced by a newer signature."""
        return self.filter(withdrawn_at__isnull=True, replaced_at__isnull=True)


class RecordsConsent(models.Model):
    """One signature: which words, for which college, in which language, when; and when it ended. Never deleted by
    an action, because it proves why the college was allowed to answer."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"typed_name"}
    PERSONAL = Personal(
        "application college language typed_name signed_at withdrawn_at replaced_at version=text.version "
        "records=text.records purpose=text.purpose recipients=text.recipients",
        left_out={"text": "in the columns beside it"},
    )

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="records_consents")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, choices=Language)
    typed_name = models.CharField(max_length=150, help_text="The signature, as typed.")
    signed_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="Signed again: new words or another college.")

    objects = RecordsConsentQuerySet.as_manager()

    class Meta:
        ordering = ("-signed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="recordsconsent_one_in_force",
                fields=["application"],
                condition=Q(withdrawn_at__isnull=True, replaced_at__isnull=True),
            ),
            models.CheckConstraint(name="recordsconsent_has_a_name", condition=~Q(typed_name="")),
            models.CheckConstraint(
                name="recordsconsent_ends_once", condition=Q(withdrawn_at__isnull=True) | Q(replaced_at__isnull=True)
            ),
            models.CheckConstraint(
                name="recordsconsent_ends_after_it_was_signed",
                condition=(Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("signed_at")))
                & (Q(replaced_at__isnull=True) | Q(replaced_at__gte=F("signed_at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.text_id}"

    @property
    def is_in_force(self) -> bool:
        return self.withdrawn_at is None and self.replaced_at is None


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, user: roles.Person) -> Self:
        """A student's own; all for a coordinator."""
        if roles.is_coordinator(user):
            return self
        return self.filter(application__student=user) if user.is_authenticated else self.none()


class Disclosure(models.Model):
    """Something of an application that left the portal in a file: what, for whom and for what. One row a day."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("application kind on by")

    class Kind(models.TextChoices):
        LIST = "list", _("list of applications, as a file")
        VOUCHERS = "vouchers", _("ledger of fee vouchers, as a file")
        LETTERS = "letters", _("letters about spots, as a file")
        PAYMENTS = "payments", _("list of payments for the city’s finance office")
        TICKETING = "ticketing", _("details for the plane ticket, as a file")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="disclosures")
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="Who downloaded it.")
    on = models.DateField(default=timezone.localdate)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ("-on", "-pk")
        constraints = [
            models.UniqueConstraint(name="disclosure_once_a_day", fields=["application", "kind", "by", "on"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"


class WithheldEndorsement(models.Model):
    """A college's answer after the student withdrew consent: sealed, on no page, kept only as long as a city record
    must be. The row of `Endorsement` is gone, so nothing can show it by mistake."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said"}
    PERSONAL = Personal(
        "application endorsed_at withheld_at is_enrolled=said.is_enrolled units=said.units "
        "in_good_standing=said.in_good_standing",
        left_out={"said": "the result and note stay with your college; the rest is in the columns beside it"},
    )

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="withheld_endorsements")
    said = SealedJSONField(help_text="The endorsement's values.")
    endorsed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    endorsed_at = models.DateTimeField()
    withheld_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-withheld_at", "-pk")

    def __str__(self) -> str:
        return f"{self.application_id}, withheld"

    @classmethod
    def of(cls, endorsement: Endorsement) -> "WithheldEndorsement":
        said: Any = {name: getattr(endorsement, name) for name in sorted(Endorsement.PERSONAL_FIELDS)}
        return cls(
            application_id=endorsement.application_id,
            said=said,
            endorsed_by_id=endorsement.endorsed_by_id,
            endorsed_at=endorsement.endorsed_at,
        )
