"""Calculations that a worker makes once for everyone: the same rows and terms give the same result (docs/adr/0031).

    kept = calculations.ask(calculating.kept_percent, plan)
    if isinstance(kept, calculations.Missing): the page says that it follows, or that it couldn't be calculated

A result is what the function of `calculating` returns, as JSON has it: tuples are lists, an Agreement is a dictionary.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from django.core.cache import cache

from applications.scores import calculating
from exchange.background import jobs, results
from exchange.models import Job

JOB = "applications.calculation"
KEEP_SECONDS = 7 * 24 * 60 * 60
KNOWN: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (calculating.kept_percent, calculating.remedy, calculating.agreements)
}


@dataclass(frozen=True, slots=True)
class Missing:
    """`is_waited_for`: a worker calculates it; otherwise, it couldn't be, and is tried again in a few minutes."""

    is_waited_for: bool


def ask(calculate: Callable[..., Any], rows: Sequence[tuple[Any, ...]], **terms: float | None) -> Any:
    """The result, or Missing. One query unless it's cached; never waits."""
    key = key_of(calculate, rows, **terms)
    found = known(key)
    if found is not None:
        return found
    params = {"calculate": calculate.__name__, "terms": terms}
    job = results.ask(JOB, key, given=[list(row) for row in rows], params=params)
    if job.state != Job.State.DONE:
        return Missing(is_waited_for=not job.is_finished)
    found = json.loads(results.read(job))
    cache.set(f"calculation:{key}", found, KEEP_SECONDS)
    return found


def key_of(calculate: Callable[..., Any], rows: Sequence[tuple[Any, ...]], **terms: float | None) -> str:
    said = hashlib.sha256(repr(rows).encode()).hexdigest()
    return jobs.key_of(calculate.__name__, json.dumps(terms, sort_keys=True), said)


def known(key: str) -> Any:
    """The result with this key if it's cached, else None. No query."""
    return cache.get(f"calculation:{key}")


def make(work: jobs.Work) -> jobs.Result:
    """In the worker."""
    rows = (tuple(row) for row in work.job.given)
    found = calculating.in_subprocess(KNOWN[work.params["calculate"]], rows, **work.params["terms"])
    work.output.write(json.dumps(found, default=_plain).encode())
    return jobs.Result("calculation.json", "application/json")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{value!r} has no form in JSON")
