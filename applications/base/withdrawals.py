"""What follows when an application is withdrawn, and what is said about it beforehand: `travel/events.py` lists it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.models.statement import Heard
from exchange.base.slots import Slot
from exchange.models import User


class Why(models.TextChoices):
    """Why a student drops out, as far as they want to say. Health isn't among them: nobody has to record it."""

    PLANS = "plans", _("their plans changed")
    WORK = "work", _("work")
    CLASSES = "classes", _("classes")
    FAMILY = "family", _("family")
    DOCUMENT = "document", _("travel documents not ready in time")
    UNREACHABLE = "unreachable", _("we couldn’t reach them")
    CONDUCT = "conduct", _("they broke an agreement")
    OTHER = "other", _("something else, or they didn’t say")


OURS_TO_CANCEL = _(
    "You don’t need to cancel anything yourself: we take care of your plane ticket and insurance. If you’ve received"
    " money for the trip, we’ll talk with you before we ask for any of it back."
)


def becomes(application: Application) -> Promise | str:
    """What becomes of the ticket, the insurance and the money of a student who had a spot on a trip, for that student;
    empty without one. In the reader's language once it is shown.
    """
    return OURS_TO_CANCEL if hasattr(application, "placement") else ""


@dataclass(frozen=True, slots=True)
class Follower:
    """`lines`: what would happen, in sentences. `after`, `undone`: act, in the caller's transaction, which holds the
    lock on the application. `obstacle`: why it can't be undone, in a sentence; empty where it can."""

    after: Callable[[Application, User], None]
    undone: Callable[[Application, User], None]
    lines: Callable[[Application], list[str]] = lambda _application: []
    obstacle: Callable[[Application], str] = lambda _application: ""


WITHDRAWN: Slot[Follower] = Slot("withdrawn")


def lines(application: Application) -> list[str]:
    return [line for each in WITHDRAWN for line in each.lines(application)]


def after(application: Application, by: User) -> None:
    for each in WITHDRAWN:
        each.after(application, by)


def obstacle(application: Application) -> str:
    return next((found for each in WITHDRAWN if (found := each.obstacle(application))), "")


def undone(application: Application, by: User) -> None:
    for each in WITHDRAWN:
        each.undone(application, by)


__all__ = ["WITHDRAWN", "Follower", "Heard", "Why", "after", "lines", "obstacle", "undone"]
