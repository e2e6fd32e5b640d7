"""Words for the days when endorsements and readers' scores are due. A day that has passed is never something to do."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.templatetags.ui import full_day


def words(day: date | None, *, late: str) -> str:
    """ "Due Friday, March 3." or what to say once it has passed: `late`, with %(day)s. "" without a day."""
    today = timezone.localdate()
    if day is None:
        return ""
    if day == today:
        return _("Due today.")
    return (_("Due %(day)s.") if day > today else late) % {"day": full_day(day)}


def endorsing(day: date | None) -> str:
    return words(day, late=_("It was due %(day)s. It still counts, so please do it as soon as you can."))


def reading(day: date | None) -> str:
    return words(day, late=_("It was due %(day)s. It still counts if you lock it before results are decided."))
