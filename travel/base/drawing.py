"""Draws charts as SVG, in a subprocess that ends with its work (docs/adr/0031).

    echo '{"kind": "bars", "rows": [{"label": "Sent", "value": 5, "text": "5"}], "narrow": false}' |
        python -m travel.base.drawing

Reads one order per line and writes one answer per line, as JSON; null where a picture couldn't be drawn. The engine
takes more memory than the rest of the portal and doesn't give it back, so no long-lived process imports it.
"""

import json
import logging
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

FONT = "system-ui, sans-serif"
PRINT_FONT = "Noto Sans, DejaVu Sans, sans-serif"  # document.css has the same: measured here, set there
# Text is measured in the server's font; a reader's may be wider and must still fit.
PADDING = {"left": 14, "right": 10, "top": 2, "bottom": 2}
PRINT_LETTER = 7.4  # the average letter of a label in a PDF
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

# what a number could be, if it is told as a range: paler, with a dashed edge
POSSIBLE: Mapping[str, Any] = {
    "color": LINE,
    "cornerRadiusEnd": 4,
    "stroke": BLUE,
    "strokeDash": [3, 3],
    "strokeWidth": 1,
}
type Rows = Sequence[Mapping[str, Any]]


# between names that share a bar
JOINED, LONG_LABEL = " · ", 26
PRINT_WIDTH = 230  # two charts side by side on paper can be read
NARROW_LETTERS = 8  # in a line of a label beside a curve, on a phone

# where the text of a bar stands: at the end of what is drawn
END = "datum.high != null ? datum.high : datum.value == null ? 0 : datum.value"


def svg_of(order: Mapping[str, Any]) -> str:
    """The picture as the engine returns it; travel.base.charts names it and replaces its colors."""
    import vl_convert  # noqa: PLC0415 -- heavy: only the process that draws pays for it

    font, padding = (PRINT_FONT, PADDING | {"left": 2}) if order.get("for_print") else (FONT, PADDING)
    chart = _spec(order).configure(background="transparent", font=font, padding=padding).configure_view(stroke=None)
    return vl_convert.vegalite_to_svg(chart.to_json())


def _spec(order: Mapping[str, Any]) -> Any:
    for_print = bool(order.get("for_print"))
    match order["kind"]:
        case "bars":
            if order["narrow"]:
                return _narrow_bar_spec(order["rows"])
            return _bar_spec(order["rows"], for_print=for_print)
        case "spans":
            return _span_spec(order["rows"], order["narrow"], for_print=for_print)
        case "curves":
            return _curve_spec(order["rows"], order["ticks"])
        case "stacks":
            return _stack_spec(order["rows"], order["narrow"], for_print=for_print)
    raise ValueError(order["kind"])


def _bar_spec(rows: Rows, *, for_print: bool) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    rows = [{**row, "label": _in_two(str(row["label"]))} for row in rows]
    order = [row["label"] for row in rows]
    in_two = any("\n" in label for label in order)
    width, row, thick = (PRINT_WIDTH, 31 if in_two else 22, 15) if for_print else (420, 34, 22)
    axis = _label_axis(order, for_print)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("label:N", sort=order, title=None, axis=axis))
    drawn = base.transform_filter("datum.value != null")
    band = drawn.transform_filter("datum.high != null").mark_bar(height=thick, **POSSIBLE)
    band = band.encode(x=alt.X("high:Q", axis=None))
    bar = drawn.mark_bar(color=BLUE, cornerRadiusEnd=4, height=thick).encode(x=alt.X("value:Q", axis=None))
    text = base.mark_text(align="left", dx=7, fontSize=14, fontWeight="bold", color=INK).encode(
        x=alt.X("at:Q", axis=None), text="text:N"
    )
    text = text.transform_calculate(at=END)
    return alt.layer(band, bar, text).properties(width=width, height=max(1, len(rows)) * row)


def _label_axis(labels: Sequence[str], for_print: bool) -> Any:
    """Labels before their bars. On paper they begin at the left: PDF readers cut the first letter of text that is
    anchored at its end."""
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    return alt.Axis(
        domain=False,
        ticks=False,
        labelAlign="left" if for_print else "right",
        labelPadding=round(PRINT_LETTER * longest) + 10 if for_print else 8,
        labelLimit=300,
        labelExpr="split(datum.label, '\\n')",
        labelLineHeight=15,
        labelColor=INK_SOFT,
        labelFontSize=14,
    )


def _in_two(label: str) -> str:
    """A long list of names in two lines."""
    places = [at for at in range(len(label)) if label.startswith(JOINED, at)]
    if len(label) <= LONG_LABEL or not places:
        return label
    at = min(places, key=lambda each: abs(2 * each - len(label)))
    return label[:at] + JOINED.rstrip() + "\n" + label[at + len(JOINED) :]


def _narrow_bar_spec(rows: Rows) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(y=alt.Y("label:N", sort=order, axis=None))
    label = base.mark_text(align="left", dy=-13, fontSize=14, color=INK_SOFT).encode(x=alt.value(0), text="label:N")
    drawn = base.transform_filter("datum.value != null")
    band = drawn.transform_filter("datum.high != null").mark_bar(height=18, yOffset=8, **POSSIBLE)
    band = band.encode(x=alt.X("high:Q", axis=None))
    bar = drawn.mark_bar(color=BLUE, cornerRadiusEnd=4, height=18, yOffset=8).encode(x=alt.X("value:Q", axis=None))
    text = (
        base.transform_calculate(at=END)
        .mark_text(align="left", dx=7, dy=9, fontSize=14, fontWeight="bold", color=INK)
        .encode(x=alt.X("at:Q", axis=None), text="text:N")
    )
    return alt.layer(label, band, bar, text).properties(width=220, height=max(1, len(rows)) * 48)


