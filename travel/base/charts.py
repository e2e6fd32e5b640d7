"""Charts as SVG, drawn on the server: one definition for page, print and PDF.

    wide, narrow = bars(rows, title=..., description=...), bars(rows, ..., narrow=True)
    drawing = drawn([wide, narrow])
    svg = drawing.of(wide)  # None while drawing.is_waiting, and if it couldn't be drawn

A picture is described first, then drawn together with all others of its page: by a worker, in a subprocess that ends
with its work (travel.base.drawing), because the engine takes more memory than a worker has to keep (docs/adr/0031).
What was drawn for the same figures stays.

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
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from exchange.background import results
from exchange.background.jobs import Result, Work, key_of
from exchange.models import Job
from travel.base import drawing
from travel.base.drawing import TOKENS

log = logging.getLogger(__name__)

KIND = "travel.charts"
# a page with nine charts takes two seconds; what isn't ready after this long is left out
PATIENCE_SECONDS = 30
# measured in drawn charts: the average letter of a label, and how much longer the text at the end of a range is
LETTER, RANGE_TEXT = 6.8, 29
# all that the drawing process gets of our environment: no key and no password
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value (None if it may not be shown), and the text at its end.

    `high`: for a number that is told as a range, its other end; drawn paler.
    """

    label: str
    value: float | None
    text: str
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A dot with the range around it, and the text at its end; without a value, only the text."""

    label: str
    low: float | None
    value: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points (place on the axis, value), with the word at its last point. `is_main`: drawn strongly."""

    label: str
    points: Sequence[tuple[float, float]]
    texts: Sequence[str] = ()
    is_main: bool = True


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar made of parts (name, value), the text at its end, and a mark where it was planned to end."""

    label: str
    parts: Sequence[tuple[str, float]]
    text: str
    mark: float | None = None


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
    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def key(self) -> str:
        words = json.dumps([_made_by(), self.order, self.title, self.description, self.for_print])
        return "chart:" + hashlib.sha256(words.encode()).hexdigest()


def space_for(picture: Picture) -> SafeString:
    """An empty picture about as large as this one, so that nothing on the page moves when it comes."""
    order = json.loads(picture.order)
    if order["kind"] == "curves":
        width, height = 270.0, 210
    else:
        rows, is_spans = order["rows"], order["kind"] != "bars"
        width = 259.0 if order["narrow"] else 478 + LETTER * max((len(row["label"]) for row in rows), default=0)
        width += RANGE_TEXT * is_spans
        height = (48 if order["narrow"] else 34) * max(1, len(rows)) + 4
    return mark_safe(f'<svg viewBox="0 0 {width:.0f} {height}" aria-hidden="true"></svg>')  # noqa: S308 -- numbers


def bars(
    rows: Sequence[Bar], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> Picture:
    """Horizontal bars in the order given, labeled directly. A hidden value has its text and no bar.

    Narrow, for a phone: each label stands above its bar, so that no text has to shrink.
    """
    return _picture(
        {"kind": "bars", "rows": [asdict(row) for row in rows], "narrow": narrow}, title, description, for_print
    )


def spans(
    rows: Sequence[Span], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> Picture:
    """Dots with their ranges, one below the other in the order given, all on an axis from zero. Narrow as in `bars`."""
    return _picture(
        {"kind": "spans", "rows": [asdict(row) for row in rows], "narrow": narrow}, title, description, for_print
    )


def curves(rows: Sequence[Curve], *, ticks: Sequence[tuple[float, str]], title: str, description: str) -> Picture:
    """Lines over one axis, each labeled where it ends, as wide as a phone shows. `ticks`: what stands under it."""
    order = {"kind": "curves", "rows": [asdict(row) for row in rows], "ticks": list(ticks)}
    return _picture(order, title, description, for_print=False)


def _picture(order: dict[str, Any], title: str, description: str, for_print: bool) -> Picture:
    return Picture(json.dumps(order | {"for_print": True} if for_print else order), title, description, for_print)


def stacks(
    rows: Sequence[Stack], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> Picture:
    """Bars of parts, one below the other; the first bar's parts are named above it. At most three kinds of parts."""
    return _picture(
        {"kind": "stacks", "rows": [asdict(row) for row in rows], "narrow": narrow}, title, description, for_print
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What there is of a page's pictures. `is_waiting`: a worker draws them; `is_late`: it takes longer than it should.

    A picture that is neither there nor waited for couldn't be drawn.
    """

    svgs: Mapping[str, str]
    is_waiting: bool = False
    is_late: bool = False

    def of(self, picture: Picture) -> SafeString | None:
        svg = self.svgs.get(picture.key)
        # safe: made here from numbers and labels that Vega escapes
        return mark_safe(svg) if svg else None  # noqa: S308


def drawn(pictures: Sequence[Picture]) -> Drawn:
    """The pictures of a page, as a worker drew them for the same figures; or none yet, and a worker begins."""
    if not pictures:
        return Drawn({})
    key, given = key_of(*(picture.key for picture in pictures)), [asdict(picture) for picture in pictures]
    job = results.ask(KIND, key, given=given)
    svgs = _read(job)
    if job.state == Job.State.DONE and len(svgs) < len(set(pictures)):  # some couldn't be drawn: tried again in a while
        job = results.ask(KIND, key, given=given, is_whole=False)
        svgs = _read(job)
    return Drawn(svgs, is_waiting=not job.is_finished, is_late=results.is_late(job))


def _read(job: Job) -> dict[str, str]:
    svgs: dict[str, str] = json.loads(results.read(job)) if job.state == Job.State.DONE else {}
    return svgs


# --- In the worker ----------------------------------------------------------------------------------


def make(work: Work) -> Result:
    """Draw the pictures of a page. `given`: the pictures. Those that can't be drawn are left out."""
    work.output.write(json.dumps(draw([Picture(**each) for each in work.job.given])).encode())
    return Result("charts.json", "application/json")


def draw(pictures: Sequence[Picture]) -> dict[str, str]:
    """The SVG of each picture by its key, without those that couldn't be drawn in time. Only in a worker."""
    answers = draw_in_subprocess([picture.order for picture in pictures])
    return {
        picture.key: _finish(svg, picture) for picture, svg in zip(pictures, answers, strict=True) if svg is not None
    }


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
    files = (Path(__file__), Path(drawing.__file__))
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
