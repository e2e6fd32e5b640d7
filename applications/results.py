"""What a student is told once a result is released, and nothing before."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from applications.models import Application, Decision, Offer, Review
from applications.states import Status
from exchange.models import Event

# What the student's own page says first
HEADINGS = {
    Status.SELECTED: _("You are selected"),
    Status.WAITLISTED: _("You are on the waiting list"),
    Status.NOT_SELECTED: _("Not this time"),
    Status.CONFIRMED: _("You are selected, and your seat is confirmed"),
    Status.DECLINED: _("You were selected, and gave your seat back"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """For templates/applications/selection/_result.html. `feedback`: what readers wrote to the student."""

    status: str
    released_at: datetime | None
    waitlist_position: int | None
    offer: Offer | None
    feedback: tuple[str, ...]

    @property
    def heading(self):
        return HEADINGS[Status(self.status)]


def result_of(application: Application) -> Result | None:
    """None while the application is under review, and after it was withdrawn. Three queries at most."""
    if application.status not in HEADINGS:
        return None
    released = Decision.objects.filter(application=application, released_at__isnull=False)
    decision = released.order_by("-released_at", "-pk").first()
    return Result(
        status=application.status,
        released_at=decision.released_at if decision else None,
        waitlist_position=decision.waitlist_position if decision and application.status == Status.WAITLISTED else None,
        offer=Offer.objects.filter(application=application).first(),
        feedback=feedback_for(application),
    )


def feedback_for(application: Application) -> tuple[str, ...]:
    """The words of locked readings; without names, and in an order that says nothing about the readers."""
    locked = Review.objects.filter(assignment__application=application, locked_at__isnull=False)
    texts = locked.exclude(feedback="").order_by("assignment__code").values_list("feedback", flat=True)
    return tuple(texts)


def received_at(application: Application) -> datetime | None:
    """When it was sent the last time: after a fix it was received once more; the record knows when."""
    last = Event.objects.filter(
        target_model=application._meta.label_lower, target_id=application.pk, action="application.submit"
    ).first()
    return last.at if last else application.submitted_at
