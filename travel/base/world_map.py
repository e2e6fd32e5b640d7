"""A world map with great circles from home to cities, as SVG. Pure: no database, and small enough for a request.

Equal Earth (Šavrič, Patterson, Jenny, 2018), turned so that home is in the middle: then no great circle from home
crosses the edge of the map. Drawn at the width of a phone; on a wider page, CSS makes the labels smaller again.
Each mark has a label, which stands where it covers no other mark and no other label, if there is such a place.
"""

import functools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from travel.base.charts import Place

LAND = Path(__file__).resolve().parents[1] / "data" / "land.json"
WIDTH = 360.0
EDGE = 180.0
SOUTH, NORTH = -56.0, 82.0  # nobody travels beyond, and the ice would take a third of the picture
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
ROOT3 = math.sqrt(3)
STEPS = 40  # parts of a great circle
FONT, LETTER, GAP = 13.0, 7.4, 7.0  # size of a label, the width of its average letter, its distance from its mark
NEAR = 1.1  # points of a coast nearer to each other than this are one
COLORS = {
    "land": ("var(--line)", "#ded6c6"),
    "path": ("var(--sunrise)", "#f2703d"),
    "mark": ("var(--link)", "#0b5fa5"),
    "text": ("var(--ink)", "#14213d"),
    "ground": ("var(--card)", "#ffffff"),
}


class Point(NamedTuple):
    x: float
    y: float


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0


class Label(NamedTuple):
    at: Point
    anchor: str
    box: Box


def project(longitude: float, latitude: float) -> Point:
    """Equal Earth, in units of the globe's radius; longitude from the middle of the map."""
    turn, slope = math.radians(longitude), math.asin(ROOT3 / 2 * math.sin(math.radians(latitude)))
    square = slope * slope
    sixth = square**3
    below = 3 * (9 * A4 * sixth * square + 7 * A3 * sixth + 3 * A2 * square + A1)
    return Point(2 * ROOT3 * turn * math.cos(slope) / below, slope * (A1 + A2 * square + sixth * (A3 + A4 * square)))


SCALE = WIDTH / 2 / project(180, 0).x
TOP = project(0, NORTH).y
HEIGHT = (TOP - project(0, SOUTH).y) * SCALE


def on_map(longitude: float, latitude: float) -> Point:
    """In the picture's own units; longitude from the middle of the map, -180 to 180."""
    x, y = project(longitude, latitude)
    return Point(WIDTH / 2 + x * SCALE, (TOP - y) * SCALE)


def great_circle(start: Place, end: Place) -> list[tuple[float, float]]:
    """Longitude (from the start's) and latitude of points on the shortest way, both ends included."""
    one, two = _vector(0.0, start.latitude), _vector(end.longitude - start.longitude, end.latitude)
    angle = math.acos(max(-1.0, min(1.0, sum(a * b for a, b in zip(one, two, strict=True)))))
    if angle < 1e-6 or math.pi - angle < 1e-6:  # the same place, or one for which every way is the shortest
        return [(0.0, start.latitude), (_turned(end.longitude - start.longitude), end.latitude)]
    points = []
    for step in range(STEPS + 1):
        left, right = math.sin((1 - step / STEPS) * angle), math.sin(step / STEPS * angle)
        x, y, z = ((left * a + right * b) / math.sin(angle) for a, b in zip(one, two, strict=True))
        points.append((math.degrees(math.atan2(y, x)), math.degrees(math.asin(max(-1.0, min(1.0, z))))))
    return points


def _vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    turn, height = math.radians(longitude), math.radians(latitude)
    return math.cos(height) * math.cos(turn), math.cos(height) * math.sin(turn), math.sin(height)


def _turned(longitude: float) -> float:
    """The same meridian, from -180 to 180."""
    return (longitude + 180) % 360 - 180


# --- Land -------------------------------------------------------------------------------------------


