"""Draws charts as SVG, in a subprocess that ends with its work (docs/adr/0020).

    echo '{"kind": "bars", "rows": [{"label": "Sent", "value": 5, "text": "5"}], "narrow": false}' |
        python -m travel.base.drawing

Reads one order per line and writes one answer per line, as JSON; null where a picture couldn't be drawn. The engine
takes more memory than the rest of the portal and doesn't give it back, so no long-lived process imports it.
"""

import functools
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LAND = Path(__file__).resolve().parents[1] / "data" / "land.json"
FONT = "system-ui, sans-serif"
# Text is measured in the server's font; a reader's may be wider and must still fit.
PADDING = {"left": 14, "right": 10, "top": 2, "bottom": 2}
# Placeholder colors while drawing; each is replaced by its token. The values are those of tokens.css in light mode.
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

type Rows = Sequence[Mapping[str, Any]]


# where the text of a bar stands: at the end of what is drawn
END = "datum.high != null ? datum.high : datum.value == null ? 0 : datum.value"


def svg_of(order: Mapping[str, Any]) -> str:
    """The picture as the engine returns it; travel.base.charts names it and replaces its colors."""
    import vl_convert  # noqa: PLC0415 -- heavy: only the process that draws pays for it

    chart = _spec(order).configure(background="transparent", font=FONT, padding=PADDING).configure_view(stroke=None)
    return vl_convert.vegalite_to_svg(chart.to_json())


def _spec(order: Mapping[str, Any]) -> Any:
    match order["kind"]:
        case "bars":
            return _narrow_bar_spec(order["rows"]) if order["narrow"] else _bar_spec(order["rows"])
        case "spans":
            return _span_spec(order["rows"], order["narrow"])
        case "map":
            return _map_spec(order["home"], order["cities"], order["others"])
    raise ValueError(order["kind"])


def _bar_spec(rows: Rows) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    axis = alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=240, labelColor=INK_SOFT, labelFontSize=14)
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(y=alt.Y("label:N", sort=order, title=None, axis=axis))
    drawn = base.transform_filter("datum.value != null")
    band = drawn.transform_filter("datum.high != null").mark_bar(color=LINE, cornerRadiusEnd=4, height=22)
    band = band.encode(x=alt.X("high:Q", axis=None))
    bar = drawn.mark_bar(color=BLUE, cornerRadiusEnd=4, height=22).encode(x=alt.X("value:Q", axis=None))
    text = base.mark_text(align="left", dx=7, fontSize=14, fontWeight="bold", color=INK).encode(
        x=alt.X("at:Q", axis=None), text="text:N"
    )
    text = text.transform_calculate(at=END)
    return alt.layer(band, bar, text).properties(width=420, height=max(1, len(rows)) * 34)


def _narrow_bar_spec(rows: Rows) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(y=alt.Y("label:N", sort=order, axis=None))
    label = base.mark_text(align="left", dy=-13, fontSize=14, color=INK_SOFT).encode(x=alt.value(0), text="label:N")
    drawn = base.transform_filter("datum.value != null")
    band = drawn.transform_filter("datum.high != null").mark_bar(color=LINE, cornerRadiusEnd=4, height=18, yOffset=8)
    band = band.encode(x=alt.X("high:Q", axis=None))
    bar = drawn.mark_bar(color=BLUE, cornerRadiusEnd=4, height=18, yOffset=8).encode(x=alt.X("value:Q", axis=None))
    text = (
        base.transform_calculate(at=END)
        .mark_text(align="left", dx=7, dy=9, fontSize=14, fontWeight="bold", color=INK)
        .encode(x=alt.X("at:Q", axis=None), text="text:N")
    )
    return alt.layer(label, band, bar, text).properties(width=220, height=max(1, len(rows)) * 48)


def _span_spec(rows: Rows, narrow: bool) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    axis = alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=240, labelColor=INK_SOFT, labelFontSize=14)
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
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


def _map_spec(home: Mapping[str, Any], cities: Rows, others: Rows) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    land = alt.InlineData(values=_land(), format={"type": "topojson", "feature": "land"})
    start = {"x": home["longitude"], "y": home["latitude"]}
    paths = [start | {"x2": city["longitude"], "y2": city["latitude"]} for city in cities]
    points = [home, *cities]
    rings = alt.Chart(alt.InlineData(values=list(others)))
    at = {"longitude": "longitude:Q", "latitude": "latitude:Q"}
    dots = label = alt.Chart(alt.InlineData(values=points))
    bold: dict[str, Any] = {"fontSize": 15, "fontWeight": "bold", "color": INK}
    return (
        alt.layer(
            alt.Chart(land).mark_geoshape(fill=LINE, stroke=None),
            # straight lines: a great circle to Cairo would leave at one edge and come back at the other
            alt.Chart(alt.InlineData(values=paths))
            .mark_rule(color=SUNRISE, strokeWidth=1.4, strokeDash=[3, 3])
            .encode(longitude="x:Q", latitude="y:Q", longitude2="x2:Q", latitude2="y2:Q"),
            rings.mark_point(size=28, stroke=BLUE, strokeWidth=1.4, opacity=1).encode(**at),
            dots.mark_circle(size=64, color=BLUE, opacity=1, stroke=CARD, strokeWidth=1.5).encode(**at),
            label.transform_filter(f"datum.latitude >= {home['latitude']}")
            .mark_text(dy=-11, **bold)
            .encode(text="label:N", **at),
            label.transform_filter(f"datum.latitude < {home['latitude']}")
            .mark_text(dy=16, **bold)
            .encode(text="label:N", **at),
        )
        .project(type="equalEarth", rotate=[150, 0, 0])
        .properties(width=340, height=176)
    )


@functools.cache
def _land() -> dict[str, object]:
    land: dict[str, object] = json.loads(LAND.read_text())
    return land


def main() -> None:
    for line in sys.stdin:
        try:
            answer = svg_of(json.loads(line))
        except Exception:  # the other pictures of the page are still drawn
            logging.exception("a picture could not be drawn")
            answer = None
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()  # a finished picture counts, even if the rest takes too long


if __name__ == "__main__":
    main()
