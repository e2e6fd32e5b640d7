"""Charts and the map of partner cities as SVG, drawn on the server: one definition for page, print and PDF.

    wide, narrow = drawn([bars(rows, title=..., description=...), bars(rows, ..., narrow=True)])

A picture is described first, then drawn together with all others of its page in a subprocess that ends with its
work (travel.base.drawing), because the engine would stay in every web process's memory. Drawn pictures are cached.

The output has no script, no style element and no style attribute, so the strict content policy holds. On a page
every color is a custom property of tokens.css, so that dark mode and forced colors work; in a PDF it is the
token's light value.
"""

import functools
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from travel.base import drawing
from travel.base.drawing import LAND, TOKENS

log = logging.getLogger(__name__)

KEEP_SECONDS = 60 * 60 * 24 * 7
# A page with nine charts takes two seconds. After this long, readers get the tables, and the failure is cached a while.
PATIENCE_SECONDS = 10
PAUSE_SECONDS = 60
# all that the drawing process gets of our environment: no key and no password
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value (None if it may not be shown), and the text at its end."""

    label: str
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A dot with the range around it, and the text at its end; without a value, only the text."""

    label: str
    low: float | None
    value: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map: degrees north and east."""

    label: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to draw. `order`: JSON for travel.base.drawing."""

    order: str
    title: str
    description: str
    for_print: bool

    @property
    def key(self) -> str:
        words = json.dumps([_made_by(), self.order, self.title, self.description, self.for_print])
        return "chart:" + hashlib.sha256(words.encode()).hexdigest()


def bars(
    rows: Sequence[Bar], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> Picture:
    """Horizontal bars in the order given, labeled directly. A hidden value has its text and no bar.

    Narrow, for a phone: each label stands above its bar, so that no text has to shrink.
    """
    order = {"kind": "bars", "rows": [asdict(row) for row in rows], "narrow": narrow}
    return Picture(json.dumps(order), title, description, for_print)


def spans(
    rows: Sequence[Span], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> Picture:
    """Dots with their ranges, one below the other in the order given, all on an axis from zero. Narrow as in `bars`."""
    order = {"kind": "spans", "rows": [asdict(row) for row in rows], "narrow": narrow}
    return Picture(json.dumps(order), title, description, for_print)


def flight_map(
    home: Place,
    cities: Sequence[Place],
    *,
    title: str,
    description: str,
    others: Sequence[Place] = (),
    for_print: bool = False,
) -> Picture:
    """Partner cities on an Equal Earth map with the Pacific in the middle, each with its path from `home`.

    `others` are small rings without name or path: partner cities to which nobody went this time.
    Drawn at the width of a phone; on a wider page, CSS makes the labels smaller again.
    """
    order = {
        "kind": "map",
        "home": asdict(home),
        "cities": [asdict(city) for city in cities],
        "others": [asdict(city) for city in others],
    }
    return Picture(json.dumps(order), title, description, for_print)


def drawn(pictures: Sequence[Picture]) -> list[SafeString | None]:
    """Each picture as SVG, newly drawn or cached; None if it couldn't be drawn in time."""
    wanted = {picture.key: picture for picture in pictures}
    found = cache.get_many(wanted)
    missing = {key: picture for key, picture in wanted.items() if key not in found}
    if missing:
        found |= _draw(missing)
    # safe: made here from numbers and labels that Vega escapes
    return [mark_safe(svg) if (svg := found.get(picture.key)) else None for picture in pictures]  # noqa: S308


def _draw(missing: Mapping[str, Picture]) -> dict[str, str]:
    """SVG by key; "" for a failure, which is cached for a short while so that not everybody waits for it."""
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        return {}
    try:
        # another process may have drawn them while we waited
        found = cache.get_many(missing)
        still = [(key, picture) for key, picture in missing.items() if key not in found]
        answers = draw_in_subprocess([picture.order for _key, picture in still]) if still else []
        for (key, picture), svg in zip(still, answers, strict=True):
            found[key] = _finish(svg, picture) if svg else ""
            cache.set(key, found[key], KEEP_SECONDS if svg else PAUSE_SECONDS)
    finally:
        _one_at_a_time.release()
    return found


def draw_in_subprocess(orders: Sequence[str]) -> list[str | None]:
    """What a subprocess draws, in the order asked for; None for what failed or wasn't ready in time."""
    command = [sys.executable, "-m", drawing.__name__]
    known = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, with words of ours
            command,
            input="\n".join(orders).encode(),
            capture_output=True,
            cwd=settings.BASE_DIR,
            env=known,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        output, trouble = done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        output, trouble = late.stdout or b"", b"it took too long"
    except OSError as error:  # no memory for one more process
        output, trouble = b"", str(error).encode()
    # an unfinished line isn't an answer
    answers: list[str | None] = [json.loads(line) for line in output.split(b"\n")[:-1]]
    answers += [None] * (len(orders) - len(answers))
    if None in answers:
        log.error("%s of %s charts not drawn: %s", answers.count(None), len(orders), trouble.decode()[-2000:])
    return answers


@functools.cache
def _made_by() -> str:
    """A hash that changes with the code and libraries that make charts, so that a new version draws them again."""
    files = (Path(__file__), Path(drawing.__file__), LAND)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _finish(svg: str, picture: Picture) -> str:
    """Name the picture, shorten its numbers, let it shrink with the page, and replace its colors by tokens."""
    svg = re.sub(r"(-?\d+\.\d)\d+", r"\1", svg)
    # one image with a name and a description; its parts are in the table beside it
    svg = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events|xmlns:xlink)="[^"]*"', "", svg)
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="ex-chart"'
        f' width="{width}" height="{height}"><title>{escape(picture.title)}</title>'
        f"<desc>{escape(picture.description)}</desc>"
    )
    svg = re.sub(r"<svg [^>]*>", head, svg, count=1)
    if not picture.for_print:
        for value, token in TOKENS.items():
            svg = re.sub(f'="{value}"', f'="var(--{token})"', svg, flags=re.IGNORECASE)
    return svg
