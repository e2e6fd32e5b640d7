"""What one person begins and another has to confirm: a reset, a merge, an emergency opening (docs/adr/0006)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from exchange.base.codes import new_code
from exchange.models.people import User


def alone_after(began_at: datetime) -> datetime:
    """When what was begun then may be finished without a second person."""
    return began_at + timedelta(hours=settings.ALONE_AFTER_HOURS)


def by_another_or_later(*, by: str, asker: str, at: str) -> Q:
    """The rule of the database: finished by somebody else, or not before the wait was over. Names of fields."""
    is_later = Q(("alone_after__isnull", False), (f"{at}__gte", F("alone_after")))
    return Q((f"{by}__isnull", True)) | ~Q((by, F(asker))) | is_later


class TakesTwo(models.Model):
    """`alone_after`: when one person may finish it alone, if nobody has confirmed or stopped it; null: never.

    Each kind says who began it and when (`asker`, `began_at`), whom it is about (`whose`), what it is (`what`, in the
    active language), and what has become of it.
    """

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    alone_after = models.DateTimeField(null=True, blank=True)
    stop_reason = models.TextField(blank=True, help_text="Why somebody stopped it.")

    class Meta:
        abstract = True

    @property
    def asker(self) -> User:
        raise NotImplementedError

    @property
    def whose(self) -> list[User]:
        raise NotImplementedError

    @property
    def began_at(self) -> datetime:
        raise NotImplementedError

    @property
    def stopped_on(self) -> datetime | None:
        raise NotImplementedError

    @property
    def what(self) -> str:
        raise NotImplementedError

    @property
    def is_done(self) -> bool:
        raise NotImplementedError

    @property
    def is_over(self) -> bool:
        """Done, stopped or expired: nothing can be done with it any longer."""
        raise NotImplementedError

    @property
    def is_stopped(self) -> bool:
        return self.stopped_on is not None

    @property
    def has_waited(self) -> bool:
        """Whether one person alone may finish it now; what somebody has judged stays judged."""
        is_open = not self.is_done and not self.is_stopped
        return is_open and self.alone_after is not None and self.alone_after <= timezone.now()
