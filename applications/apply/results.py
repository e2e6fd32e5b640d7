"""What a student sees of a released result. Nothing here shows a result before its release."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base import waitlist
from applications.models import Application, Cycle, Decision, Offer, Rating, Review
from applications.states import Status
from exchange.models import User

# The heading on the student's page
HEADINGS = {
    Status.SELECTED: _("You’re selected"),
    Status.WAITLISTED: _("You’re on the waitlist"),
    Status.NOT_SELECTED: _("Not this time"),
    Status.CONFIRMED: _("You’re selected, and your spot is confirmed"),
    Status.DECLINED: _("You were selected and declined your spot"),
}


@dataclass(frozen=True, slots=True)
class ReleasedResult:
    """Context of templates/applications/apply/_result.html. `feedback`: what readers wrote to the student."""

    status: str
    released_at: datetime | None
    waitlist_position: int | None
    offer: Offer | None
    feedback: tuple[str, ...]
    is_corrected: bool = False
    waitlist_is_over: bool = False
    # for a student who was not selected: what helps next time
    strongest: str = ""
    advisor: User | None = None
    next_cycle: Cycle | None = None

    @property
    def heading(self) -> str:
        if self.status == Status.DECLINED and self.offer and self.offer.ended_at:
            return str(_("You were selected, but the time to answer is over"))
        if self.waitlist_is_over:
            return str(_("The waitlist is closed"))
        return str(HEADINGS[Status(self.status)])

    @property
    def is_lapsed(self) -> bool:
        return self.status == Status.DECLINED and self.offer is not None and self.offer.ended_at is not None


def result_of(application: Application) -> ReleasedResult | None:
    """The released result; None while the application is under review and once it is withdrawn. At most six queries."""
    if application.status not in HEADINGS:
        return None
    decision = told(application)
    is_no, college = application.status == Status.NOT_SELECTED, application.college
    is_waiting = application.status == Status.WAITLISTED
    return ReleasedResult(
        status=application.status,
        released_at=decision.released_at if decision else None,
        waitlist_position=waitlist.place_of(decision) if decision and is_waiting else None,
        offer=Offer.objects.filter(application=application).first(),
        feedback=feedback_for(application),
        waitlist_is_over=is_waiting and waitlist.is_over(application.cycle),
        is_corrected=decision is not None and decision.corrects_id is not None,
        strongest=strongest_of(application) if is_no else "",
        advisor=college.named_advisor if is_no and college else None,
        next_cycle=next_cycle_of(application) if is_no else None,
    )


def told(application: Application) -> Decision | None:
    """The decision that was released last."""
    released = Decision.objects.filter(application=application, released_at__isnull=False)
    return released.select_related("application").order_by("-released_at", "-pk").first()


def strongest_of(application: Application) -> str:
    """The title of the readers' criterion with the highest mean; "" if two are equal or fewer than two readers scored
    it."""
    locked = Rating.objects.filter(
        review__assignment__application=application,
        review__assignment__is_interview=False,
        review__locked_at__isnull=False,
    )
    by_criterion: dict[int, list[int]] = defaultdict(list)
    titles = {}
    for rating in locked.select_related("criterion"):
        by_criterion[rating.criterion_id].append(rating.points)
        titles[rating.criterion_id] = rating.criterion
    means = sorted(((Fraction(sum(each), len(each)), key) for key, each in by_criterion.items()), reverse=True)
    if len(means) < 2 or means[0][0] == means[1][0] or len(by_criterion[means[0][1]]) < 2:
        return ""
    return str(titles[means[0][1]].title)


def next_cycle_of(application: Application) -> Cycle | None:
    """The next published cycle to which the student can still apply."""
    later = Cycle.objects.public().filter(opens_at__gt=application.cycle.opens_at, closes_at__gt=timezone.now())
    return later.order_by("opens_at").first()


def feedback_for(application: Application) -> tuple[str, ...]:
    """The feedback in locked reviews, without names, and in an order that reveals nothing about the readers."""
    locked = Review.objects.filter(assignment__application=application, locked_at__isnull=False)
    texts = locked.exclude(feedback="").order_by("assignment__code").values_list("feedback", flat=True)
    return tuple(texts)
