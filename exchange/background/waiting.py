"""How long the oldest work of each queue has waited that nobody has tried, judged by rows: the same for every broker.

An app registers its rows in its AppConfig.ready:

    waiting.register(queues.UPLOADS, oldest_file)

`oldest(now)` returns since when the oldest one waits, None without any.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from exchange.background import jobs, queues
from exchange.models import Job, KeptTask
from exchange.models.record import Message, MessageQuerySet

Oldest = Callable[[datetime], datetime | None]
_registered: dict[str, list[Oldest]] = {}


def register(queue: str, oldest: Oldest) -> None:
    _registered.setdefault(queue, []).append(oldest)


def ages(now: datetime) -> dict[str, timedelta]:
    """By queue: how long its oldest work has waited; nothing if none waits."""
    return {queue: _age(now, _registered.get(queue, ())) for queue in queues.QUEUES}


def _age(now: datetime, sources: Iterable[Oldest]) -> timedelta:
    moments = [at for oldest in sources if (at := oldest(now))]
    return max(now - min(moments), timedelta(0)) if moments else timedelta(0)


def _untried(messages: MessageQuerySet, now: datetime) -> datetime | None:
    due = Coalesce("send_after", "queued_at")
    found: datetime | None = (
        messages.waiting().alias(due=due).filter(attempts=0, claimed_at=None, due__lte=now).aggregate(at=Min(due))["at"]
    )
    return found


def _oldest_urgent(now: datetime) -> datetime | None:
    return _untried(Message.objects.urgent(), now)


def _oldest_ordinary(now: datetime) -> datetime | None:
    kept = KeptTask.objects.filter(Q(published_at=None) | Q(attempts__gt=1)).aggregate(at=Min("created_at"))["at"]
    moments = [_untried(Message.objects.not_urgent(), now), _oldest_job(is_heavy=False), kept]
    return min((at for at in moments if at), default=None)


def _oldest_heavy(_now: datetime) -> datetime | None:
    return _oldest_job(is_heavy=True)


def _oldest_job(*, is_heavy: bool) -> datetime | None:
    rows = Job.objects.filter(state=Job.State.WAITING)
    rows = rows.filter(kind__in=jobs.heavy_kinds()) if is_heavy else rows.exclude(kind__in=jobs.heavy_kinds())
    found: datetime | None = rows.aggregate(at=Min("created_at"))["at"]
    return found


register(queues.URGENT, _oldest_urgent)
register(queues.ORDINARY, _oldest_ordinary)
register(queues.HEAVY, _oldest_heavy)
