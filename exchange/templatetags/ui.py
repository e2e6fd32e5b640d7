"""Template filters and tags that format values; they decide nothing."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.template.defaultfilters import floatformat
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from exchange.base import phones
from exchange.base.home import home
from exchange.base.pictures import Logo
from exchange.base.written_language import written_language

register = template.Library()

MARCH = 3


@register.simple_tag(name="city_name")
def zone_city() -> str:
    """The city whose portal this is, and whose time it shows."""
    return home().city


@register.simple_tag
def program_name() -> str:
    return home().program


@register.simple_tag
def city_logo() -> Logo | None:
    return home().logo


@register.simple_tag
def from_us() -> str:
    """The head of a text message."""
    return f"{home().short_name}: "


def _day(value: date, form: str) -> str:
    if isinstance(value, datetime):
        # rows come from the database in UTC, where our evening is already the next day
        value = (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return _day_text(value, form, get_language())


@lru_cache(maxsize=2048)
def _day_text(day: date, form: str, language: str | None) -> str:
    """Cached, because a long list repeats the same few days."""
    if language == "es" and day.month == MARCH:
        form = form.replace("M", "F")  # "mar" is Tuesday and March, so March is written out
    text = date_format(day, form)
    # Spanish writes days and months in lower case; Django's short names are capitalized
    return text.lower() if language == "es" else text


@register.filter
def full_day(value: date | None) -> str:
    """Friday, February 12"""
    return _day(value, pgettext("date format: weekday, month, day", r"l, F j")) if value else ""


@register.filter
def told_day(value: date | None) -> str:
    """Friday, February 12; of another year than this one: Friday, February 12, 2027"""
    day = timezone.localdate(value) if isinstance(value, datetime) else value
    if day and day.year != timezone.localdate().year:
        return _day(day, pgettext("date format: weekday, month, day, year", r"l, F j, Y"))
    return full_day(value)


@register.filter
def short_day(value: date | None) -> str:
    """Fri, Feb 12"""
    return _day(value, pgettext("date format: short weekday, month, day", r"D, M j")) if value else ""


@register.filter
def text_day(value: date | None) -> str:
    """Fri, Feb 12; in Spanish without the weekday: the alphabet of text messages lacks the á of "sábado", and a text
    with an á takes twice the space"""
    return _day(value, pgettext("date format in a text message", r"D, M j")) if value else ""


@register.filter
def day_year(value: date | None) -> str:
    """February 12, 2027"""
    return _day(value, pgettext("date format: month, day, year", r"F j, Y")) if value else ""


@register.filter
def short_year(value: date | None) -> str:
    """Feb 12, 2027"""
    return _day(value, pgettext("date format: short month, day, year", r"M j, Y")) if value else ""


@register.filter
def until(first: date | None, last: date | None) -> str:
    """April 4–14, 2027; March 28 to April 7, 2027; December 28, 2026 to January 7, 2027"""
    if not first or not last:
        return day_year(first or last)
    if first.year != last.year:
        return _("%(first)s to %(last)s") % {"first": day_year(first), "last": day_year(last)}
    day = pgettext("date format: month, day", r"F j")
    if first.month != last.month:
        text = _("%(first)s to %(last)s, %(year)s")
        return text % {"first": _day(first, day), "last": _day(last, day), "year": first.year}
    return _("%(month)s %(first)s–%(last)s, %(year)s") % {
        "month": _day(first, "F"),
        "first": first.day,
        "last": last.day,
        "year": first.year,
    }


@register.filter
def clock(value: datetime | None) -> str:
    """10:42 am"""
    # "pm" rather than the "p.m." of Django's own formats: short, and no full stop in mid-sentence
    return date_format(timezone.localtime(value), "g:i A").lower() if value else ""


@register.filter
def the_time(text: str) -> str:
    """2:05 pm, for a sentence: a language may set an article before a time, and another one before one o'clock.

    Spanish says "las 2:05 pm" and "la 1:05 pm"; so its sentences write "a %(the_time)s" and "hasta %(the_time)s".
    """
    if not text:
        return ""
    one = text.startswith("1:")
    named = pgettext("from one to two o’clock", "%(time)s") if one else pgettext("another time of day", "%(time)s")
    return named % {"time": text}


@register.filter
def deadline(value: datetime | None) -> str:
    """Friday, February 12 at 11:59 pm, Porto time"""
    if not value:
        return ""
    return _("%(day)s at %(the_time)s, %(city)s time") % {
        "day": full_day(value),
        "the_time": the_time(clock(value)),
        "city": zone_city(),
    }


@register.filter
def ahead(value: date | None) -> date | None:
    """The day or the moment if it has not passed, else None: a message names no past one as something to wait for."""
    if not value:
        return None
    is_over = value < timezone.now() if isinstance(value, datetime) else value < timezone.localdate()
    return None if is_over else value


@register.filter
def phone(number: Any) -> str:
    """A number with its country: +1 213-555-0134."""
    return phones.readable(number)


@register.filter
def tel(number: Any) -> str:
    """The link that calls a number, from anywhere: tel:+12135550134. Every such link is from here."""
    return phones.href(number)


@register.filter
def written(text: Any) -> str:
    """The attribute `lang` for what a person wrote, unless in the page's language: ` lang="es"` or nothing.

    `text`: a text, or the paragraphs of one with covered names.
    """
    if isinstance(text, list):
        text = " ".join(part for paragraph in text for part, _covered in paragraph)
    code = written_language(str(text or ""))
    return format_html(' lang="{}"', code) if code not in ("", (get_language() or "en")[:2]) else ""


@register.filter
def language_here(code: str) -> str:
    """A language's name in the language of the page, as inside a sentence. The labels of `Language` are for whoever
    looks for the language they read. Not `language_name`: Django's filter of that name speaks English only."""
    return {"en": pgettext("a language", "English"), "es": pgettext("a language", "Spanish")}.get(code, "")


