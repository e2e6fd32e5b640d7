"""Charts and the map of partner cities as SVG: one definition for page, print and PDF, drawn on the server.

No script, no style element and no style attribute comes out, so the strict content policy holds. On a page
every colour is a custom property of tokens.css, so that dark mode and forced colors work; in a PDF it is the
token's light value.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

LAND = Path(__file__).parent / "data" / "land.json"
FONT = "system-ui, sans-serif"
# Text is measured in the server's font; a reader's may be wider, and must not run out of the picture.
PADDING = {"left": 14, "right": 10, "top": 2, "bottom": 2}
# Stand-ins while drawing; each is replaced by its token. The values are those of tokens.css in light mode.
TOKENS = {
    "#0b5fa5": "link",
    "#14213d": "ink",
    "#4a5672": "ink-soft",
    "#f2703d": "sunrise",
    "#ded6c6": "line",
    "#6b4fa0": "jacaranda",
    "#ffffff": "card",
}
BLUE, INK, INK_SOFT, SUNRISE, LINE, JACARANDA, CARD = TOKENS
KEEP_DAYS = 60 * 60 * 24 * 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value or None where it may not be shown, and the text at its end."""

    label: str
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A dot with the range around it, and the text at its end; without a value there is only the text."""

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


def bars(
    rows: Sequence[Bar], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> SafeString:
    """Horizontal bars in the order given, labeled directly. A hidden value has its text and no bar.

    Narrow, for a phone: each label stands above its bar, so that no text has to shrink.
    """
    drawn: list[dict[str, Any]] = [asdict(row) | {"narrow": narrow} for row in rows]
    make = _narrow_bar_spec if narrow else _bar_spec
    return _svg(lambda: make(drawn), drawn, title, description, for_print)


def spans(
    rows: Sequence[Span], *, title: str, description: str, for_print: bool = False, narrow: bool = False
) -> SafeString:
    """Dots with their ranges, one under the other in the order given, all from zero. Narrow as in `bars`."""
    drawn: list[dict[str, Any]] = [asdict(row) | {"span": True, "narrow": narrow} for row in rows]
    return _svg(lambda: _span_spec(drawn, narrow), drawn, title, description, for_print)


def flight_map(
    home: Place,
    cities: Sequence[Place],
    *,
    title: str,
    description: str,
    others: Sequence[Place] = (),
    for_print: bool = False,
) -> SafeString:
    """Partner cities on an Equal Earth map with the Pacific in the middle, each with its path from `home`.

    `others` are small rings without name or path: partner cities to which nobody went this time.
    Drawn at the width of a phone; where the page is wider its style makes the labels smaller again.
    """
    drawn = [[asdict(place) for place in group] for group in ((home, *cities), others)]
    return _svg(lambda: _map_spec(home, cities, others), drawn, title, description, for_print)


def _bar_spec(rows: list[dict[str, object]]) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy: only the process that draws pays for it

    order = [str(row["label"]) for row in rows]
    axis = alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=240, labelColor=INK_SOFT, labelFontSize=14)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("label:N", sort=order, title=None, axis=axis))
    drawn = base.transform_filter("datum.value != null")
    bar = drawn.mark_bar(color=BLUE, cornerRadiusEnd=4, height=22).encode(x=alt.X("value:Q", axis=None))
    text = base.mark_text(align="left", dx=7, fontSize=14, fontWeight="bold", color=INK).encode(
        x=alt.X("at:Q", axis=None), text="text:N"
    )
    text = text.transform_calculate(at="datum.value == null ? 0 : datum.value")
    return alt.layer(bar, text).properties(width=420, height=max(1, len(rows)) * 34)


def _narrow_bar_spec(rows: list[dict[str, object]]) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("label:N", sort=order, axis=None))
    label = base.mark_text(align="left", dy=-13, fontSize=14, color=INK_SOFT).encode(x=alt.value(0), text="label:N")
    bar = (
        base.transform_filter("datum.value != null")
        .mark_bar(color=BLUE, cornerRadiusEnd=4, height=18, yOffset=8)
        .encode(x=alt.X("value:Q", axis=None))
    )
    text = (
        base.transform_calculate(at="datum.value == null ? 0 : datum.value")
        .mark_text(align="left", dx=7, dy=9, fontSize=14, fontWeight="bold", color=INK)
        .encode(x=alt.X("at:Q", axis=None), text="text:N")
    )
    return alt.layer(label, bar, text).properties(width=220, height=max(1, len(rows)) * 48)


def _span_spec(rows: list[dict[str, object]], narrow: bool) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    axis = alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=240, labelColor=INK_SOFT, labelFontSize=14)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=None if narrow else axis)
    )
    known = base.transform_filter("datum.value != null")
    down = 9 if narrow else 0
    scale = alt.Scale(domainMin=0, nice=False)
    layers = [
        known.mark_rule(color=LINE, strokeWidth=6, yOffset=down).encode(
            x=alt.X("low:Q", axis=None, scale=scale), x2="high:Q"
        ),
        known.mark_circle(size=110, color=BLUE, opacity=1, yOffset=down).encode(x=alt.X("value:Q", axis=None)),
        base.transform_calculate(at="datum.value == null ? 0 : datum.high")
        .mark_text(align="left", dx=7, dy=down, fontSize=14, fontWeight="bold", color=INK)
        .encode(x=alt.X("at:Q", axis=None), text="text:N"),
    ]
    if narrow:
        label = base.mark_text(align="left", dy=-13, fontSize=14, color=INK_SOFT)
        layers.insert(0, label.encode(x=alt.value(0), text="label:N"))
    width, height = (220, 48) if narrow else (420, 34)
    return alt.layer(*layers).properties(width=width, height=max(1, len(rows)) * height)


def _map_spec(home: Place, cities: Sequence[Place], others: Sequence[Place]) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    land = alt.InlineData(values=_land(), format=alt.DataFormat(type="topojson", feature="land"))
    paths = [{"x": home.longitude, "y": home.latitude, "x2": city.longitude, "y2": city.latitude} for city in cities]
    points = [asdict(place) for place in (home, *cities)]
    rings = alt.Chart(alt.InlineData(values=[asdict(place) for place in others]))
    at = {"longitude": "longitude:Q", "latitude": "latitude:Q"}
    dots = label = alt.Chart(alt.InlineData(values=points))
    bold: dict[str, Any] = {"fontSize": 15, "fontWeight": "bold", "color": INK}
    return (
        alt.layer(
            alt.Chart(land).mark_geoshape(fill=LINE, stroke=None),
            # straight on the paper: a great circle to Cairo would leave at one edge and come back at the other
            alt.Chart(alt.InlineData(values=paths))
            .mark_rule(color=SUNRISE, strokeWidth=1.4, strokeDash=[3, 3])
            .encode(longitude="x:Q", latitude="y:Q", longitude2="x2:Q", latitude2="y2:Q"),
            rings.mark_point(size=28, stroke=BLUE, strokeWidth=1.4, opacity=1).encode(**at),
            dots.mark_circle(size=64, color=BLUE, opacity=1, stroke=CARD, strokeWidth=1.5).encode(**at),
            label.transform_filter(f"datum.latitude >= {home.latitude}")
            .mark_text(dy=-11, **bold)
            .encode(text="label:N", **at),
            label.transform_filter(f"datum.latitude < {home.latitude}")
            .mark_text(dy=16, **bold)
            .encode(text="label:N", **at),
        )
        .project(type="equalEarth", rotate=[150, 0, 0])
        .properties(width=340, height=176)
    )


@functools.cache
def _land() -> dict[str, object]:
    return json.loads(LAND.read_text())


@functools.cache
def _made_by() -> str:
    """Changes with the way charts are made, so that a new version draws them anew."""
    return hashlib.sha256(Path(__file__).read_bytes() + LAND.read_bytes()).hexdigest()


def _svg(spec: Callable[[], Any], data: Sequence[Any], title: str, description: str, for_print: bool) -> SafeString:
    """Draw, or take what was drawn for the same data before: even to describe a chart takes longer than a page."""
    words = json.dumps([_made_by(), data, title, description, for_print], default=str)
    key = "chart:" + hashlib.sha256(words.encode()).hexdigest()
    drawn = cache.get(key)
    if drawn is None:
        drawn = _finish(_draw(spec()), title, description, for_print)
        cache.set(key, drawn, KEEP_DAYS)
    # safe: made here from numbers and labels that Vega escapes
    return mark_safe(drawn)  # noqa: S308


def _draw(spec: Any) -> str:
    import vl_convert  # noqa: PLC0415 -- heavy, as above

    chart = spec.configure(background="transparent", font=FONT, padding=PADDING).configure_view(stroke=None)
    return vl_convert.vegalite_to_svg(chart.to_json())


def _finish(svg: str, title: str, description: str, for_print: bool) -> str:
    """Name the picture, shorten its numbers, let it shrink with the page and hand its colours to the tokens."""
    svg = re.sub(r"(-?\d+\.\d)\d+", r"\1", svg)
    # one picture with a name and a description; its parts are in the table beside it
    svg = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events|xmlns:xlink)="[^"]*"', "", svg)
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="ex-chart"'
        f' width="{width}" height="{height}"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
    )
    svg = re.sub(r"<svg [^>]*>", head, svg, count=1)
    if not for_print:
        for value, token in TOKENS.items():
            svg = re.sub(f'="{value}"', f'="var(--{token})"', svg, flags=re.IGNORECASE)
    return svg
