"""Action with which a person downloads everything we hold about them."""

from django.db import transaction

from exchange.background import jobs
from exchange.base import audit
from exchange.models import Job, User

JOB = "travel.my_data"


@transaction.atomic
def start(user: User, *, back: str) -> Job:
    """The job that makes the ZIP; while it's under way, asking again returns the same one.

    The request is recorded first, so that the ZIP contains it. `back`: the address of the page.
    """
    job, is_new = jobs.start(JOB, jobs.key_of(user.pk), by=user, params={"back": back})
    if is_new:
        audit.record("account.export", user, by=user)
    return job


def is_allowed(user: User) -> bool:
    return user.is_active
