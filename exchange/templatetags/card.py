"""Filters for what is read abroad: times by the clock of a place."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from exchange.templatetags.ui import short_day

register = template.Library()


def _there(value: datetime, zone: str | ZoneInfo | None) -> datetime:
    """By the clock of the place; without one, by the portal's own."""
    return timezone.localtime(value, ZoneInfo(zone) if isinstance(zone, str) else zone)


@register.filter
def here_clock(value: datetime, zone: str | ZoneInfo | None) -> str:
    """2:30 pm, by the clock of this zone"""
    return date_format(_there(value, zone).replace(tzinfo=None), "g:i A").lower()


@register.filter
def here_day(value: datetime, zone: str | ZoneInfo | None) -> str:
    """Wed, Jun 16, by the calendar of this zone"""
    return short_day(_there(value, zone).date())