@register.filter
def words(value: str | None) -> int:
    return len((value or "").split())


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value of a key that is itself a variable; None without a mapping."""
    return mapping.get(key) if mapping else None


@register.filter
def at(rows: Sequence[Any], place: int) -> Any:
    """The item at a position that is itself a variable."""
    return rows[place]


@register.simple_tag(takes_context=True)
def current(context: Context, url_name: str, *, is_section: bool = False) -> str:
    """The aria-current attribute of a link: "page" on this page, "true" in its section or on pages below it."""
    match = context["request"].resolver_match if "request" in context else None
    if not match:
        return ""
    if match.view_name == url_name:
        return format_html(' aria-current="{}"', "page")
    section = context["nav_section"]
    is_here = is_section and section and section.name == url_name
    return format_html(' aria-current="{}"', "true") if is_here else ""


# an error summary, or an error beside a field; scripts fill those that are hidden
SHOWN_ERROR = re.compile(r'class="ex-(?:error-summary"|field__error"(?![^>]* hidden))')


@register.simple_block_tag
def with_error_title(content: str) -> SafeString:
    """Put "Error:" before the title of a page that shows an error, wherever on the page and in whichever form.

    base.html wraps the whole page in it, because the title is written before the page knows.
    """
    if SHOWN_ERROR.search(content):
        content = content.replace("<title>", f"<title>{conditional_escape(_('Error:'))} ", 1)
    return mark_safe(content)  # noqa: S308 -- the page's own HTML


@register.filter
def cents(value: int | None) -> str:
    """$1,250.00 from whole cents"""
    return "" if value is None else f"${Decimal(value).scaleb(-2):,.2f}"


@register.filter
def one_place(value: float | Decimal | None) -> str:
    """12.3 in the notation of the language; cached, because a long list repeats the same points."""
    return "" if value is None else _one_place(value, get_language())


@lru_cache(maxsize=4096)
def _one_place(value: float | Decimal, _language: str | None) -> str:
    return floatformat(value, 1)


@register.simple_tag
def part(name: str, /, **given: object) -> SafeString:
    """A component for rows of a long table: `{% part "status_tag" label=locked tone="good" %}`.

    Rendered once per set of arguments and cached, where an include would be rendered for each row. Only for components
    that depend on nothing but their arguments and the language.
    """
    plain = ((key, str(value) if isinstance(value, Promise) else value) for key, value in given.items())
    return _part(name, get_language(), tuple((key, value, isinstance(value, SafeData)) for key, value in plain))


@lru_cache(maxsize=4096)
def _part(name: str, _language: str | None, given: tuple[tuple[str, Any, bool], ...]) -> SafeString:
    """`given`: name, value, and whether it is safe HTML; equal text may be safe in one place and unsafe in another."""
    context = {key: value for key, value, _is_safe in given}
    return mark_safe(render_to_string(f"components/{name}.html", context).strip())  # noqa: S308 -- a template's own


@register.simple_tag
def figure(name: str, of: str, value: int) -> SafeString:
    """Attributes of an element that says a figure which other pages say, too: tests hold them against each other.

    of: the code of the row that it's about.
    """
    return format_html(' data-figure="{} {}" data-from="{}" data-to="{}"', name, of, value, value)


@register.simple_tag
def attributes(of: dict[str, Any]) -> SafeString:
    """The attributes of a widget, as Django's own attrs.html writes them, in a third of the time."""
    written = (
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in of.items()
        if value is not False
    )
    return mark_safe("".join(written))  # noqa: S308 -- each part is escaped


@register.filter
def as_json(value: object) -> str:
    """The value as JSON, for a data attribute that a script reads."""
    return json.dumps(value)


@register.filter
def dollars(value: Decimal | None) -> str:
    """ "$1,250", with cents only where there are any; "—" for nothing."""
    if value is None:
        return "—"
    return f"{'−' if value < 0 else ''}${amount(abs(value))}"


def amount(value: Decimal) -> str:
    """ "1,250", with cents only where there are any."""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
