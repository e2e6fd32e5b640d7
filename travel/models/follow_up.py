"""How students did in college after a trip, or after applying for one: the student's consent, what the college's
research office sent under it without names, and what students say themselves (docs/adr/0028)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import College, ConsentText, Language, User

YEARS = (1, 2, 3)  # after the trip
UNITS_MAX = 40  # in a term, as an application takes them


class FollowUpConsentQuerySet(models.QuerySet["FollowUpConsent"]):
    def visible_to(self, user: Person) -> Self:
        return roles.visible_by_application(self, user)

    def in_force(self) -> Self:
        """Not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def for_own_college(self) -> Self:
        """In force, and for the college that the application names."""
        return self.in_force().filter(college=F("application__college"))


class FollowUpConsent(models.Model):
    """One signature: which words, for which college, in which language, when; and when it ended. Never deleted by an
    action."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"typed_name"}
    PERSONAL = Personal(
        "application college language typed_name signed_at withdrawn_at version=text.version "
        "records=text.records purpose=text.purpose recipients=text.recipients",
        left_out={"text": "in the columns beside it"},
    )
    TEXT: ClassVar[str] = "academic_followup"  # key of the words

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="follow_up_consents")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, choices=Language)
    typed_name = models.CharField(max_length=150, help_text="The signature, as typed.")
    signed_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = FollowUpConsentQuerySet.as_manager()

    class Meta:
        ordering = ("-signed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="followupconsent_one_in_force", fields=["application"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(name="followupconsent_has_a_name", condition=~Q(typed_name="")),
            models.CheckConstraint(
                name="followupconsent_ends_after_it_was_signed",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("signed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.text_id}"


class FollowUpKey(models.Model):
    """The key of one college and cycle, from which the codes of its students are made. It never leaves the portal:
    without it a code says nothing, even to somebody who knows every student number."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"sealed"}
    PERSONAL = Personal(kept_out="a key of the office, under which colleges send how studies went")
    SEALED_TEXT: ClassVar[set[str]] = {"sealed"}  # for a change of keys: `exchange.keeping.sealed_rows`

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="+")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField(help_text="Encrypted.")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="followupkey_once", fields=["cycle", "college"])]

    def __str__(self) -> str:
        return f"key of {self.college_id} for {self.cycle_id}"


class FollowUpImportQuerySet(models.QuerySet["FollowUpImport"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator, an advisor's own colleges'; none for anyone else."""
        if roles.is_coordinator(user):
            return self
        return self.filter(college__in=roles.advisor_college_ids(user))

    def counted(self) -> Self:
        """Not undone."""
        return self.filter(undone_at__isnull=True)


class FollowUpImport(models.Model):
    """One file of a college's research office, about one year after the trip. The file itself isn't kept."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(
        kept_out="a file about many students; names who sent it. What it says of you is in FollowUpRecord"
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="follow_up_imports")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(help_text="How many years after the trip.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was read, to notice a file sent twice.")
    rows = models.PositiveIntegerField(help_text="Students whose row was taken.")
    unknown = models.PositiveIntegerField(default=0, help_text="Codes that fit nobody.")
    refused = models.PositiveIntegerField(default=0, help_text="Rows of students without consent, not stored.")
    imported_at = models.DateTimeField(default=timezone.now)
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = FollowUpImportQuerySet.as_manager()

    class Meta:
        ordering = ("-imported_at", "-pk")
        constraints = [
            models.CheckConstraint(name="followupimport_year_is_one_of_three", condition=Q(year__in=YEARS)),
            models.CheckConstraint(
                name="followupimport_undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="followupimport_same_file_once",
                fields=["cycle", "college", "year", "digest"],
                condition=Q(undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"year {self.year} of {self.cycle_id} from {self.college_id}"


class FollowUpRecordQuerySet(models.QuerySet["FollowUpRecord"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and nobody else's: staff see published counts only."""
        return self.filter(application__student=user) if user.is_authenticated else self.none()


class FollowUpRecord(models.Model):
    """What one file says of one student; None or "" where it says nothing. A newer file fills and replaces."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reenrolled", "units", "gpa", "award", "transferred"}
    PERSONAL = Personal(
        "application college=imported.college years_after=imported.year received_at=imported.imported_at "
        "reenrolled units gpa award transferred",
        erased="yes, no and a number, counted; withdrawing the consent deletes it before",
    )

    class Gpa(models.TextChoices):
        """Ranges rather than the number, which could find a student in another list."""

        A = "A", _("3.5 or more")
        B = "B", _("3.0 to 3.49")
        C = "C", _("2.0 to 2.99")
        D = "D", _("under 2.0")

    imported = models.ForeignKey(FollowUpImport, on_delete=models.CASCADE, related_name="records")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="follow_up_records")
    reenrolled = models.BooleanField(null=True, help_text="In the next primary term after the trip.")
    units = models.PositiveSmallIntegerField(null=True, help_text="In that term.")
    gpa = models.CharField(max_length=1, choices=Gpa, blank=True, help_text="Of that term.")
    award = models.BooleanField(null=True, help_text="A certificate or degree by then.")
    transferred = models.BooleanField(null=True, help_text="To a four-year college by then.")

    objects = FollowUpRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="followuprecord_once_per_import", fields=["imported", "application"]),
            models.CheckConstraint(
                name="followuprecord_says_something",
                condition=Q(reenrolled__isnull=False)
                | Q(units__isnull=False)
                | ~Q(gpa="")
                | Q(award__isnull=False)
                | Q(transferred__isnull=False),
            ),
            models.CheckConstraint(
                name="followuprecord_units_of_a_term", condition=Q(units__isnull=True) | Q(units__lte=UNITS_MAX)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} in {self.imported_id}"


class SelfReportQuerySet(models.QuerySet["SelfReport"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and nobody else's: staff see published counts only."""
        return self.filter(application__student=user) if user.is_authenticated else self.none()


class SelfReport(models.Model):
    """What a traveler says of the time after the trip. Counted apart from what colleges send, and said so."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"enrolled", "award", "transferred"}
    PERSONAL = Personal("application enrolled award transferred said_at", erased="yes or no, counted")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="self_report")
    enrolled = models.BooleanField(null=True)
    award = models.BooleanField(null=True)
    transferred = models.BooleanField(null=True)
    said_at = models.DateTimeField(default=timezone.now)

    objects = SelfReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="selfreport_says_something",
                condition=Q(enrolled__isnull=False) | Q(award__isnull=False) | Q(transferred__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"self-report of {self.application_id}"
