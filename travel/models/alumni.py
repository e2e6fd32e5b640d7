"""Alumni who agreed to hear from the office, and what they were asked: to come to an orientation, to mentor a group."""

from typing import ClassVar, Self, cast

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import ConsentText, Language, User
from exchange.models.private_link import UNKNOWN, LinkState, PrivateLink, Purpose
from travel.models.orientation import OrientationSession
from travel.models.placement import Placement, Trip


class AlumniConsentQuerySet(models.QuerySet["AlumniConsent"]):
    def visible_to(self, user: Person) -> Self:
        """The person's own, and all for the office."""
        if roles.is_coordinator(user):
            return self
        return self.filter(person=user) if user.is_authenticated else self.none()

    def in_force(self) -> Self:
        return self.filter(ended_at__isnull=True, expires_at__gt=timezone.now())


class AlumniConsent(PrivateLink):
    """A dated record that a traveler agreed to hear from the office, for which purposes, and when it ended.

    While one is in force, the person's account outlives the retention of their application.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"person", "token"}
    PERSONAL = Personal(
        "placement orientation mentoring text=text.title language given_at expires_at ended_at ended_how",
        left_out={"person": "you", "token": "it would open the link"},
        of="person",
        erased="stays while it’s in force, with the account; a record of what was agreed to afterward",
    )
    OFF = (
        _("You’re off the list"),
        _("We won’t write to you about orientations or mentoring any longer. Thank you for having been willing."),
    )
    PURPOSE = Purpose(
        name="travel.alumni",
        opens=_("What we ask alumni who agreed to hear from us"),
        route="travel:alumni-link",
        ended={
            UNKNOWN: (
                _("This link doesn’t work"),
                _("A part of it may be missing. Open it again from the message we sent you."),
            ),
            **dict.fromkeys(("expired", "stopped"), OFF),
        },
        kept=frozenset({"stopped"}),
        needs=("person",),
        way_on=(_("Changed your mind? Sign in and choose again"), "travel:reflection-list"),
        works=Q(ended_at=None),
        named=("person__full_name",),
    )

    class How(models.TextChoices):
        PAGE = "page", _("on a page of the portal")
        LINK = "link", _("by the link in a message")
        CHANGED = "changed", _("replaced by other choices")
        EXPIRED = "expired", _("its time was over")
        ERASED = "erased", _("the account was deleted")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="alumni_consents")
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="alumni_consents")
    orientation = models.BooleanField(help_text="May be invited to an orientation.")
    mentoring = models.BooleanField(help_text="May be asked to mentor.")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, choices=Language)
    given_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=7, choices=How, blank=True)

    objects = AlumniConsentQuerySet.as_manager()

    class Meta:
        ordering = ("-given_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="alumniconsent_one_in_force", fields=["person"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="alumniconsent_for_a_purpose", condition=Q(orientation=True) | Q(mentoring=True)
            ),
            models.CheckConstraint(
                name="alumniconsent_ended_says_how",
                condition=Q(ended_at__isnull=True, ended_how="") | (Q(ended_at__isnull=False) & ~Q(ended_how="")),
            ),
        ]

    def __str__(self) -> str:
        return f"alumni consent {self.code}"

    @property
    def holder(self) -> str:
        return str(self.person)

    @property
    def is_in_force(self) -> bool:
        return self.ended_at is None and self.expires_at > timezone.now()

    @classmethod
    def find(cls, address: str, purpose: Purpose | None = None) -> Self | None:
        """Of somebody who has chosen anew since, the one in force."""
        found = super().find(address, purpose)
        if found is None or found.is_in_force:
            return found
        now = cls.objects.in_force().select_related("person").filter(person=found.person_id).first()
        return cast("Self | None", now) or found

    @property
    def link_state(self) -> LinkState:
        return LinkState.STOPPED if self.ended_at else super().link_state

    @property
    def speaks(self) -> str:
        return str(self.person.language)


class AlumniAskQuerySet(models.QuerySet["AlumniAsk"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(consent__in=AlumniConsent.objects.visible_to(user))

    def standing(self) -> Self:
        """Not taken back, of somebody who still agrees to hear from us."""
        return self.filter(taken_back_at__isnull=True, consent__in=AlumniConsent.objects.in_force())

    def ahead(self) -> Self:
        """About a session that hasn't begun and takes place, or a trip that hasn't left."""
        sessions = OrientationSession.objects.ahead()
        trips = Trip.objects.filter(departed_at__isnull=True, closed_at__isnull=True)
        return self.filter(Q(session__in=sessions) | Q(trip__in=trips))

    def coming(self, session: OrientationSession) -> Self:
        return self.standing().filter(session=session, answer=AlumniAsk.Answer.YES)


class AlumniAsk(models.Model):
    """One thing asked of one of them: to come to a session, or to mentor the group of a trip."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(
        "session=session.starts_at trip=trip.code asked_at answer answered_at taken_back_at", of="consent__person"
    )

    class Answer(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    consent = models.ForeignKey(AlumniConsent, on_delete=models.CASCADE, related_name="asks")
    session = models.ForeignKey(
        OrientationSession, on_delete=models.PROTECT, null=True, blank=True, related_name="alumni_asks"
    )
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, null=True, blank=True, related_name="alumni_asks")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=3, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = AlumniAskQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="alumniask_for_a_session_or_a_trip",
                condition=Q(session__isnull=False, trip__isnull=True) | Q(session__isnull=True, trip__isnull=False),
            ),
            models.CheckConstraint(
                name="alumniask_answer_and_time_together",
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="alumniask_once_per_session",
                fields=["consent", "session"],
                condition=Q(session__isnull=False, taken_back_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="alumniask_once_per_trip",
                fields=["consent", "trip"],
                condition=Q(trip__isnull=False, taken_back_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"alumni ask {self.code}"

    @property
    def is_over(self) -> bool:
        """Nothing to answer any longer. Fetch the session and the trip with it."""
        if self.session:
            return self.session.has_begun or self.session.called_off_at is not None
        return self.trip is None or self.trip.departed_at is not None or self.trip.closed_at is not None
