"""A message that the office or an advisor writes to everyone a filter finds, and who was on the list."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.help import Thread
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import Language, User


class GroupMessageQuerySet(models.QuerySet["GroupMessage"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All for the office; for an advisor, those they wrote."""
        if roles.is_coordinator(user):
            return self
        return self.filter(author=user) if roles.is_advisor(user) else self.none()

    def due(self) -> Self:
        """Confirmed ones whose time has come, and those that a worker began and didn't finish."""
        waiting = self.filter(confirmed_at__isnull=False, called_off_at__isnull=True, finished_at__isnull=True)
        return waiting.filter(send_at__lte=timezone.now())


class GroupMessage(models.Model):
    """One text in one or two languages, to the students that `query` found when its author looked at the list.

    A draft until its author confirms the list; then it waits for `send_at`. Each student gets it as the first note of
    a thread, so that an answer arrives where every other question does.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"body_en", "body_es", "query"}
    PERSONAL = Personal(kept_out="a text for many, and who wrote it; what you got is in Note")

    class Missing(models.TextChoices):
        OTHER = "other", _("Send them the text in the other language")
        LEAVE_OUT = "leave_out", _("Leave them out")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    query = models.CharField(max_length=500, help_text="The filter, as in the address of the page.")
    body_en = models.TextField(blank=True)
    body_es = models.TextField(blank=True)
    missing = models.CharField(
        max_length=9, choices=Missing, blank=True, help_text="For students in whose language there is no text."
    )
    created_at = models.DateTimeField(default=timezone.now)
    send_at = models.DateTimeField(null=True, blank=True, help_text="Empty until confirmed: at once.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="From here on it can't be changed.")
    finished_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = GroupMessageQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(name="groupmessage_says_something", condition=~Q(body_en="") | ~Q(body_es="")),
            models.CheckConstraint(
                name="groupmessage_confirmed_has_a_time",
                condition=Q(confirmed_at__isnull=True) | Q(send_at__isnull=False),
            ),
            models.CheckConstraint(
                name="groupmessage_sent_only_when_confirmed",
                condition=Q(started_at__isnull=True, finished_at__isnull=True)
                | Q(confirmed_at__isnull=False, started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="groupmessage_called_off_by_someone_before_it_went",
                condition=Q(called_off_at__isnull=True, called_off_by__isnull=True)
                | Q(called_off_at__isnull=False, called_off_by__isnull=False, started_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} by {self.author_id}"

    def get_absolute_url(self) -> str:
        return reverse("travel:group-message-detail", kwargs={"code": self.code})

    @property
    def is_draft(self) -> bool:
        return self.confirmed_at is None and self.called_off_at is None

    @property
    def can_change(self) -> bool:
        """Until the first student has it, or it was called off."""
        return self.started_at is None and self.called_off_at is None

    def text_for(self, language: str) -> tuple[str, str]:
        """(the text, its language) that a reader of `language` gets; two empty strings for one who is left out."""
        mine, other = ("es", "en") if language == Language.SPANISH else ("en", "es")
        texts = {"en": self.body_en, "es": self.body_es}
        if texts[mine]:
            return texts[mine], mine
        return (texts[other], other) if self.missing != self.Missing.LEAVE_OUT else ("", "")


class GroupRecipient(models.Model):
    """One student on the list that the author confirmed, and what became of it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="that you were on the list of a message to many; what you got is in Note")

    class Outcome(models.TextChoices):
        SENT = "sent", _("sent")
        NO_TEXT = "no_text", _("left out: no text in their language")
        NO_MATCH = "no_match", _("left out: no longer on the list when it went")
        FAILED = "failed", _("not sent: something went wrong on our side, so write to them from their page")

    group = models.ForeignKey(GroupMessage, on_delete=models.CASCADE, related_name="recipients")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=2, choices=Language, help_text="The student's, as the list showed it.")
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    thread = models.OneToOneField(Thread, on_delete=models.SET_NULL, null=True, blank=True, related_name="group")

    class Meta:
        ordering = ("application__student__full_name", "pk")
        constraints = [
            models.UniqueConstraint(name="grouprecipient_once", fields=["group", "application"]),
            models.CheckConstraint(
                name="grouprecipient_thread_only_if_sent", condition=Q(thread__isnull=True) | Q(outcome="sent")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.application_id}"
