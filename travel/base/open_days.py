"""Days on which passport counters, post offices and consulates are closed. Pure Python: no database, no Django.

Sundays and federal holidays, with the weekday on which a holiday that falls on a weekend is observed. Saturdays are
open: post offices take passport forms and mail on them. With a state (two letters), its holidays count as well.
Source: domain reference 2.8 (no last safe day on a Sunday or a federal holiday); the `holidays` package.
"""

import functools
from collections.abc import Callable
from datetime import date, timedelta

import holidays

SATURDAY, SUNDAY = 5, 6
type IsClosed = Callable[[date], bool]


def closed_days(state: str = "") -> IsClosed:
    """The test of one day. A state's own list lacks federal holidays that it doesn't keep, so both lists count."""
    return functools.partial(_is_closed, state=state.upper())


def closed_at_agencies(is_closed: IsClosed) -> IsClosed:
    """Passport agencies, where urgent visits are, are closed on Saturdays too."""
    return lambda day: day.weekday() == SATURDAY or is_closed(day)


def never(_day: date) -> bool:
    return False


def open_on_or_before(day: date, is_closed: IsClosed) -> date:
    while is_closed(day):
        day -= timedelta(days=1)
    return day


def open_on_or_after(day: date, is_closed: IsClosed) -> date:
    while is_closed(day):
        day += timedelta(days=1)
    return day


def _is_closed(day: date, state: str) -> bool:
    return day.weekday() == SUNDAY or day in _holidays(day.year, state)


@functools.cache
def _holidays(year: int, state: str) -> frozenset[date]:
    """Of one year; a New Year's Day on a Saturday is observed in the year before."""
    days = {*holidays.country_holidays("US", years=year)}
    if state:
        days |= {*holidays.country_holidays("US", subdiv=state, years=year)}
    return frozenset(days)
