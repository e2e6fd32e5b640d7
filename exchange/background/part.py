"""One part of the portal as it is now: what the status page shows, and what an alarm is about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.templatetags.ui import clock, full_day, the_time


class State(StrEnum):
    OK = "ok"
    SOON = "soon"  # it works; somebody has to look before it doesn't
    FAILING = "failing"
    OFF = "off"


class Group(StrEnum):
    SERVICE = "service"
    WAITING = "waiting"
    EARLY = "early"


SOON = ":soon"


@dataclass(frozen=True, slots=True)
class Part:
    """`name`: also of its section in docs/operations.md. `detail`: one sentence for the owners, may be empty."""

    name: str
    label: str
    state: State
    detail: str = ""
    group: Group = Group.SERVICE

    @property
    def raises_alarm(self) -> bool:
        """A late backup is told by `exchange.keeping.alarm`; a queue that is a little late, only by the page."""
        if self.state == State.SOON:
            return self.group != Group.WAITING
        return self.state == State.FAILING and self.name != "backup"

    @property
    def alarm(self) -> str:
        """The alarm's name. An early warning is one of its own, so that owners are told again when the part fails."""
        return f"{self.name}{SOON}" if self.state == State.SOON else self.name


def when(moment: datetime) -> str:
    """Friday, February 12 at 11:59 pm"""
    moment = timezone.localtime(moment)
    return _("%(day)s at %(the_time)s") % {"day": full_day(moment), "the_time": the_time(clock(moment))}
