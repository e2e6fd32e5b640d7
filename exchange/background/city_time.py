"""When beat's tasks are due: by the clock of the city, which the office may change while beat runs."""

from zoneinfo import ZoneInfo

from celery.schedules import crontab

from exchange.base.home import home_zone


class CityTime(crontab):
    """A crontab in the city's time zone, not in the one that Celery began with."""

    @property
    def tz(self) -> ZoneInfo:
        return home_zone()
