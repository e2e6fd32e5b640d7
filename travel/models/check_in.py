"""A check-in: who was asked whether they are safe, what they said, and what was done until all were found."""

from datetime import datetime, timedelta, tzinfo
from typing import Any, ClassVar, NoReturn, Self, cast

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.home import home_zone
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import Language, Message, User
from exchange.models.private_link import UNKNOWN, PrivateLink, Purpose
from exchange.models.record import AppendOnly
from travel.models.partner import Contact, address_of
from travel.models.placement import Placement, Trip

LINK_LASTS = timedelta(days=14)


def link_ends() -> datetime:
    return timezone.now() + LINK_LASTS


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator; for a leader those with travelers of their trips; none for anyone else."""
        if roles.is_coordinator(user):
            return self
        return self.filter(pk__in=CheckInPerson.objects.visible_to(user).values("check_in"))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class CheckIn(models.Model):
    """One question to a group: "are you safe?". `why` stands in the messages to travelers."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"why_en", "why_es"}
    PERSONAL = Personal(kept_out="a question to a whole group; names who of the office or the leaders asked it")

    class Kind(models.TextChoices):
        REAL = "real", _("Something happened")
        ROLL_CALL = "roll_call", _("Daily roll call")
        DRILL = "drill", _("Drill")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=9, choices=Kind)
    why_en = models.CharField(max_length=120)
    why_es = models.CharField(max_length=120)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # the last time that somebody undid the closing
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = Localized()

    objects = CheckInQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="checkin_closed_at_and_by_together",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="checkin_reopened_at_and_by_together",
                condition=Q(reopened_at__isnull=True, reopened_by__isnull=True)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False),
            ),
            models.CheckConstraint(name="checkin_says_why", condition=~Q(why_en="") & ~Q(why_es="")),
        ]
        indexes = [models.Index(fields=["started_at"], name="checkin_open", condition=Q(closed_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:check-in", kwargs={"code": self.code})

    @property
    def is_real(self) -> bool:
        return self.kind == self.Kind.REAL


class CheckInPersonQuerySet(models.QuerySet["CheckInPerson"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator, travelers and leaders of their trips for a leader; none for anyone else."""
        if roles.is_coordinator(user):
            return self
        return self.on(Trip.objects.filter(leaders__user=user)) if user.is_authenticated else self.none()

    def on(self, trips: Any) -> Self:
        """Those who travel on one of these trips or lead it."""
        return self.filter(Q(placement__trip__in=trips) | Q(leads__in=trips))

    def missing(self) -> Self:
        """Not accounted for, in a check-in that is open."""
        return self.filter(check_in__closed_at__isnull=True).exclude(state__in=["safe", "seen"])

    def with_people(self) -> Self:
        return self.select_related("check_in", "said_by", "caller", *WITH_TRIP)


# what the properties of a row need
WITH_TRIP = ("placement__application__student", "placement__trip__city", "leader__user", "leads__city")


class CheckInPerson(PrivateLink):
    """One traveler or leader of a check-in. `state` follows from the steps; `said_by` is who saw or called them.

    `number`: what we text, in E.164; an answer from it counts. A leader's row outlives the leader's contact.
    """

    SIGNED_UNTIL: ClassVar[str] = "link_until"
    PERSONAL_FIELDS: ClassVar[set[str]] = {
        *("placement", "leader", "leader_name", "number", "token", "state", "said_by_name")
    }
    PERSONAL = Personal(
        "placement number state state_at said_by said_by_name asked_at=check_in.started_at "
        "kind=check_in.kind why=check_in.why",
        left_out={
            "token": "opens the link of the check-in to whoever has it",
            "leader": "of leaders only",
            "leader_name": "of leaders only",
        },
    )
    PURPOSE = Purpose(
        name="travel.check_in",
        opens=_("A traveler’s or leader’s answer to a check-in"),
        route="travel:check-in-answer",
        ended={
            UNKNOWN: (
                _("We don’t recognize this link"),
                _(
                    "Part of the address may be missing. Open the link from our message again. If you need help, call"
                    " us."
                ),
            ),
            "expired": (
                _("This link no longer works"),
                _("It was for a check-in some time ago. If you need help, call us."),
            ),
        },
        needs=("check_in", "said_by", "caller", *WITH_TRIP),
        named=("placement__application__student__full_name", "leader_name"),
    )

    class State(models.TextChoices):
        HELP = "help", _("needs help")
        MISSING = "missing", _("not here in the roll call")
        DISPUTED = "disputed", _("leaders disagree")
        UNCLEAR = "unclear", _("unclear answer")
        NO_ANSWER = "no_answer", _("called, no answer")
        ASKED = "asked", _("no answer yet")
        SAFE = "safe", _("says they’re safe")
        SEEN = "seen", _("seen or spoken with")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    check_in = models.ForeignKey(CheckIn, on_delete=models.CASCADE, related_name="people")
    placement = models.ForeignKey(
        Placement, on_delete=models.CASCADE, null=True, blank=True, related_name="check_ins", help_text="A traveler."
    )
    leader = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="check_ins")
    leader_name = models.CharField(max_length=120, blank=True, help_text="As it was then.")
    leads = models.ForeignKey(
        Trip, on_delete=models.CASCADE, null=True, blank=True, related_name="+", help_text="Of a leader."
    )
    number = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    state_at = models.DateTimeField(default=timezone.now)
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    said_by_name = models.CharField(max_length=120, blank=True, help_text="A leader without an account.")
    caller = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    link_until = models.DateTimeField(default=link_ends)

    objects = CheckInPersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "check-in people"
        constraints = [
            models.UniqueConstraint(name="checkinperson_once_per_check_in", fields=["check_in", "placement"]),
            models.UniqueConstraint(name="checkinperson_leader_once_per_check_in", fields=["check_in", "leader"]),
            models.CheckConstraint(
                name="checkinperson_travels_or_leads",
                condition=Q(placement__isnull=False, leader__isnull=True, leads__isnull=True, leader_name="")
                | Q(placement__isnull=True, leads__isnull=False) & ~Q(leader_name=""),
            ),
            # nobody is accounted for without their own word or a named person
            models.CheckConstraint(
                name="checkinperson_seen_by_a_name",
                condition=Q(said_by__isnull=False) | ~Q(said_by_name="") | ~Q(state="seen"),
            ),
        ]
        indexes = [models.Index(fields=["number"], name="checkinperson_by_number")]

    def __str__(self) -> str:
        return f"{self.placement_id or self.leader_id} in {self.check_in_id}"

    # Each of these needs `with_people`.

    @property
    def trip(self) -> Trip:
        return self.placement.trip if self.placement else cast("Trip", self.leads)

    @property
    def zone(self) -> tzinfo:
        return self.trip.city.zone or home_zone()

    @property
    def name(self) -> str:
        return str(self.placement.application.person) if self.placement else self.leader_name

    @property
    def holder(self) -> str:
        return self.name

    @property
    def ended_on_page(self) -> str:
        return self.check_in.get_absolute_url()

    @property
    def email(self) -> str:
        if self.placement:
            return self.placement.application.person.email or ""
        return address_of(self.leader) if self.leader else ""

    def other_leaders(self) -> models.QuerySet[Contact]:
        """The leaders of the trip, without this one."""
        leaders = self.trip.leaders.all()
        return leaders.exclude(pk=self.leader_id) if self.leader_id else leaders

    @property
    def language(self) -> str:
        if self.placement:
            return str(self.placement.application.person.language)
        return str(self.leader.language) if self.leader else str(Language.ENGLISH)

    @property
    def speaks(self) -> str:
        return self.language

    @property
    def is_looked_for(self) -> bool:
        """Not here, says a leader in the roll call, whatever another one or a text says."""
        return self.state in {self.State.MISSING, self.State.DISPUTED}

    @property
    def seen_by(self) -> str:
        """Who saw or called them; of somebody safe in their own words, who read those."""
        return str(self.said_by) if self.said_by else self.said_by_name


class CheckInStepQuerySet(AppendOnly["CheckInStep"]):
    pass


class CheckInStep(models.Model):
    """One line of what happened to one person: a message, an answer, a call, a note. Added, never changed."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"words", "by_name"}
    PERSONAL = Personal(
        "placement=person.placement kind at by by_name by_link words",
        of="person__placement__application__student",
        erased="goes with its CheckInPerson",
    )

    class Kind(models.TextChoices):
        # what the clock does, once each
        TEXT = "text", _("Text")
        TEXT_AGAIN = "text_again", _("Second text")
        EMAIL = "email", _("Email with a link")
        CALL = "call", _("On the list to call")
        FAMILY = "family", _("Time to call the family contact")
        # what the person says
        SAFE = "safe", _("Says they’re safe")
        HELP = "help", _("Asks for help")
        UNCLEAR = "unclear", _("Unclear answer")
        THANKS = "thanks", _("Wrote again")
        STOPPED = "stopped", _("Texted STOP")
        # what a named person notes
        READ = "read", _("Read their words: safe")
        SEEN = "seen", _("Seen in person")
        CALLED_SAFE = "called_safe", _("On the phone: safe")
        CALLED_HELP = "called_help", _("On the phone: needs help")
        CALLED_NO_ANSWER = "no_answer", _("Called, no answer")
        TAKEN = "taken", _("Is calling")
        UNDONE = "undone", _("Took back a note")

    ONCE: ClassVar = (Kind.TEXT, Kind.TEXT_AGAIN, Kind.EMAIL, Kind.CALL, Kind.FAMILY)

    person = models.ForeignKey(CheckInPerson, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=120, blank=True, help_text="A leader without an account.")
    roll_call = models.ForeignKey(
        "travel.RollCall", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Seen in it."
    )
    by_link = models.BooleanField(default=False, help_text="Answered on the page, not by text.")
    words = models.TextField(blank=True, help_text="What they wrote, if it was no clear answer.")
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    undoes = models.OneToOneField("self", on_delete=models.CASCADE, null=True, blank=True, related_name="undone_by")

    objects = CheckInStepQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="checkinstep_of_the_clock_once",
                fields=["person", "kind"],
                condition=Q(kind__in=["text", "text_again", "email", "call", "family"]),
            ),
            models.CheckConstraint(
                name="checkinstep_note_has_a_name",
                condition=Q(by__isnull=False)
                | ~Q(by_name="")
                | ~Q(kind__in=["seen", "called_safe", "called_help", "no_answer", "taken", "undone"]),
            ),
            models.CheckConstraint(
                name="checkinstep_reader_has_a_name",
                condition=Q(by__isnull=False) | ~Q(by_name="") | ~Q(kind="read"),
            ),
            models.CheckConstraint(
                name="checkinstep_undone_names_what",
                condition=Q(kind="undone", undoes__isnull=False) | ~Q(kind="undone") & Q(undoes__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("steps are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("steps are never deleted")

    @property
    def who(self) -> str:
        return str(self.by) if self.by else self.by_name