def _span_spec(rows: Rows, narrow: bool, *, for_print: bool) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    order = [str(row["label"]) for row in rows]
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=None if narrow else _label_axis(order, for_print))
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


def _curve_spec(rows: Rows, ticks: Sequence[tuple[float, str]]) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    points = [
        {"series": row["label"], "at": at, "value": value, "text": text, "main": row["is_main"]}
        for row in rows
        for (at, value), text in zip(row["points"], row["texts"] or [""] * len(row["points"]), strict=True)
    ]
    places = [each["at"] for each in points] + [at for at, _text in ticks]
    x = alt.X(
        "at:Q", title=None, axis=_named_axis(ticks), scale=alt.Scale(domain=[min(places), max(places)], nice=False)
    )
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(zero=False, nice=False, padding=14))
    base = alt.Chart(alt.InlineData(values=points))
    main = base.transform_filter("datum.main")
    plain = base.transform_filter("!datum.main").mark_line(color=INK_SOFT, strokeWidth=1.6, strokeDash=[4, 4])
    words: dict[str, Any] = {"fontSize": 13, "fontWeight": "bold"}
    layers = [
        plain.encode(x=x, y=y, detail="series:N"),
        main.mark_line(color=BLUE, strokeWidth=2.6).encode(x=x, y=y, detail="series:N"),
        main.mark_circle(color=BLUE, size=70, opacity=1).encode(x=x, y=y),
        base.mark_text(dy=-13, color=INK, **words).encode(x=x, y=y, text="text:N"),
        *_names_beside(rows, max(places), x, y, words | {"lineBreak": "\n", "lineHeight": 15}),
    ]
    return alt.layer(*layers).properties(width=190, height=170)


def _names_beside(rows: Rows, last: float, x: Any, y: Any, words: Mapping[str, Any]) -> list[Any]:
    """Each line's name where it ends; before its value where it ends early, because another may go on behind it."""
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    names = [
        {
            "at": at,
            "value": value,
            "early": at < last,
            "text": _in_lines(row["label"]) if at == last else row["label"],
        }
        for row in rows
        for at, value in row["points"][-1:]
    ]
    named = alt.Chart(alt.InlineData(values=names)).encode(x=x, y=y, text="text:N")
    return [
        named.transform_filter("datum.early").mark_text(align="right", dx=-20, dy=-13, color=INK_SOFT, **words),
        named.transform_filter("!datum.early").mark_text(align="left", dx=9, color=INK_SOFT, **words),
    ]


def _in_lines(words: str) -> str:
    """In short lines, so that a picture for a phone has its words at full size beside the line."""
    return "\n".join(textwrap.wrap(words, NARROW_LETTERS, break_long_words=False))


def _named_axis(ticks: Sequence[tuple[float, str]]) -> Any:
    """An axis with words at some places."""
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    names = json.dumps({f"{at:g}": text for at, text in ticks})
    return alt.Axis(
        values=[at for at, _text in ticks],
        labelExpr=f"({names})[datum.value] || ''",
        domainColor=LINE,
        ticks=False,
        grid=False,
        labelColor=INK_SOFT,
        labelFontSize=13,
        labelPadding=8,
        labelOverlap=False,
        labelFlush=True,
    )


def _stack_spec(rows: Rows, narrow: bool, *, for_print: bool) -> Any:
    import altair as alt  # noqa: PLC0415 -- heavy, as above

    labels = [str(row["label"]) for row in rows]
    parts, totals = [], []
    for row in rows:
        start = 0.0
        for name, value in row["parts"]:
            parts.append({"label": row["label"], "part": name, "from": start, "to": start + value})
            start += value
        totals.append({"label": row["label"], "end": max(start, row["mark"] or 0), "text": row["text"]})
    marks = [{"label": row["label"], "mark": row["mark"]} for row in rows if row["mark"] is not None]
    kinds = list(dict.fromkeys(str(part["part"]) for part in parts))
    y = alt.Y("label:N", sort=labels, title=None, axis=None if narrow else _label_axis(labels, for_print))
    down, size = (8, 18) if narrow else (0, 22)
    legend = alt.Legend(orient="top", title=None, labelColor=INK_SOFT, labelFontSize=13, columns=1 if narrow else 3)
    scale = alt.Scale(domain=kinds, range=[BLUE, JACARANDA, SUNRISE, INK_SOFT, LINE][: len(kinds)])
    layers = [
        alt.Chart(alt.InlineData(values=parts))
        .mark_bar(height=size, yOffset=down, stroke=CARD, strokeWidth=1)
        .encode(y=y, x=alt.X("from:Q", axis=None), x2="to:Q", color=alt.Color("part:N", scale=scale, legend=legend)),
        alt.Chart(alt.InlineData(values=marks))
        .mark_tick(color=INK, opacity=1, thickness=3, size=size + 8, yOffset=down)
        .encode(y=y, x=alt.X("mark:Q", axis=None)),
        alt.Chart(alt.InlineData(values=totals))
        .mark_text(align="left", dx=8, dy=down, fontSize=14, fontWeight="bold", color=INK)
        .encode(y=y, x=alt.X("end:Q", axis=None), text="text:N"),
    ]
    if narrow:
        name = alt.Chart(alt.InlineData(values=totals)).mark_text(align="left", dy=-13, fontSize=14, color=INK_SOFT)
        layers.append(name.encode(x=alt.value(0), y=y, text="label:N"))
    width, height = (190, 52) if narrow else (330, 40)
    return alt.layer(*layers).properties(width=width, height=max(1, len(rows)) * height)


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
