"""Models of selection and release: decisions, the release, the offers that it creates, and calls about offers."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application, has_had_time
from applications.models.cycle import Cycle
from applications.states import RESULTS
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import COMMITTEE, Personal
from exchange.models import Job, User


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self if roles.is_coordinator(user) else self.none()

    def unreleased(self) -> Self:
        return self.filter(released_at__isnull=True)


class Decision(models.Model):
    """The committee's recorded result for one application; private until released."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"result", "waitlist_position", "reason"}
    PERSONAL = Personal(
        "application result waitlist_position released_at",
        left_out={"reason": COMMITTEE},
        only={"released_at__isnull": False},
        erased={"reason": "—"},
    )

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="decisions")
    result = models.CharField(max_length=12, choices=[(status.value, status.label) for status in RESULTS])
    waitlist_position = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    # days in which the student could ask for another look, as told with the release; None before it was kept
    appeal_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # the released, wrong decision that this one replaces
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-decided_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="decision_one_unreleased_per_application",
                fields=["application"],
                condition=Q(released_at__isnull=True),
            ),
            models.CheckConstraint(
                name="decision_released_at_and_by_together",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
            models.CheckConstraint(
                name="decision_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Enter the reason. It’s part of the record."),
            ),
            models.CheckConstraint(
                name="decision_only_waitlisted_has_a_position",
                condition=Q(waitlist_position__isnull=True) | Q(result="waitlisted"),
            ),
            models.CheckConstraint(
                name="decision_result_is_a_result",
                condition=Q(result__in=[status.value for status in RESULTS]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.result}"


class OfferQuerySet(models.QuerySet["Offer"]):
    def visible_to(self, user: roles.Person) -> Self:
        """A student's own offers, an advisor's own colleges' offers; all of them for a coordinator."""
        return roles.visible_by_application(self, user)

    def unanswered(self) -> Self:
        """Waiting for the student's reply: neither taken back by a correction nor lapsed."""
        return self.filter(answered_at__isnull=True, ended_at__isnull=True)

    def silent(self, hours: int) -> Self:
        """Unanswered, although the student has had time: `has_had_time`."""
        return self.unanswered().filter(has_had_time(hours))


class Offer(models.Model):
    """A seat offered to a selected student, who can answer until `answer_by`."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reply"}
    PERSONAL = Personal("application code made_at answer_by reply answered_at ended_at", erased="the reply is counted")

    class Reply(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="offers")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="offer")
    made_at = models.DateTimeField(default=timezone.now)
    answer_by = models.DateTimeField()
    reply = models.CharField(max_length=9, choices=Reply, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # ended without a reply: staff let it lapse, or a correction took it back
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="offer_reply_and_answered_at_together",
                condition=Q(reply="", answered_at__isnull=True) | (~Q(reply="") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(name="offer_leaves_time_to_answer", condition=Q(answer_by__gt=F("made_at"))),
            models.UniqueConstraint(
                name="offer_one_unanswered_per_application",
                fields=["application"],
                condition=Q(answered_at__isnull=True, ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="offer_ended_without_an_answer_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False, answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("applications:offer-detail", kwargs={"code": self.code})

    @property
    def is_open(self) -> bool:
        """Whether the student can answer it now."""
        return self.answered_at is None and self.ended_at is None and timezone.now() <= self.answer_by

    @property
    def is_lapsed(self) -> bool:
        return self.answered_at is None and self.ended_at is None and self.answer_by < timezone.now()


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self if roles.is_coordinator(user) else self.none()


class Release(models.Model):
    """A recorded dry run, listing which result each person would be told; once started, it is the release itself.

    `lines`: [[application code, result, waitlist position or null]], as the page showed them. A worker releases all
    of them in one transaction, so that a crash leaves all released or none.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"lines"}
    PERSONAL = Personal(kept_out="holds everyone of the cycle; what you were told is in Decision")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="releases")
    lines = models.JSONField()
    fingerprint = models.CharField(max_length=16)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateTimeField(help_text="As promised on the screen.")
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="release_started_at_and_by_together",
                condition=Q(started_at__isnull=True, started_by__isnull=True, finished_at__isnull=True)
                | Q(started_at__isnull=False, started_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="release_one_under_way_per_cycle",
                fields=["cycle"],
                condition=Q(started_at__isnull=False, finished_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.code}"


class OfferCallQuerySet(models.QuerySet["OfferCall"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All calls for a coordinator; for an advisor those to students of the own colleges."""
        if roles.is_coordinator(user):
            return self
        return self.filter(offer__application__college__in=roles.advisor_college_ids(user))

    def open(self) -> Self:
        return self.filter(done_at__isnull=True)

    def due(self) -> Self:
        return self.open().filter(due_at__lte=timezone.now())

    def left_to_the_office(self) -> Self:
        """Due, and the student's college has no advisor who could make the call."""
        return self.due().exclude(offer__application__college__in=roles.colleges_with_an_advisor())


class OfferCall(models.Model):
    """A phone call to make because the student hasn't answered an offer for a while."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"note"}
    PERSONAL = Personal("offer due_at outcome note done_at", of="offer__application__student")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("reached the student")
        LEFT_WORD = "left_word", _("left a message")
        NO_ANSWER = "no_answer", _("no answer")
        NOT_NEEDED = "not_needed", _("the student answered on their own")

    offer = models.OneToOneField(Offer, on_delete=models.CASCADE, related_name="call")
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    note = models.TextField(blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    objects = OfferCallQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="offercall_done_has_an_outcome",
                condition=Q(done_at__isnull=True, outcome="") | Q(done_at__isnull=False) & ~Q(outcome=""),
            )
        ]

    def __str__(self) -> str:
        return f"call about {self.offer_id}"
