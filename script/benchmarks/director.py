"""The director's page over ten finished cycles, inside a process with the database: spread, published, timed."""

import datetime as dt
import resource
import time
from statistics import median
from typing import Any

from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Mod
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Cycle
from exchange.background import jobs
from exchange.base.codes import new_code
from exchange.models import Job, Role, User
from travel.models import PassportCase, Placement, Trip
from travel.outcomes import actions, now

CYCLES, WARM, VISITS = 10, 5, 40
YEAR = dt.timedelta(days=365)
PAGE = "/outcomes/?cycle={cycle}"


def prepare(cycle: Cycle) -> dict[str, float]:
    """The applications of one cycle as those of ten, a year apart, all home and published; what is so today counted."""
    for number in range(1, CYCLES):
        other = _copy(cycle, number)
        moved = cycle.applications.annotate(part=Mod(F("pk"), CYCLES)).filter(part=number)
        for trip in Trip.objects.filter(cycle=cycle):
            Placement.objects.filter(trip=trip, application__in=moved).update(trip=_copy(trip, number, cycle=other))
        cycle.applications.filter(pk__in=list(moved.values_list("pk", flat=True))).update(cycle=other)
    home, back = timezone.now() - dt.timedelta(days=20), timezone.now() - dt.timedelta(days=10)
    days = {"leaves_on": home.date(), "returns_on": back.date(), "departed_at": home, "returned_at": back}
    Trip.objects.filter(cycle__code__startswith=cycle.code).update(**days)
    theirs = Placement.objects.filter(trip__cycle__code__startswith=cycle.code)
    theirs.update(travelled_at=home, returned_at=back)
    PassportCase.objects.filter(application__cycle__code__startswith=cycle.code).update(stage="in_hand")
    started = time.perf_counter()
    actions.publish_now(by=User.objects.filter(roles__kind=Role.Kind.COORDINATOR).earliest("pk"))
    published, started = time.perf_counter() - started, time.perf_counter()
    now.refresh()
    client = _client()
    client.get(PAGE.format(cycle="all"))
    for job in Job.objects.exclude(state=Job.State.DONE).filter(kind="travel.charts"):
        jobs.run(job.pk)
    return {
        "published": published,
        "counted": time.perf_counter() - started,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def visits(_cycle: Cycle) -> dict[str, Any]:
    """Milliseconds of a visit, and its queries."""
    client, times, worked = _client(), [], []
    for number in range(WARM + VISITS):
        clock, processor = time.perf_counter(), time.process_time()
        answer = client.get(PAGE.format(cycle="all"))
        if answer.status_code != 200:  # noqa: PLR2004 -- OK
            raise SystemExit(f"the page answered {answer.status_code}")
        if number >= WARM:
            times.append(1000 * (time.perf_counter() - clock))
            worked.append(1000 * (time.process_time() - processor))
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE.format(cycle="all"))
    return {"p50": median(times), "processor": median(worked), "queries": len(queries)}


def _client() -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.filter(roles__kind=Role.Kind.DIRECTOR).earliest("pk"))
    return client


def _copy[T: models.Model](row: T, number: int, **more: object) -> T:
    """The same so many years earlier, with a code of its own."""
    copy = type(row)._default_manager.get(pk=row.pk)
    copy.pk = None
    copy._state.adding = True
    for each in copy._meta.concrete_fields:
        value = getattr(copy, each.attname)
        if isinstance(value, dt.date):  # and moments
            setattr(copy, each.attname, value - YEAR * number)
    code = f"{getattr(row, 'code', '')}-{number}" if isinstance(row, Cycle) else new_code()
    for name, value in {"code": code, **more}.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy
