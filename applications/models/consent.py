"""The student's consent that the home college may tell the city about their enrollment (34 CFR 99.30)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from applications.models.application import Application
from applications.models.review import Endorsement
from exchange.base import roles
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


class WithheldEndorsement(models.Model):
    """A college's answer after the student withdrew consent: sealed, on no page, kept only as long as a city record
    must be. The row of `Endorsement` is gone, so nothing can show it by mistake."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said"}

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
