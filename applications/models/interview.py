"""Models of interviews: slots with their interviewers, and invitations for which a student books a slot."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.cycle import Cycle
from applications.standing import Act, statuses_with
from applications.states import Status
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import User

# the states in which a student may book a time: the standing decides
INVITED = statuses_with(Act.INTERVIEW)


class InterviewSlot(models.Model):
    """One time at which one student can meet one or more interviewers."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="interview_slots")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=200, blank=True)
    link = models.URLField(blank=True, help_text="Of a video call.")
    interviewers = models.ManyToManyField(User, related_name="interview_slots")
    called_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="interviewslot_is_somewhere",
                condition=~Q(place="") | ~Q(link=""),
                violation_error_message=_("Say where: a place, or a video call link."),
            ),
            models.CheckConstraint(name="interviewslot_takes_time", condition=Q(minutes__gte=5, minutes__lte=240)),
        ]

    def __str__(self) -> str:
        return f"slot {self.code}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def where(self) -> str:
        return self.place or self.link

    @property
    def holders(self) -> list[User]:
        """The interviewers whose accounts still work, by name."""
        active = (each for each in self.interviewers.all() if each.is_active)
        return sorted(active, key=lambda each: (str(each), each.pk))

    @property
    def with_whom(self) -> str:
        """Names for the student, who meets them: never an address in the place of a name."""
        return ", ".join(name for each in self.holders if (name := each.full_name or each.preferred_name))


class InterviewQuerySet(models.QuerySet["Interview"]):
    def visible_to(self, user: roles.Person) -> Self:
        """A student's own interview; those in which the person is an interviewer; all for a coordinator."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        own = Q(application__student=user)
        if not roles.can_read(user):
            return self.filter(own)
        return self.filter(own | Q(slot__interviewers=user)).distinct()


class Interview(models.Model):
    """An invitation to an interview, and the slot that the student booked. One per application."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"slot", "outcome"}
    PERSONAL = Personal(
        "application code invited_at book_by booked_at outcome called_off_at slot=slot.starts_at",
        erased="states and times only",
    )

    class Outcome(models.TextChoices):
        HELD = "held", _("took place")
        MISSED = "missed", _("the student didn’t come")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="interview")
    invited_at = models.DateTimeField(default=timezone.now)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    book_by = models.DateTimeField()
    slot = models.OneToOneField(
        InterviewSlot, on_delete=models.PROTECT, null=True, blank=True, related_name="interview"
    )
    booked_at = models.DateTimeField(null=True, blank=True)
    # SEQUENCE of the calendar event: grows with each booking, so that calendars replace the event they have
    sequence = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=6, choices=Outcome, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        ordering = ("invited_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="interview_slot_and_booked_at_together",
                condition=Q(slot__isnull=True, booked_at__isnull=True) | Q(slot__isnull=False, booked_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"interview {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("applications:interview-detail", kwargs={"code": self.code})

    @property
    def is_open(self) -> bool:
        """The student can still come: no outcome, not called off, and the application waits for a result."""
        is_settled = bool(self.called_off_at or self.outcome)
        return not is_settled and self.application.status in INVITED

    @property
    def is_open_to_score(self) -> bool:
        """An interviewer can still score it: a slot is booked, and it was neither called off nor missed."""
        is_off = bool(self.called_off_at) or self.outcome == self.Outcome.MISSED
        return self.slot_id is not None and not is_off and self.application.status == Status.SUBMITTED

    @property
    def is_booked(self) -> bool:
        return self.slot_id is not None
