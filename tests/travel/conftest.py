"""Counters are open every day, so that the dates of a test don't depend on the weekday on which it runs.

`@pytest.mark.closed_days` brings Sundays and federal holidays back.
"""

import pytest

from travel.base import open_days


@pytest.fixture(autouse=True)
def every_day_is_open(request, monkeypatch):
    if not request.node.get_closest_marker("closed_days"):
        monkeypatch.setattr(open_days, "closed_days", lambda _state="": open_days.never)
        monkeypatch.setattr(open_days, "closed_at_agencies", lambda is_closed: is_closed)
