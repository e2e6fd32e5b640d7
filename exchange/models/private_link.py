"""Private links of people without an account: one mechanism, and a declaration for each purpose (docs/adr/0007).

A row holds a random token; the address holds it with our signature for one purpose (`exchange.base.links`). So nothing
that is stored opens anything, and a link can be sent or shown again. `exchange.guests` makes, ends and opens links.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exchange.base import links
from exchange.base.codes import new_token
from exchange.models.people import User

UNKNOWN = "unknown"  # an address that we didn't sign, or whose row is gone


class LinkState(models.TextChoices):
    OPEN = "open", _("link works")
    EARLY = "early", _("not open yet")
    EXPIRED = "expired", _("link expired")
    STOPPED = "stopped", _("link ended")
    FORMER = "former", _("no longer a leader of this trip")
    OVER = "over", _("the trip is over")


WORKS = (LinkState.OPEN, LinkState.EARLY)
TONES = {
    LinkState.OPEN: "now",
    LinkState.EARLY: "now",
    LinkState.EXPIRED: "wait",
    LinkState.STOPPED: "stop",
    LinkState.FORMER: "stop",
    LinkState.OVER: "neutral",
}

Words = tuple[str | Promise, str | Promise]  # a heading and a sentence


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What one kind of private link is for, when it ends, and what is read behind it then.

    `name`: part of the signature, so that a link for one purpose opens nothing of another. `opens`: what it's for, as
    the office reads it. `route`: the page behind it. `ended`: by `PrivateLink.why_ended`, with UNKNOWN. `kept`: of
    those, the ones that answer as usual (a letter that arrived) instead of as gone. `follows`: the way to whose dates
    decide the end, and `facts` what it takes besides; without either the end was told with the link and stays.
    `needs`: what pages and properties read of a row. `way_on`: what to do instead, and the name of its page.
    `replaced`: which of the words are read behind an address of ours that no row has any longer. `works`: which rows
    open something before their last moment, as `PrivateLink.opens` says of one. `named`: where the office searches.
    """

    name: str
    opens: str | Promise
    route: str
    ended: Mapping[str, Words]
    kept: frozenset[str] = frozenset()
    follows: str = ""
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    way_on: tuple[str | Promise, str] | None = None
    replaced: str = UNKNOWN
    works: Q = field(default_factory=Q)
    named: tuple[str, ...] = ()

    def faults(self) -> list[str]:
        asked = {"name": self.name, "opens": self.opens, "route": self.route}
        found = [f"say what its “{key}” is" for key, value in asked.items() if not value]
        found += [f"say what a visitor reads for “{why}”" for why in (UNKNOWN, "expired") if not self.ended.get(why)]
        found += [f"say what a visitor reads for “{self.replaced}”"] if self.replaced not in self.ended else []
        return found


@dataclass
class Registry:
    """Every declared purpose, by its name, with the model of its links."""

    models: dict[str, tuple[Purpose, "type[PrivateLink]"]] = field(default_factory=dict)

    def add(self, model: "type[PrivateLink]") -> None:
        """Stops the start with the model's name if a declaration can't be right."""
        purposes = [value for value in vars(model).values() if isinstance(value, Purpose)]
        faults = [f"{each.name or '(no name)'}: {fault}" for each in purposes for fault in each.faults()]
        faults += [f"{each.name}: declared twice" for each in purposes if each.name in self.models]
        if not isinstance(vars(model).get("PURPOSE"), Purpose):
            faults.append("declare its PURPOSE")
        elif (model.PURPOSE.follows or model.PURPOSE.facts) and "ends" not in vars(model):
            faults.append(f"{model.PURPOSE.name}: say in “ends” when it ends by those dates or facts")
        if "holder" not in vars(model):
            faults.append("say in “holder” who has it")
        if faults:
            raise ImproperlyConfigured(f"Private links of {model.__module__}.{model.__name__}: {'; '.join(faults)}.")
        self.models |= {each.name: (each, model) for each in purposes}

    def all(self) -> list[tuple[Purpose, "type[PrivateLink]"]]:
        return list(self.models.values())


