"""Jobs: work that takes longer than a request may, with its progress, its result or its error."""

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.localized import here
from exchange.base.personal import Personal
from exchange.base.sealed import SealedJSONField
from exchange.models.people import Language, User


def result_path(job: "Job", filename: str) -> str:
    """Named by the job's code; with the number of the attempt, so that two workers never write to the same name."""
    return f"jobs/{job.code[:2]}/{job.code}-{job.attempts}"


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that the person started: the result was made with that person's permissions."""
        return self.filter(by=user) if user.is_authenticated else self.none()

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)


class Job(models.Model):
    """One long task, done by a function that an app registered under `kind` (`exchange.background.jobs`).

    `attempts` also numbers the claim: a worker that was taken for dead writes nothing once another has claimed the
    row. `key`: while a job is unfinished, a request with the same kind and key gets that job instead of a new one.

    Without `by`, the result is for everyone who may open the page that shows it (`exchange.background.results`). Then
    `given` holds what it is made from until it's made, and `about` the code of the application that it is about.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"params", "file", "error", "error_es", "given"}
    PERSONAL = Personal(
        kept_out="work that was asked for: a list that staff exported is about others, this download is itself"
    )

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=60, help_text="Such as applications.export")
    key = models.CharField(max_length=120, help_text="Started once while the same key is not finished.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jobs", null=True, blank=True)
    about = models.CharField(max_length=20, blank=True, help_text="An application's code.")
    params = models.JSONField(default=dict, blank=True, help_text="What the function needs to know, and no more.")
    given = SealedJSONField(null=True, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="0: not known.")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="The worker's last sign of life.")
    finished_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to=result_path, max_length=200, blank=True)
    filename = models.CharField(max_length=120, blank=True, help_text="What the download is called.")
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    delete_after = models.DateField(null=True, blank=True, help_text="The result's last day.")
    error = models.CharField(max_length=300, blank=True, help_text="In words for people.")
    error_es = models.CharField(max_length=300, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="job_one_unfinished_per_key",
                fields=["kind", "key"],
                condition=Q(state__in=["waiting", "running"]),
                violation_error_message=_("This has already started."),
            ),
            models.CheckConstraint(
                name="job_finished_at_matches_state",
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="job_running_is_claimed", condition=~Q(state="running") | Q(claimed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="job_failed_says_why",
                condition=Q(state="failed") & ~Q(error="") | ~Q(state="failed") & Q(error=""),
            ),
            models.CheckConstraint(
                name="job_file_has_a_name_and_a_last_day",
                condition=Q(file="") | (~Q(filename="") & Q(delete_after__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["delete_after"], name="job_with_a_file", condition=~Q(file="")),
            models.Index(fields=["kind", "key"], name="job_by_key", condition=Q(by__isnull=True)),
            models.Index(fields=["about"], name="job_about", condition=~Q(about="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("job-detail", kwargs={"code": self.code})

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def error_here(self) -> str:
        """In the language of whoever reads it."""
        return here(self.error, self.error_es)


class KeptTask(models.Model):
    """A background task that no other row tells of, until it has run (`exchange.background.dispatch`)."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    name = models.CharField(max_length=80, help_text="Such as travel.recompute_at_facility")
    kwargs = models.JSONField(default=dict, blank=True, help_text="Ids only.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, help_text="Empty while the broker hasn't taken it.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often the broker took it.")

    class Meta:
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class Heartbeat(models.Model):
    """When a process of the background was last alive, or beat last sent a periodic task (`exchange.background`)."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    name = models.CharField(max_length=80, primary_key=True, help_text="worker, beat, or task: and an entry's name")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Alarm(models.Model):
    """A part of the portal that failed for a while. The owners are told once (`exchange.background.alarms`)."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    part = models.CharField(max_length=20)
    began_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="alarm_one_open_per_part", fields=["part"], condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} since {self.began_at}"


UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)
