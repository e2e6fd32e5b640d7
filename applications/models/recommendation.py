"""Model of the recommendation: requested by a private link, written by a referee who has no account."""

from collections.abc import Mapping
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.states import Status
from exchange.base import roles
from exchange.base.codes import new_token
from exchange.base.personal import SECRET, Personal
from exchange.models.private_link import UNKNOWN, PrivateLink, Purpose

# states in which the application is being read, so a letter that arrives still counts
READING = (Status.SUBMITTED, Status.RETURNED)


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    def visible_to(self, user: roles.Person) -> Self:
        """Letters of visible applications, but not of the person's own: referees are told it is confidential."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(application__in=Application.objects.visible_to(user)).exclude(application__student=user)

    def waiting(self) -> Self:
        """Requested, neither answered nor declined, the link still works, and the application is being read."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            requested_at__isnull=False,
            received_at__isnull=True,
            refused="",
            application__status__in=READING,
            application__student__isnull=False,
            application__is_test=False,
        )


class Recommendation(PrivateLink):
    """A referee's letter: requested when the student submits, written through a private link."""

    NOT_NEEDED = _("The letter is no longer needed")
    PURPOSE = Purpose(
        name="applications.recommendation",
        opens=_("A letter of recommendation for a student"),
        route="applications:recommendation-write",
        ended={
            UNKNOWN: (
                _("This link doesn’t work"),
                _(
                    "Part of the address may be missing. Open the link from our message again, or copy all of it. If"
                    " that doesn’t help, ask the student who named you."
                ),
            ),
            "stopped": (
                _("This link is no longer in use"),
                _(
                    "You don’t need to do anything. If you expected to write a letter, look for a newer message from"
                    " us, or ask the student who named you."
                ),
            ),
            "expired": (
                _("This link has expired"),
                _(
                    "The deadline for the letter has passed. If you still want to write, tell the student. Their"
                    " advisor can send you the link again."
                ),
            ),
            "received": (_("Thank you"), _("We have your letter, and you’re done. You can close this page.")),
            "refused": (
                _("Thank you for telling us"),
                _("We won’t write to you about this again. You can close this page."),
            ),
            "withdrawn": (NOT_NEEDED, _("The student withdrew the application. Thank you for your time.")),
            "over": (NOT_NEEDED, _("We’ve finished reading this application. Thank you for your time.")),
        },
        kept=frozenset({"received", "refused"}),
        needs=("application__student", "application__cycle"),
        replaced="stopped",
        works=Q(requested_at__isnull=False, received_at=None, refused="", application__status__in=READING),
        named=("referee_name", "application__student__full_name"),
    )
    PERSONAL_FIELDS: ClassVar[set[str]] = {
        "referee_name",
        "referee_email",
        "former",
        "referee_phone",
        "relation",
        "token",
        "letter",
        "draft",
        "answer_note",
    }
    PERSONAL = Personal(
        "application referee_name referee_email former referee_phone relation requested_at expires_at "
        "reminded_at reminders received_at refused refused_at answer_note",
        left_out={
            "letter": "the referee wrote it for the readers",
            "draft": "the referee has not sent it",
            "token": SECRET,
        },
    )

    NAMED: ClassVar[tuple[str, ...]] = ("referee_name", "referee_email", "referee_phone", "relation")

    class Refused(models.TextChoices):
        DECLINED = "declined", _("can’t write it")
        WRONG_PERSON = "wrong_person", _("isn’t the right person")

    class State(models.TextChoices):
        """What the student and the office may see of it: how far it is, never the letter."""

        NOT_ASKED = "not_asked", _("not asked yet")
        ASKED = "asked", _("asked")
        BEGUN = "begun", _("started")
        RECEIVED = "received", _("received")
        DECLINED = "declined", _("can’t write it")
        WRONG_PERSON = "wrong_person", _("wrong person")
        EXPIRED = "expired", _("link expired")
        REVOKED = "revoked", _("link canceled")

    TONES: ClassVar[dict[State, str]] = {
        State.NOT_ASKED: "neutral",
        State.ASKED: "now",
        State.BEGUN: "now",
        State.RECEIVED: "good",
        State.DECLINED: "wait",
        State.WRONG_PERSON: "wait",
        State.EXPIRED: "wait",
        State.REVOKED: "wait",
    }

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="recommendation")
    referee_name = models.CharField(max_length=120, blank=True)
    referee_email = models.EmailField(blank=True)
    former = models.JSONField(
        default=dict, blank=True, help_text="Who has the link, as named then, while the student changes who it is."
    )
    referee_phone = models.CharField(max_length=30, blank=True, help_text="As typed; the link goes there by text too.")
    relation = models.CharField(max_length=120, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="The link's last moment.")
    opened_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    draft = models.TextField(blank=True, help_text="Saved by the referee, not sent yet; nobody else reads it.")
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    letter = models.TextField(blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=12, choices=Refused, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.TextField(blank=True, help_text="What the referee said to it, for the student.")

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="recommendation_received_has_a_letter",
                condition=Q(received_at__isnull=True, letter="") | (Q(received_at__isnull=False) & ~Q(letter="")),
            ),
            models.CheckConstraint(
                name="recommendation_refused_has_its_time",
                condition=Q(refused="", refused_at__isnull=True) | (~Q(refused="") & Q(refused_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="recommendation_received_or_refused_not_both",
                condition=Q(received_at__isnull=True) | Q(refused_at__isnull=True),
            ),
            models.CheckConstraint(
                name="recommendation_requested_has_an_email",
                condition=Q(requested_at__isnull=True) | ~Q(referee_email="") | ~Q(former={}),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referee_name} for {self.application_id}"

    @property
    def asked_email(self) -> str:
        """The address that got the link. One named later gets nothing until the application is submitted again."""
        return str(self.former.get("referee_email", self.referee_email))

    @property
    def names_another(self) -> bool:
        """A link was sent, and since then the student named another address, or is typing one."""
        return self.referee_email.lower() != self.asked_email.lower()

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def was_revoked(self) -> bool:
        """The office revoked the link, and no other referee has been asked since."""
        return self.requested_at is None and self.expires_at is not None

    @property
    def is_in_reading(self) -> bool:
        return self.application.status in READING

    @property
    def takes_letter(self) -> bool:
        """The link accepts one letter while it is valid, not declined, and the application is being read."""
        return (
            self.requested_at is not None
            and self.received_at is None
            and not self.refused
            and not self.is_expired
            and self.is_in_reading
        )

    @property
    def opens(self) -> bool:
        return self.takes_letter

    @property
    def holder(self) -> str:
        asked = self.former.get("referee_name", self.referee_name) or self.asked_email
        return f"{asked} ({self.application.student})"

    @property
    def ended_on_page(self) -> str:
        return reverse("applications:recommendation-revoke", args=[self.application.code])

    @property
    def why_ended(self) -> str:
        if self.requested_at is None:
            return "stopped"
        if self.received_at or self.refused:
            return "received" if self.received_at else "refused"
        if self.application.status == Status.WITHDRAWN:
            return "withdrawn"
        return "expired" if self.is_in_reading else "over"

    @property
    def can_be_replaced(self) -> bool:
        return self.received_at is None and self.is_in_reading

    @property
    def state(self) -> State:
        if self.received_at:
            return self.State.RECEIVED
        if self.names_another:  # the state is about the referee named now
            return self.State.NOT_ASKED
        if self.refused:
            return self.State(self.refused)
        if self.was_revoked:
            return self.State.REVOKED
        if self.requested_at is None:
            return self.State.NOT_ASKED
        if self.is_expired:
            return self.State.EXPIRED
        return self.State.BEGUN if self.draft_saved_at else self.State.ASKED

    @property
    def tone(self) -> str:
        return self.TONES[self.state]

    @property
    def needs_someone_else(self) -> bool:
        """No referee is going to write, and there is still time to ask another."""
        return self.can_be_replaced and self.tone == "wait"

    @property
    def seen(self) -> str:
        """Version of the saved draft that a page shows, so that two tabs cannot overwrite each other unnoticed."""
        return self.draft_saved_at.isoformat() if self.draft_saved_at else ""

    def name(self, values: Mapping[str, str]) -> None:
        """Set the referee that the student names now. A link that was sent keeps working meanwhile: the student may
        still be typing, or return to the first referee.

        Does not save.
        """
        if not self.former and (self.requested_at or self.was_revoked):
            self.former = {key: getattr(self, key) for key in self.NAMED}
        for key, value in values.items():
            setattr(self, key, value)

    def is_from_former(self) -> None:
        """The referee with the link acts, so restore the details they were asked with. Does not save."""
        if self.names_another:
            self.name(self.former)
        self.former = {}

    def begin_anew(self) -> None:
        """Ask another referee: invalidates the earlier link and deletes that referee's draft. Does not save."""
        self.token = new_token()
        self.requested_at = self.expires_at = self.opened_at = self.reminded_at = self.draft_saved_at = None
        self.refused_at = None
        self.reminders = 0
        self.draft = self.refused = self.answer_note = ""
