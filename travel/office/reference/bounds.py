"""Which values of a fact are possible. The files' own values are, which a test checks."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from exchange.models import Fact

Unit = Fact.Unit
# the most that a date can be moved by without leaving the calendar, and what no number of a portal needs
MOST = {
    Unit.DAYS: 36_500,
    Unit.MONTHS: 1_200,
    Unit.YEARS: 120,
    Unit.PERCENT: 100,
    Unit.DOLLARS: 100_000,
    Unit.COUNT: 10_000_000,
}
BROKEN = frozenset({Unit.DOLLARS, Unit.MILLIMETERS, Unit.PERCENT})  # units with parts of one
BROKEN_KEYS = frozenset({"program.minimum_gpa"})
HOURS_OF_A_DAY = ("message.quiet_from", "message.quiet_to")
# 0 means "none" or "at once"; elsewhere it would divide by zero, or let nobody sign in, upload or answer
MAY_BE_ZERO = (
    *("message.", "text.", "entry.", "program.minimum", "fairness.", "yardstick.", "abroad.", "survey.opens"),
    *("passport.days.buffer", "passport.days.appointment_wait", "passport.days.certificate", "checklist."),
    *("reminder.closing", "reminder.offer", "reminder.times_max", "reminder.email_hours", "referee.reminders_max"),
    *("due.remind", "passport_day.", "orientation.remind", "interview.change", "interview.remind", "agreement.remind"),
    *(
        "withdrawal.undo",
        "people.undo",
        "review.undo",
        "review.quick",
        "committee.note_undo",
        "roster.days_after",
        "family.link",
    ),
    *("board.", "offer.call", "selection.spread", "application.grace", "appeal.days"),
)
# the first is never more than the second
ORDERED = (
    ("passport.photo.head_min_mm", "passport.photo.head_max_mm"),
    ("passport.photo.head_max_mm", "passport.photo.side_mm"),
    ("passport.photo.pixels_min", "passport.photo.pixels_max"),
    ("review.readers_min", "review.readers_max"),
    ("norming.files_min", "norming.files_max"),
    ("reminder.closing_days_second", "reminder.closing_days_first"),
    ("reminder.closing_days_last", "reminder.closing_days_second"),
    ("reminder.offer_days_last", "reminder.offer_days_first"),
    ("survey.opens_days", "survey.reminder_days"),
    ("survey.reminder_days", "survey.closes_days"),
    ("check_in.text_again_minutes", "check_in.email_minutes"),
    ("check_in.email_minutes", "check_in.call_minutes"),
    ("check_in.call_minutes", "check_in.family_minutes"),
    ("passport.days.expedited", "passport.days.routine"),
    ("passport.days.expedited_fast", "passport.days.expedited"),
    ("board.urgent_days", "board.soon_days"),
    ("backup.daily_days", "backup.keep_days"),
    ("watch.disk_last_percent", "watch.disk_percent"),
    ("watch.certificate_last_days", "watch.certificate_days"),
)


def problem(fact: Fact, value: Decimal) -> str:
    """Why this fact can't have this value, "" if it can. Reads the facts that it's compared with."""
    least, most = _span(fact)
    if fact.unit not in BROKEN and fact.key not in BROKEN_KEYS and value != value.to_integral_value():
        return _("Enter a whole number.")
    if not least <= value <= most:
        return _("Enter a number from %(least)s to %(most)s.") % {"least": f"{least:,}", "most": f"{most:,}"}
    return _out_of_order(fact.key, value)


def _span(fact: Fact) -> tuple[int, int]:
    if fact.key in HOURS_OF_A_DAY:
        return 0, 23
    if fact.key.startswith("text.country."):
        return 0, 1
    is_free = fact.unit == Unit.DOLLARS or fact.key.startswith(MAY_BE_ZERO)
    return int(not is_free), MOST.get(Unit(fact.unit), MOST[Unit.COUNT])


def _out_of_order(key: str, value: Decimal) -> str:
    above = _current(high for low, high in ORDERED if low == key)
    below = _current(low for low, high in ORDERED if high == key)
    for other in above:
        if value > other.value:
            text = _("This can’t be more than “%(other)s”, which is %(value)s. Change that one first.")
            return text % {"other": other.label, "value": other.number}
    for other in below:
        if value < other.value:
            text = _("This can’t be less than “%(other)s”, which is %(value)s. Change that one first.")
            return text % {"other": other.label, "value": other.number}
    return ""


def _current(keys: Iterable[str]) -> list[Fact]:
    return list(Fact.objects.current().filter(key__in=list(keys)))
