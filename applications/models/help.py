"""Models of help by a person: help sessions, in which a helper edits a student's draft, and question threads."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import SECRET, Personal
from exchange.models import College, User


class HelpSessionQuerySet(models.QuerySet["HelpSession"]):
    def visible_to(self, user: roles.Person) -> Self:
        """The sessions of the student's own applications, and those in which the person is the helper."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(application__student=user) | Q(helper=user))

    def running(self) -> Self:
        """Granted, and neither expired nor ended: the helper may write now."""
        return self.filter(granted_at__isnull=False, ended_at__isnull=True, ends_at__gt=timezone.now())

    def offered(self) -> Self:
        """The student has a valid code that no helper has entered yet."""
        return self.filter(granted_at__isnull=True, ended_at__isnull=True, code_expires_at__gt=timezone.now())

    def granted(self) -> Self:
        """Granted to a helper, whether running or over."""
        return self.filter(granted_at__isnull=False)

    def helped_by(self, user: roles.Person) -> Self:
        """Sessions that this person ever helped in: they must not read those applications as a reader later."""
        return self.granted().filter(helper=user)


class HelpSession(models.Model):
    """A student's consent that one advisor edits the application, given by a code from the student's own phone.

    The student starts it and gets a code; it is granted when a helper enters the code in time, and it is over at
    `ends_at` or when either of them ends it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"code_hash", "helper"}
    PERSONAL = Personal(
        "application asked_at granted_at ends_at ended_at helper", left_out={"code_hash": SECRET}, related="helper"
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="help_sessions")
    code_hash = models.CharField(max_length=64, db_index=True, editable=False, help_text="HMAC of the six digits")
    asked_at = models.DateTimeField(default=timezone.now)
    code_expires_at = models.DateTimeField()
    helper = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = HelpSessionQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="helpsession_granted_to_somebody_for_a_time",
                condition=Q(granted_at__isnull=True, helper__isnull=True, ends_at__isnull=True)
                | Q(granted_at__isnull=False, helper__isnull=False, ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="helpsession_ends_after_it_begins",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("granted_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.helper or 'nobody yet'} helps with {self.application_id}"

    @property
    def is_running(self) -> bool:
        return bool(self.ends_at and not self.ended_at and self.ends_at > timezone.now())

    @property
    def helper_place(self) -> str:
        """The helper's college, "Harbor City College", or the office. Prefetch `helper__roles__college`."""
        found = self.helper.roles.all() if self.helper else []
        places = [role.college.name for role in found if role.college]
        return ", ".join(places) or str(Thread.Addressee.OFFICE.label)


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: roles.Person) -> Self:
        """A student's own threads; for an advisor also those to the own colleges' advisors; all for the office."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        to_advisors = Q(addressee=Thread.Addressee.ADVISOR, college__in=roles.advisor_college_ids(user))
        return self.filter(Q(student=user) | to_advisors)

    def waiting(self) -> Self:
        """Threads in which a student's question waits for an answer."""
        return self.filter(waiting_since__isnull=False)

    def with_first_note(self) -> Self:
        """Adds `opening`, the text of the first note, and `opener`, the id of its author, for lists."""
        first = Note.objects.filter(thread=OuterRef("pk")).order_by("written_at", "pk")
        return self.annotate(opening=Subquery(first.values("body")[:1]), opener=Subquery(first.values("author")[:1]))

    def addressed_to(self, user: roles.Person) -> Self:
        """Threads that this person should answer: to the own colleges' advisors, or to the office. Never the own."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(addressee=Thread.Addressee.ADVISOR, college__in=roles.advisor_college_ids(user))
        if roles.is_coordinator(user):
            mine |= Q(addressee=Thread.Addressee.OFFICE)
        return self.filter(mine).exclude(student=user)


class Thread(models.Model):
    """A student's question to their advisor or to the office, or what one of them writes to the student, and the notes
    that follow. `addressee`: who talks with the student."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"student"}
    PERSONAL = Personal(
        "code addressee college application opened_at waiting_since",
        left_out={"student": "it is you"},
        of="student",
        application="application",
    )

    class Addressee(models.TextChoices):
        ADVISOR = "advisor", _("your advisor")
        OFFICE = "office", _("the exchange team")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="threads")
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, null=True, blank=True, related_name="threads"
    )
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="threads")
    addressee = models.CharField(max_length=8, choices=Addressee)
    opened_at = models.DateTimeField(default=timezone.now)
    waiting_since = models.DateTimeField(null=True, blank=True, help_text="When the oldest unanswered question came.")

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="thread_for_an_advisor_names_the_college",
                condition=~Q(addressee="advisor") | Q(college__isnull=False),
                violation_error_message=_("Choose your college so your advisor gets this."),
            ),
        ]
        indexes = [
            models.Index(fields=["waiting_since"], name="thread_waiting", condition=Q(waiting_since__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.code} to {self.addressee}"

    def get_absolute_url(self) -> str:
        return reverse("applications:thread-detail", kwargs={"code": self.code})

    @property
    def is_waiting(self) -> bool:
        return self.waiting_since is not None


class Note(models.Model):
    """One message of a thread."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"author", "body"}
    PERSONAL = Personal("thread author body written_at", of="thread__student", application="thread__application")

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)
    by_text = models.BooleanField(default=False, help_text="It came as a text message.")

    class Meta:
        ordering = ("written_at", "pk")
        constraints = [models.CheckConstraint(name="note_says_something", condition=~Q(body=""))]

    def __str__(self) -> str:
        return f"{self.thread_id}: {self.body[:30]}"
