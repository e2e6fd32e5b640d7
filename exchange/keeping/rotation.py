"""Which backups may go. Pure.

One a day for `days`, so that a mistake noticed within two weeks is found to the day; then the first of each ISO week
until `longest`, about as long as a cycle takes from its deadline to its results. None is older than `longest`, because
what was deleted for a student lives on in the backups until then. The newest always stays.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta


def kept(taken: Iterable[datetime], *, now: datetime, days: int, longest: int) -> set[datetime]:
    """Those of these moments (aware, any order) whose backup stays. `days`, `longest`: days before `now`."""
    times = sorted(set(taken))
    stay: set[datetime] = set()
    seen_days: set[tuple[int, ...]] = set()
    seen_weeks: set[tuple[int, ...]] = set()
    for moment in times:
        age = now - moment
        day, week = (moment.year, moment.month, moment.day), moment.isocalendar()[:2]
        if age <= timedelta(days=2):
            stay.add(moment)
        elif age <= timedelta(days=days) and day not in seen_days:
            seen_days.add(day)
            stay.add(moment)
        if age <= timedelta(days=longest) and week not in seen_weeks:
            seen_weeks.add(week)
            stay.add(moment)
    return stay | set(times[-1:])
