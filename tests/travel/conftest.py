"""Counters are open every day, so that the dates of a test don't depend on the weekday on which it runs.

`@pytest.mark.closed_days` brings Sundays and federal holidays back.
"""

import hashlib
import os
import pickle

import pytest
from django.conf import settings

from travel.base import open_days

LARGE = 150  # people


@pytest.fixture(autouse=True)
def every_day_is_open(request, monkeypatch):
    if not request.node.get_closest_marker("closed_days"):
        monkeypatch.setattr(open_days, "closed_days", lambda _state="": open_days.never)
        monkeypatch.setattr(open_days, "closed_at_agencies", lambda is_closed: is_closed)


@pytest.fixture(autouse=True, scope="session")
def large_releases_are_planned_once():
    """The demo's figures take half a minute to plan, and the same people always have the same plan: it's kept for the
    other tests of this run that write the demo."""
    from travel.outcomes import actions as release_actions  # noqa: PLC0415 -- apps are ready only now

    plan, folder = release_actions.plan_release, settings.DATA_DIR / "planned"
    folder.mkdir(exist_ok=True)

    def kept(cycles, told, rules, earlier=(), *, least=None):
        if sum(sum(counts.furthest.values()) for counts in cycles) < LARGE:
            return plan(cycles, told, rules, earlier, least=least)
        about = cycles, sorted(told.items()), rules, earlier, least
        path = folder / hashlib.sha256(repr(about).encode()).hexdigest()
        if not path.exists():
            half = path.with_suffix(f".{os.getpid()}")
            half.write_bytes(pickle.dumps(plan(cycles, told, rules, earlier, least=least)))
            half.rename(path)
        return pickle.loads(path.read_bytes())  # noqa: S301 -- written above

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_actions, "plan_release", kept)
        yield
