"""A leader's private link to the roster of their trip, and the roll calls they take there."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User
from exchange.models.private_link import UNKNOWN, LinkRow, LinkState, Purpose, end_of
from exchange.models.record import AppendOnly
from exchange.reference import facts
from travel.models.check_in import CheckInPerson
from travel.models.partner import Contact, OfficeQuerySet
from travel.models.placement import Placement, Trip

DAYS_AFTER = "roster.days_after"


def roster_ends(trip: Trip) -> datetime:
    """The last moment of the roster, its links and its copies, by the trip's return as it is known now. One query."""
    last = trip.home_on + timedelta(days=int(facts.number(DAYS_AFTER)))
    return end_of(last)


class LeaderLink(LinkRow):
    """One per leader. Opening it takes a code, too, which goes to the leader's phone as a text.

    `contact`: None or without the trip once they no longer lead it. `code_mark`: a keyed hash of the code in use.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"token", "name", "code_mark"}
    PERSONAL = Personal(kept_out="a link for a leader; names who of the office made it")
    TITLE = _("This page is closed")
    PURPOSE = Purpose(
        name="travel.leader",
        opens=_("The roster of a trip, for a leader without an account"),
        route="travel:roster",
        ended={
            "former": (
                TITLE,
                _(
                    "You’re no longer a leader of this trip, so its list is closed to you. A copy on your phone was"
                    " deleted. If that’s a mistake, call our office."
                ),
            ),
            "stopped": (
                TITLE,
                _("Our office ended this link. Ask us for a new one. A copy on your phone was deleted."),
            ),
            "canceled": (
                TITLE,
                _(
                    "This trip is canceled, so its list is closed. A copy on your phone was deleted. Questions? Call"
                    " our office."
                ),
            ),
            "over": (TITLE, _("This trip is over, so its list was deleted. Thank you for leading it.")),
            "expired": (TITLE, _("This trip is over, so its list was deleted. Thank you for leading it.")),
            UNKNOWN: (TITLE, _("This link doesn’t work. Look for a newer message with a link, or ask our office.")),
        },
        follows="trip",
        facts=(DAYS_AFTER,),
        needs=("contact", "trip__city", "trip__cycle"),
        works=Q(contact__trip=F("trip"), trip__closed_at=None),
        named=("name",),
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="leader_links")
    contact = models.OneToOneField(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="leader_link"
    )
    name = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    code_mark = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    codes_sent = models.PositiveSmallIntegerField(default=0, help_text="Lately.")
    wrong_codes = models.PositiveSmallIntegerField(default=0, help_text="Since the last code.")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            *LinkRow.Meta.constraints,
            models.CheckConstraint(
                name="leaderlink_code_was_sent", condition=Q(code_mark="") | Q(code_sent_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"leader link {self.code}"

    def begin_anew(self) -> None:
        """No code of the former address opens this one."""
        super().begin_anew()
        self.code_mark, self.code_sent_at, self.codes_sent, self.wrong_codes = "", None, 0, 0

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        return end_of(self.trip.home_on + timedelta(days=int(days[DAYS_AFTER])))

    @property
    def holder(self) -> str:
        return self.name

    @property
    def ended_on_page(self) -> str:
        return reverse("travel:trip-abroad", args=[self.trip.code])

    @property
    def closed(self) -> LinkState | None:
        if self.contact is None or self.contact.trip_id != self.trip_id:
            return LinkState.FORMER
        return LinkState.OVER if self.trip.closed_at else None

    @property
    def why_ended(self) -> str:
        return "canceled" if self.link_state == LinkState.OVER else super().why_ended

    @property
    def speaks(self) -> str:
        return self.contact.language if self.contact else ""


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
    PERSONAL = Personal("placement is_here at by by_name")

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