DECLARED = Registry()


class PrivateLink(models.Model):
    """Whatever has a private link. `PURPOSE`: its declaration; a second one is another attribute."""

    PURPOSE: ClassVar[Purpose]
    SIGNED_UNTIL: ClassVar[str] = "expires_at"  # the column with its last moment

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)

    class Meta:
        abstract = True

    def __init_subclass__(cls, *, declares: bool = True, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if declares:
            DECLARED.add(cls)

    @classmethod
    def find(cls, address: str, purpose: Purpose | None = None) -> Self | None:
        """The row of this address, whatever its state. Constant time and no query for one we didn't sign."""
        purpose = purpose or cls.PURPOSE
        token = links.token_of(purpose.name, address)
        rows = cls._default_manager.select_related(*purpose.needs)
        return rows.filter(token=token).first() if token else None

    @classmethod
    def working(cls) -> models.QuerySet[Self]:
        """Those that open something now, or will on a day to come."""
        ahead = Q((f"{cls.SIGNED_UNTIL}__gt", timezone.now())) | Q((f"{cls.SIGNED_UNTIL}__isnull", True))
        return cls._default_manager.filter(ahead, cls.PURPOSE.works)

    @property
    def holder(self) -> str:
        """Who has it, as the office reads it. Needs what the purpose `needs`."""
        raise NotImplementedError

    @property
    def ended_on_page(self) -> str:
        """Where the office ends or replaces it; empty: only who made it does."""
        return ""

    @property
    def link(self) -> str:
        """The part of the address that opens it."""
        return links.sign(self.PURPOSE.name, self.token)

    @property
    def href(self) -> str:
        return reverse(self.PURPOSE.route, args=[self.link])

    @property
    def ends_at(self) -> datetime | None:
        """Its last moment, as `exchange.guests.links.follow` keeps it."""
        moment: datetime | None = getattr(self, self.SIGNED_UNTIL)
        return moment

    @property
    def link_state(self) -> LinkState:
        """Needs what the purpose `needs`."""
        is_past = self.ends_at is not None and self.ends_at <= timezone.now()
        return LinkState.EXPIRED if is_past else LinkState.OPEN

    @property
    def opens(self) -> bool:
        return self.link_state == LinkState.OPEN

    @property
    def why_ended(self) -> str:
        """Which of the words of its purpose a visitor reads."""
        return self.link_state.value

    @property
    def speaks(self) -> str:
        """The language of who has it; empty: the visitor's."""
        return ""


class LinkRow(PrivateLink, declares=False):
    """A row that is a private link and nothing else: made, replaced and ended by `exchange.guests.links`."""

    State, TONES = LinkState, TONES
    MADE: ClassVar[str] = "made_at"  # the column that says since when this address works

    expires_at = models.DateTimeField(help_text="The link's last moment.")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_stopped_at_and_by_together",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    @classmethod
    def working(cls) -> models.QuerySet[Self]:
        return super().working().filter(stopped_at=None)

    def begin_anew(self) -> None:
        """Another address: the former one stops working. Doesn't save."""
        self.token = new_token()
        self.stopped_at = self.stopped_by = None

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        """Its last moment by the dates as they are now; `days`: the purpose's facts."""
        return self.expires_at

    @property
    def closed(self) -> LinkState | None:
        """Why it's over, whatever the day: called off, withdrawn, no longer theirs."""
        return None

    @property
    def link_state(self) -> LinkState:
        if self.closed == LinkState.FORMER:
            return LinkState.FORMER
        if self.stopped_at:
            return LinkState.STOPPED
        return self.closed or super().link_state

    @property
    def state(self) -> LinkState:
        return self.link_state

    @property
    def is_open(self) -> bool:
        return self.opens

    @property
    def tone(self) -> str:
        return TONES[self.link_state]


def end_of(day: date) -> datetime:
    """The last moment of a day, for the end of a link."""
    return timezone.make_aware(datetime.combine(day, time.max))
