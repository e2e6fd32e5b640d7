"""The audit log, messages to people, and consent to text messages."""

from datetime import timedelta
from typing import Any, ClassVar, NoReturn, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base.codes import new_code
from exchange.base.personal import BY_HAND, Personal
from exchange.models.people import College, Language, Role, User


class AppendOnly[Row: models.Model](models.QuerySet[Row]):
    """Rows may be added, never changed or deleted: both raise TypeError."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("events are never changed")

    def delete(self) -> NoReturn:
        raise TypeError("events are never deleted")


class EventQuerySet(AppendOnly["Event"]):
    pass


class Event(models.Model):
    """A line of the audit log: who did what to which row, when and why. Written in the action's own transaction."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reason", "changes"}
    PERSONAL = Personal(
        "at action by target_model",
        left_out={"reason": "only of what you did yourself", "changes": "only of your own answers"},
        of=BY_HAND,
    )

    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: the portal
    action = models.CharField(max_length=60, help_text="Such as selection.release")
    target_model = models.CharField(max_length=60, help_text="Such as applications.application")
    target_id = models.BigIntegerField()
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["target_model", "target_id", "at"], name="event_by_target")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_model}:{self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("events are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("events are never deleted")


class AccessRecordQuerySet(AppendOnly["AccessRecord"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A student's own, and nobody else's: the list would tell the office whom a student confides in."""
        return self.filter(student__in=user.account_keys) if user.is_authenticated else self.none()


class AccessRecord(models.Model):
    """Somebody of the staff opened a page or a file about one student: one row a day per person, page and application.

    Append-only, as the audit log: the database refuses changes, except to the role that purges (docs/adr/0029).
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"student"}
    PERSONAL = Personal(
        "on role=get_role_display what=get_what_display about",
        left_out={"student": "you", "by": "staff appear by their role", "college": "given on the page of your account"},
        of="student",
    )

    class As(models.TextChoices):
        ADVISOR = "advisor", _("an advisor")
        OFFICE = "office", _("the exchange team")
        READER = "reader", _("a reader")
        INTERVIEWER = "interviewer", _("an interviewer")
        HELPER = "helper", _("the person you let help you")
        LEADER = "leader", _("a leader of your trip")
        OTHER_LEADER = "other_leader", _("a leader of another trip")

    class What(models.TextChoices):
        APPLICATION = "application", _("your application")
        READING = "reading", _("your answers, without your name")
        FILE = "file", _("a file you uploaded")
        ENROLLMENT = "enrollment", _("your enrollment")
        DECISION = "decision", _("your scores and the decision")
        INTERVIEW = "interview", _("your interview")
        QUESTIONS = "questions", _("your questions to us")
        PASSPORT = "passport", _("your steps toward a passport")
        ANSWERS = "answers", _("your answers about travel")
        NUMBER = "number", _("the number of your travel document")
        TRIP = "trip", _("your trip and checklist")
        CARD = "card", _("your needs and emergency contacts")
        TICKETING = "ticketing", _("your details for the plane ticket")

    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=As, help_text="In which they opened it.")
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=12, choices=What)
    about = models.CharField(max_length=8, help_text="The application's code.")
    on = models.DateField(default=timezone.localdate)
    at = models.DateTimeField(default=timezone.now, help_text="The first time that day.")

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="accessrecord_once_a_day", fields=["student", "on", "by", "role", "what", "about"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} opened {self.what} of {self.about}"


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> Self:
        return self.filter(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True)

    def urgent(self) -> Self:
        """Codes and alarms, which have a queue of their own."""
        return self.filter(Q(is_secret=True) | Q(is_urgent=True))

    def not_urgent(self) -> Self:
        return self.filter(is_secret=False, is_urgent=False)

    def failed(self) -> Self:
        """Given up after the last attempt. Without sign-in codes: they have expired, and a new one can be requested."""
        return self.filter(failed_at__isnull=False, is_secret=False)

    def for_a_person(self) -> Self:
        """Failed ones whose news reached nobody: not a text whose email was sent. Both are queued in one moment."""
        email = Message.objects.filter(
            recipient=OuterRef("recipient"),
            template=OuterRef("template"),
            queued_at=OuterRef("queued_at"),
            channel=Message.Channel.EMAIL,
            sent_at__isnull=False,
        )
        return self.failed().exclude(Exists(email), channel=Message.Channel.TEXT)

    def quiet_counts(self) -> tuple[int, int]:
        """(held back until a later time, dropped in the last seven days because they were no longer needed)"""
        now = timezone.now()
        dropped = self.filter(dropped_at__gte=now - timedelta(days=7), queued_at__gte=now - timedelta(days=14))
        return self.waiting().filter(send_after__gt=now).count(), dropped.count()

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for a coordinator, who looks after failed messages; none for others, who read the news on their pages."""
        is_coordinator = user.is_authenticated and user.has_role(Role.Kind.COORDINATOR)
        return self if is_coordinator else self.none()


class Message(models.Model):
    """An email or text in the outbox: written with the change, sent after the commit, kept as proof."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {
        "recipient",
        "address",
        "reply_to",
        "subject",
        "body",
        "html",
        "error",
    }
    PERSONAL = Personal(
        "channel address reply_to language subject body queued_at sent_at dropped_at failed_at reason",
        left_out={
            "recipient": "it is you",
            "html": "the same words as the body",
            "error": "what a mail server said to ours",
        },
        of="recipient",
        only={"is_secret": False},
    )

    class Channel(models.TextChoices):
        EMAIL = "email", _("email")
        TEXT = "text", _("text")

    class Reason(models.TextChoices):
        """Why it failed, in words for the office; `error` has the server's own."""

        NO_MAILBOX = "no_mailbox", _("The mail server says this address doesn’t exist.")
        FULL = "full", _("The mailbox is full.")
        BAD_ADDRESS = "bad_address", _("This isn’t a valid email address.")
        REJECTED = "rejected", _("The mail server refused this message.")
        BAD_NUMBER = "bad_number", _("This number can’t get texts.")
        AWAY = "away", _("We tried for two days and couldn’t deliver it.")
        BOUNCED = "bounced", _("It came back: mail doesn’t arrive at this address.")
        COUNTRY = "country", _("We don’t text numbers in this country.")
        LIMIT = "limit", _("The limit of texts was reached.")
        OFF = "off", _("Texts are turned off here.")
        UNREACHED = "unreached", _("The phone company couldn’t deliver this text.")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    channel = models.CharField(max_length=5, choices=Channel)
    # the recipient is null for a guest without an account, such as a referee
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="inbox")
    address = models.CharField(max_length=254, help_text="email address or E.164 number")
    reply_to = models.CharField(max_length=254, blank=True, help_text="Who answers; empty: the office.")
    language = models.CharField(max_length=2, choices=Language)
    template = models.CharField(max_length=80, help_text="Such as applications/decision_released")
    batch = models.CharField(max_length=60, blank=True, help_text="Such as applications.release:BCDFGHJK")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    html = models.TextField(blank=True)
    is_urgent = models.BooleanField(
        default=False, help_text="Goes first; quiet hours and the limits of texts don't hold it."
    )
    is_secret = models.BooleanField(default=False, help_text="Holds a code: emptied once sent, outside demo.")
    queued_at = models.DateTimeField(default=timezone.now)
    # quiet hours: a text that does not answer something the person did just now waits until morning
    send_after = models.DateTimeField(null=True, blank=True)
    # a reminder is sent only while it is needed; checked just before sending (`exchange.base.due`)
    still_due = models.CharField(max_length=120, blank=True, help_text="Such as applications.reminder:42")
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="Not sent, because its reason had ended.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(
        null=True, blank=True, help_text="A text reached the phone, as its provider says."
    )
    failed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # not before: a pause after a failed try, or another worker's claim
    next_try_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="The provider's own id, in its reports.")
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    error = models.CharField(max_length=300, blank=True, help_text="What the server said.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-queued_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="message_sent_or_failed_not_both",
                condition=Q(sent_at__isnull=True) | Q(failed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="message_dropped_was_not_sent",
                condition=Q(dropped_at__isnull=True) | Q(sent_at__isnull=True, failed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="message_email_has_a_subject",
                condition=~Q(channel="email") | ~Q(subject=""),
            ),
            models.CheckConstraint(
                name="message_sent_after_it_was_queued",
                condition=Q(sent_at__isnull=True) | Q(sent_at__gte=F("queued_at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                name="message_waiting",
                condition=Q(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True),
            ),
            models.Index(fields=["-failed_at"], name="message_failed", condition=Q(failed_at__isnull=False)),
            models.Index(fields=["batch"], name="message_by_batch"),
            models.Index(fields=["provider_id"], name="message_by_provider_id"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.code}"  # without the address: Django writes it into lines about errors

    @property
    def state_label(self) -> Promise:
        if self.failed_at:
            return _("failed")
        if self.dropped_at:
            return _("canceled")
        if self.delivered_at:
            return _("delivered")
        return _("sent") if self.sent_at else _("waiting")

    @property
    def state_tone(self) -> str:
        """The tone of a status tag for this state."""
        if self.failed_at:
            return "stop"
        if self.dropped_at:
            return "neutral"
        return "good" if self.sent_at else "wait"


class Mailbox(models.Model):
    """An email address of which we know that mail doesn't arrive, or that its owner called our mail spam.

    By address, not by person: a report names an address, and a corrected one begins anew.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"address", "said"}
    PERSONAL = Personal(
        "address bounced_at complained_at", left_out={"said": "what a mail server said to ours"}, of=BY_HAND
    )

    address = models.CharField(max_length=254, unique=True, help_text="In lower case.")
    bounced_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    said = models.CharField(max_length=300, blank=True, help_text="What the mail server said.")

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.address


class TextConsent(models.Model):
    """Whether a phone number agreed to texts from us and whether it said stop, each with time and channel.

    One row per number, not per person: a STOP comes from a phone. Sign-in codes are sent without consent.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"phone", "user"}
    PERSONAL = Personal("phone agreed_at agreed_how stopped_at stopped_how", left_out={"user": "it is you"}, of="user")

    class How(models.TextChoices):
        PAGE = "page", _("on a page of the portal")
        TEXT = "text", _("by text message")
        OFFICE = "office", _("told the office")

    phone = PhoneNumberField(unique=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="text_consents")
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_how = models.CharField(max_length=6, choices=How, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_how = models.CharField(max_length=6, choices=How, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="textconsent_times_say_how",
                condition=(Q(agreed_at__isnull=True, agreed_how="") | (Q(agreed_at__isnull=False) & ~Q(agreed_how="")))
                & (Q(stopped_at__isnull=True, stopped_how="") | (Q(stopped_at__isnull=False) & ~Q(stopped_how=""))),
            ),
            models.CheckConstraint(
                name="textconsent_agreed_or_stopped",
                condition=Q(agreed_at__isnull=False) | Q(stopped_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phone}: {'yes' if self.allows else 'no'}"

    @property
    def allows(self) -> bool:
        """Agreed, and not stopped since."""
        if self.agreed_at is None:
            return False
        return self.stopped_at is None or self.stopped_at < self.agreed_at