@functools.cache
def _rings() -> tuple[tuple[tuple[float, float], ...], ...]:
    """The coasts, each as longitudes and latitudes; made from public-domain Natural Earth (travel/data/README.md)."""
    land = json.loads(LAND.read_text())
    (stretch_x, stretch_y), (from_x, from_y) = land["transform"]["scale"], land["transform"]["translate"]
    arcs = []
    for arc in land["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * stretch_x + from_x, y * stretch_y + from_y))
        arcs.append(points)
    rings = []
    for shape in land["objects"]["land"]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for ring in (ring for polygon in polygons for ring in polygon):
            found: list[tuple[float, float]] = []
            for number in ring:
                points = arcs[number] if number >= 0 else arcs[~number][::-1]
                found += points[1:] if found else points
            rings.append(tuple(found))
    return tuple(rings)


@functools.lru_cache(maxsize=8)
def land_path(middle: float) -> str:
    """The land as the `d` of one SVG path, with this meridian in the middle."""
    parts = []
    for ring in _rings():
        around: list[tuple[float, float]] = []
        for longitude, latitude in ring:
            turn = _turned(longitude - middle)
            if around:  # continuous along the coast, also beyond the edge of the map
                turn = around[-1][0] + _turned(turn - around[-1][0])
            around.append((turn, latitude))
        if abs(around[0][0] - around[-1][0]) > 1:  # around a pole: the ice that isn't in the picture
            continue
        for copy in (-360.0, 0.0, 360.0):
            inside = [(longitude + copy, latitude) for longitude, latitude in around]
            for edge, is_least, axis in ((-EDGE, True, 0), (EDGE, False, 0), (SOUTH, True, 1), (NORTH, False, 1)):
                inside = list(_clipped(inside, edge, is_least, axis))
            parts.append(_path(on_map(*each) for each in _along_the_edge(inside)))
    return "".join(parts)


def _clipped(
    ring: Sequence[tuple[float, float]], edge: float, is_least: bool, axis: int
) -> Iterator[tuple[float, float]]:
    """The part of a closed ring on one side of an edge (Sutherland and Hodgman)."""

    def is_in(point: tuple[float, float]) -> bool:
        return point[axis] >= edge if is_least else point[axis] <= edge

    for one, two in pairwise([*ring, *ring[:1]]):
        if is_in(one):
            yield one
        if is_in(one) != is_in(two):
            part = (edge - one[axis]) / (two[axis] - one[axis])
            yield one[0] + part * (two[0] - one[0]), one[1] + part * (two[1] - one[1])


def _along_the_edge(ring: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """With points every few degrees where it follows the edge of the map, which is a curve."""
    for one, two in pairwise([*ring, *ring[:1]]):
        yield one
        if abs(one[0]) == abs(two[0]) == EDGE:
            parts = int(abs(two[1] - one[1]) // 5)
            yield from ((one[0], one[1] + (two[1] - one[1]) * part / (parts + 1)) for part in range(1, parts + 1))


def _path(points: Iterable[Point]) -> str:
    """A closed path, with neighbors that can't be told apart left out; empty if nothing is left."""
    kept: list[Point] = []
    for point in points:
        if not kept or abs(point.x - kept[-1].x) + abs(point.y - kept[-1].y) >= NEAR:
            kept.append(Point(round(point.x, 1), round(point.y, 1)))
    if len(kept) < 3:  # noqa: PLR2004 -- a line has no area
        return ""
    steps = "".join(f"{two.x - one.x:.1f} {two.y - one.y:.1f} " for one, two in pairwise(kept))
    return f"M{kept[0].x} {kept[0].y}l{steps.strip()}z".replace(" -", "-").replace(".0", "")


# --- Labels -----------------------------------------------------------------------------------------


def labels(marks: Sequence[tuple[str, Point]]) -> list[Label]:
    """Where each mark's label stands: the first of six places that covers least."""
    taken = [Box(at.x - 4, at.y - 4, at.x + 4, at.y + 4) for _text, at in marks]
    found = []
    for text, at in marks:
        label = min(_places(text, at), key=lambda place: _covers(place.box, taken))
        taken.append(label.box)
        found.append(label)
    return found


def _places(text: str, at: Point) -> Iterator[Label]:
    wide = len(text) * LETTER
    for anchor, x, y in (
        ("start", at.x + GAP, at.y + FONT / 3),
        ("end", at.x - GAP, at.y + FONT / 3),
        ("middle", at.x, at.y + GAP + FONT * 0.8),
        ("middle", at.x, at.y - GAP),
        ("start", at.x + GAP / 2, at.y + GAP + FONT * 0.8),
        ("end", at.x - GAP / 2, at.y + GAP + FONT * 0.8),
    ):
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
        yield Label(Point(x, y), anchor, Box(left, y - FONT * 0.8, left + wide, y + FONT * 0.2))


def _covers(box: Box, taken: Sequence[Box]) -> float:
    """The area of other marks and labels that it covers, and what of it is outside the picture, which is worse."""
    inside = box.overlap(Box(0, 0, WIDTH, HEIGHT))
    outside = (box.right - box.left) * (box.bottom - box.top) - inside
    return sum(box.overlap(other) for other in taken) + 10 * round(outside, 3)


# --- The picture ------------------------------------------------------------------------------------


def draw(home: Place, cities: Sequence[Place], *, title: str, description: str, for_print: bool = False) -> SafeString:
    """The map as one image with a name and a description. On a page its colors are the tokens', so dark mode works."""
    color = {name: pair[for_print] for name, pair in COLORS.items()}
    paths = "".join(_flight(great_circle(home, city), color["path"]) for city in cities)
    start = on_map(0, home.latitude)
    marks = [(city.label, on_map(_turned(city.longitude - home.longitude), city.latitude)) for city in cities]
    dots = "".join(
        f'<circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="3.4" fill="{color["mark"]}" stroke="{color["ground"]}"/>'
        for _text, at in marks
    )
    dots += (
        f'<circle cx="{start.x:.1f}" cy="{start.y:.1f}" r="4.6" fill="{color["path"]}" stroke="{color["text"]}"'
        ' stroke-width="1.4"/>'
    )
    named = [(home.label, start), *marks]
    # safe: numbers, our own colors, and escaped labels
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" width="{WIDTH:.0f}"'
        f' height="{HEIGHT:.0f}" role="img"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f'<path fill="{color["land"]}" d="{land_path(round(home.longitude, 1))}"/>{paths}{dots}'
        f"{_texts(named, color)}</svg>"
    )
    return mark_safe(svg)  # noqa: S308


def _flight(way: Sequence[tuple[float, float]], color: str) -> str:
    points = " ".join(f"{at.x:.1f},{at.y:.1f}" for at in (on_map(*each) for each in way))
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.6" stroke-dasharray="4 3"/>'


def _texts(named: Sequence[tuple[str, Point]], color: dict[str, str]) -> str:
    """Twice: an edge in the color of the ground first, then the letters, because not every reader knows paint-order."""
    written = []
    for (text, _at), label in zip(named, labels(named), strict=True):
        where = f'x="{label.at.x:.1f}" y="{label.at.y:.1f}" text-anchor="{label.anchor}"'
        edge = f'stroke="{color["ground"]}" stroke-width="3" stroke-linejoin="round" aria-hidden="true"'
        written.append(f"<text {where} {edge}>{escape(text)}</text><text {where}>{escape(text)}</text>")
    return (
        f'<g font-family="system-ui, sans-serif" font-size="{FONT:.0f}" font-weight="700" fill="{color["text"]}">'
        f"{''.join(written)}</g>"
    )
