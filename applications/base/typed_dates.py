"""Dates typed in three parts, the month as a number or as a word in either language. Pure.

The stored value is an ISO date if the parts make one, else the parts as typed, joined by "/": month, day, year.
"""

import re
import unicodedata
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

OLDEST_YEAR = 1900  # a typed "05" is not the year 5
LAST_DAY = 31
MONTHS = (  # both languages, whatever the page's: bilingual people type either
    ("january", "enero"),
    ("february", "febrero"),
    ("march", "marzo"),
    ("april", "abril"),
    ("may", "mayo"),
    ("june", "junio"),
    ("july", "julio"),
    ("august", "agosto"),
    ("september", "septiembre", "setiembre"),
    ("october", "octubre"),
    ("november", "noviembre"),
    ("december", "diciembre"),
)


def read_number(typed: str | None) -> int | str:
    """An int if it is a whole number, else the text as typed."""
    typed = typed or ""
    return int(typed) if re.fullmatch(r"[0-9]{1,6}", typed) else typed


def read_date(value: Any) -> date | None:
    """The date in a stored answer; None if it is not one."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if day.year >= OLDEST_YEAR else None


def read_month(typed: str) -> int | None:
    """1 to 12 for a number, a month's name, or an unambiguous beginning of one; None for anything else."""
    word = "".join(char for char in unicodedata.normalize("NFKD", typed.casefold()) if not unicodedata.combining(char))
    word = word.strip(" .")
    if re.fullmatch(r"[0-9]{1,2}", word):
        return int(word) if 1 <= int(word) <= len(MONTHS) else None
    found = [number for number, names in enumerate(MONTHS, 1) if any(name.startswith(word) for name in names)]
    return found[0] if len(found) == 1 else None


def read_parts(year: str, month: str, day: str) -> str:
    """The stored value for the three parts; "" if all are empty."""
    if not (year or month or day):
        return ""
    numbers = (read_number(year), read_month(month), read_number(day))
    if all(isinstance(number, int) for number in numbers):
        iso = f"{numbers[0]:0>4}-{numbers[1]:0>2}-{numbers[2]:0>2}"
        if read_date(iso):
            return iso
    # "/" is the separator, so it cannot stay inside a part
    return "/".join((month.replace("/", "-"), day.replace("/", "-"), year))


def parts_of(value: Any) -> tuple[str, str, str]:
    """Year, month and day of a stored value; the month of a valid date as a number."""
    if day := read_date(value):
        return str(day.year), str(day.month), str(day.day)
    month, day_typed, year = (str(value or "").split("/", 2) + ["", "", ""])[:3]
    return year, month, day_typed


def problem_of(value: Any) -> str:
    """What to fix, in words for the student; "" for a valid date."""
    if read_date(value):
        return ""
    year, month, day = parts_of(value)
    found = filter(None, (_month_problem(month), _day_problem(day), _year_problem(year)))
    return " ".join(found) or _("There’s no such day. Check the day and the month.")


def _month_problem(typed: str) -> str:
    if read_month(typed):
        return ""
    if not typed:
        return _("Write the month, such as 3 or March.")
    return _("We couldn’t read the month “%(typed)s”. Write a number or a name, such as 3 or March.") % {"typed": typed}


def _day_problem(typed: str) -> str:
    number = read_number(typed)
    is_day = isinstance(number, int) and 1 <= number <= LAST_DAY
    return "" if is_day else _("Write the day as a number, such as 9.")


def _year_problem(typed: str) -> str:
    number = read_number(typed)
    is_year = isinstance(number, int) and OLDEST_YEAR <= number <= date.max.year
    return "" if is_year else _("Write the whole year, such as 2005.")
