"""A leader's private link to the roster of their trip, and the roll calls they take there."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import links, roles
from exchange.base.codes import new_code, new_token
from exchange.base.roles import Person
from exchange.models import User
from exchange.models.record import AppendOnly
from exchange.reference import facts
from travel.models.check_in import CheckInPerson
from travel.models.partner import Contact, OfficeQuerySet
from travel.models.placement import Placement, Trip

LINK = "travel.leader"
DAYS_AFTER = "roster.days_after"


def token_of(link: str) -> str | None:
    """The token inside a leader's link, None for anything else."""
    return links.token_of(LINK, link)


def roster_ends(trip: Trip) -> datetime:
    """The last moment of the roster, its links and its copies, by the trip's return as it is known now. One query."""
    last = trip.home_on + timedelta(days=int(facts.number(DAYS_AFTER)))
    return timezone.make_aware(datetime.combine(last, time.max))


class LeaderLink(models.Model):
    """One per leader. Opening it takes a code, too, which goes to the leader's phone as a text.

    `contact`: None or without the trip once they no longer lead it. `code_mark`: a keyed hash of the code in use.
    `expires_at` is the last moment when it was made; the pages go by the trip's dates as they are now.
    """

    SIGNED_UNTIL: ClassVar[str] = "expires_at"
    PERSONAL_FIELDS: ClassVar[set[str]] = {"token", "name", "code_mark"}

    class State(models.TextChoices):
        OPEN = "open", _("link works")
        STOPPED = "stopped", _("link ended")
        FORMER = "former", _("no longer a leader of this trip")
        OVER = "over", _("the trip is over")

    TONES: ClassVar = {State.OPEN: "now", State.STOPPED: "stop", State.FORMER: "stop", State.OVER: "neutral"}

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="leader_links")
    contact = models.OneToOneField(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="leader_link"
    )
    name = models.CharField(max_length=120)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(help_text="The link's last moment.")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    code_mark = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    codes_sent = models.PositiveSmallIntegerField(default=0, help_text="Lately.")
    wrong_codes = models.PositiveSmallIntegerField(default=0, help_text="Since the last code.")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.CheckConstraint(
                name="leaderlink_stopped_at_and_by_together",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
            models.CheckConstraint(
                name="leaderlink_code_was_sent", condition=Q(code_mark="") | Q(code_sent_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"leader link {self.code}"

    @property
    def link(self) -> str:
        return links.sign(LINK, self.token)

    def state(self, ends: datetime) -> State:
        """`ends`: `roster_ends` of the trip. Needs the trip and the contact; no query."""
        if self.contact is None or self.contact.trip_id != self.trip_id:
            return self.State.FORMER
        if self.stopped_at:
            return self.State.STOPPED
        return self.State.OVER if self.trip.closed_at or timezone.now() > ends else self.State.OPEN


class RollCallQuerySet(models.QuerySet["RollCall"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator, those of their trips for a leader; none for anyone else."""
        if roles.is_coordinator(user):
            return self
        return self.filter(trip__leaders__user=user) if user.is_authenticated else self.none()

    def unresolved(self) -> Self:
        """In which a leader misses somebody who wasn't tapped since, of a group on its way.

        Whom a check-in asked since then, or still asks, is counted there; a drill asks nobody.
        """
        later = RollCallTap.objects.filter(placement=OuterRef("placement"), at__gt=OuterRef("at"))
        same = Q(roll_call=OuterRef("roll_call"), by=OuterRef("by"), by_name=OuterRef("by_name"))
        same |= Q(roll_call=OuterRef("roll_call"), by=None, by_name=OuterRef("by_name"))
        # a phone that still has the former roll call finds nobody in this one
        next_one = Q(roll_call__on__gt=OuterRef("roll_call__on")) | Q(
            roll_call__on=OuterRef("roll_call__on"), roll_call__number__gt=OuterRef("roll_call__number")
        )
        answered = later.filter(same | next_one)
        asked = CheckInPerson.objects.filter(placement=OuterRef("placement")).exclude(check_in__kind="drill")
        asked = asked.filter(Q(check_in__closed_at=None) | Q(check_in__closed_at__gt=OuterRef("at")))
        missed = RollCallTap.objects.filter(roll_call=OuterRef("pk"), is_here=False, placement__returned_at=None)
        missed = missed.filter(~Exists(answered), ~Exists(asked), placement__application__withdrawn_at=None)
        going = self.filter(trip__returned_at__isnull=True, trip__closed_at__isnull=True)
        return going.filter(~Q(missing=0, conflicts=0), Exists(missed))


class RollCall(models.Model):
    """One count of the group: the `number`th of the day `on`, by the calendar there.

    So two leaders without a signal mean the same one, although no phone knows of the other. The counts follow from its
    taps (`travel.abroad.roll_call`).
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="roll_calls")
    on = models.DateField()
    number = models.PositiveSmallIntegerField()
    here = models.PositiveSmallIntegerField(default=0)
    missing = models.PositiveSmallIntegerField(default=0)
    conflicts = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now, help_text="The last tap.")

    objects = RollCallQuerySet.as_manager()

    class Meta:
        ordering = ("-on", "-number")
        constraints = [
            models.UniqueConstraint(name="rollcall_number_once_a_day", fields=["trip", "on", "number"]),
            models.CheckConstraint(name="rollcall_number_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"roll call {self.number} of {self.on}"


class RollCallTapQuerySet(AppendOnly["RollCallTap"]):
    pass


class RollCallTap(models.Model):
    """One leader saw one traveler, or missed them. Added, never changed.

    `key`: made on the phone, so that a tap that is sent twice is one. `over`: keys of the taps it answers.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"placement", "is_here", "at", "by_name"}

    roll_call = models.ForeignKey(RollCall, on_delete=models.CASCADE, related_name="taps")
    key = models.CharField(max_length=36)
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="roll_call_taps")
    is_here = models.BooleanField()
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=120, help_text="As it was then: a leader may have no account.")
    over = models.JSONField(default=list)

    objects = RollCallTapQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(name="rollcalltap_key_once", fields=["roll_call", "key"]),
            models.CheckConstraint(name="rollcalltap_names_who", condition=~Q(by_name="")),
        ]

    def __str__(self) -> str:
        return f"tap {self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("taps are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("taps are never deleted")
