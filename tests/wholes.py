"""Pages as text, all of it, compared with a file in `wholes/` beside the test: what a page says is often only there.

After a wanted change, delete the file and run the test twice: the first run writes it and fails. The difference in the
commit then shows what people read now.
"""

import dataclasses
import datetime as dt
import difflib
import re
import sys
from pathlib import Path

from django.db.models import Model
from django.utils import timezone

CODE = re.compile(r"\b[2-9B-DF-HJ-NP-TV-Z]{8}\b")
CHANGING = (  # what differs from run to run
    (re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? \d{1,2}(?:, \d{4})?"), "DATE"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|nes|rs|ur)?(?:day)?\b"), "DAY"),
    (re.compile(r"\d{1,2}:\d\d [ap]m(, Los Angeles time)?"), "TIME"),
    (CODE, "CODE"),
    (re.compile(r"changed_at: .*"), "changed_at: now"),
    (re.compile(r"\b(spring|fall)-\d{4}|Student Union \d+"), "NAME"),
    (re.compile(r"\b20\d{6}\b|\b\d{8}T\d{6}\b"), "DATE"),
    (re.compile(r"\b(Spring|Fall) \d{4}"), "TERM"),
    (re.compile(r"sequence: \d+"), "sequence: NUMBER"),
    (re.compile(r"\b(City|College|Cycle|Person) \d+|(person|college)-\d+"), "NAME"),
)
NAMES = (  # what differs although the clock stands still (tests/told_whole.py)
    (CODE, "CODE"),
    (re.compile(r"\b(?:spring|fall)-\d{4}|\b(?:person|college)-\d+"), "NAME"),
    (re.compile(r"\b(?:City|College|Cycle|Person|Foundation|Student Union|Spring|Fall|Primavera|Otoño) \d+"), "NAME"),
    (re.compile(r"\b[Pp]rimavera de \d{4}|\b[Oo]toño de \d{4}"), "NAME"),
)


def whole(value, level=0) -> str:
    """Anything as lines of text: fields of rows of a page by name, days by their distance from today."""
    pad = "  " * level
    match value:
        case _ if dataclasses.is_dataclass(value):
            rows = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return whole({name: each for name, each in rows.items() if each or each == 0}, level)
        case Model():
            return f"{pad}{value._meta.model_name} {re.sub(r'[0-9]+', 'N', CODE.sub('CODE', str(value)))}"
        case dict():
            return "\n".join(f"{pad}{key}: {whole(each, level + 1).strip()}" for key, each in value.items())
        case list() | tuple() if level > 1 and value and all(isinstance(each, str | int | float) for each in value):
            return pad + " | ".join(map(str, value))  # a line of a table
        case set() | frozenset():
            return pad + " | ".join(sorted(map(str, value)))
        case list() | tuple():
            return "\n".join(f"{pad}- {whole(each, level + 1).strip()}" for each in value)
        case dt.datetime():
            days = round((value - timezone.now()) / dt.timedelta(days=1))  # at midnight, too, an hour is no day
            return f"{pad}{days:+d} days" if days else f"{pad}{'ahead' if value > timezone.now() else 'past'}"
        case dt.date():
            return f"{pad}{(value - timezone.localdate()).days:+d} days"
        case str() if value.startswith("<svg"):  # what it says, not how it's drawn
            return pad + " | ".join(re.findall(r">\s*([^<>\s][^<>]*)<", value))
        case _:
            return f"{pad}{value}"


def is_as_written(name: str, text: str, *, changing: tuple[tuple[re.Pattern[str], str], ...] = CHANGING) -> bool:
    """Whether it's the text of wholes/<name>.txt beside the test, apart from what differs from run to run."""
    for pattern, word in changing:
        text = pattern.sub(word, text)
    path = Path(sys._getframe(1).f_code.co_filename).parent / "wholes" / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
        raise AssertionError(f"{path} was missing. It's written now: read it, and run the test again.")
    there, now = path.read_text().splitlines(), text.splitlines()
    if there != now:
        raise AssertionError("\n".join(difflib.unified_diff(there, now, path.name, "now", lineterm="", n=1)))
    return True
